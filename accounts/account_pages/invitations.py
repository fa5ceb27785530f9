"""Invite others: people enter addresses, and see, send again and withdraw what they sent."""

from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts.account_pages import drafts
from accounts.account_pages.sign_in_first import sign_in_first
from accounts.entrance import sign_up_rule
from accounts.entrance.mailed_links import invitations_by_people as by_people
from accounts.entrance.mailed_links import inviters
from accounts.limits import rate_limits
from accounts.models import Invitation, User
from accounts.models.invitation import people_may_invite
from accounts.text.email_lists import EmailListField, longest

View = Callable[..., HttpResponse]

PAGE_SIZE = 20


class InvitationForm(forms.Form):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.label_suffix = ""
        self.fields["addresses"] = EmailListField(
            label=gettext_lazy("E-mail addresses"),
            help_text=gettext_lazy("One or several, each on a line of its own."),
            error_messages={"required": gettext_lazy("Enter an e-mail address.")},
            at_most=settings.INVITATIONS_A_DAY,
            max_length=longest(settings.INVITATIONS_A_DAY),
        )


def _where_people_may_invite(view: View) -> View:
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not people_may_invite():
            raise Http404
        return view(request, *args, **kwargs)

    return guarded


@never_cache
@_where_people_may_invite
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def account_invitations(request: HttpRequest) -> HttpResponse:
    user = cast(User, request.user)
    if request.method != "POST":
        return _page(request, InvitationForm(initial=drafts.take(request)))
    rate_limits.hit(request, "account_changes", "invitations", str(user.pk))
    form = InvitationForm(request.POST)
    if not form.is_valid():
        return _page(request, form)
    emails = form.cleaned_data["addresses"]
    try:
        by_people.invite(request, user, emails)
    except by_people.Refused as refused:
        form.add_error("addresses", list(refused.problems))
        return _page(request, form)
    number = len(emails)
    words = ngettext("%(number)s invitation was sent.", "%(number)s invitations were sent.", number)
    messages.success(request, words % {"number": number})
    return redirect("account_invitations")


def _page(request: HttpRequest, form: InvitationForm) -> HttpResponse:
    user = cast(User, request.user)
    sent = Invitation.objects.of_person(user).select_related("made_by").order_by("-sent_at", "-pk")
    context = {
        "form": form,
        "page": Paginator(sent, PAGE_SIZE).get_page(request.GET.get("page", "")),
        "is_proven": bool(inviters.proven_address(user)),
        "begins": by_people.not_before(user),
        "inviter": inviters.named(user),
        "is_named": inviters.may_be_said(user.name),
        "room": by_people.room(user),
        "rule": sign_up_rule.of_site(),
    }
    return render(request, "accounts/invitations.html", context)


@require_POST
@_where_people_may_invite
@sign_in_first(back_to="account_invitations")
def account_invitation_send(request: HttpRequest, pk: int) -> HttpResponse:
    user = cast(User, request.user)
    rate_limits.hit(request, "account_changes", "invitations", str(user.pk))
    try:
        if by_people.send_again(request, user, pk):
            messages.success(
                request, _("The invitation was sent again. The former link has ended.")
            )
    except by_people.Refused as refused:
        for problem in refused.problems:
            messages.error(request, problem)
    return redirect("account_invitations")


@require_POST
@_where_people_may_invite
@sign_in_first(back_to="account_invitations")
def account_invitation_withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    if by_people.withdraw(cast(User, request.user), pk):
        messages.success(request, _("The invitation was withdrawn. Its link no longer works."))
    return redirect("account_invitations")
