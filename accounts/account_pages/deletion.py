"""Delete the account: what will happen, the decision, and a way back while there is one."""

import time
from datetime import timedelta
from typing import Any, cast

from allauth.account.decorators import reauthentication_required
from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.endings import deletion
from accounts.limits import rate_limits
from accounts.models import User
from accounts.oauth_server.models import Authorization
from accounts.security_events.receipts import in_words
from accounts.text.email_addresses import comparable, readable

_CLOSED = "closed_account"  # in the session: who has just proven whose closed account it is
_PROOF_LASTS = 600  # seconds


class DeletionForm(forms.Form):
    email = forms.CharField(
        label=gettext_lazy("To confirm, enter your e-mail address"),
        max_length=254,
        error_messages={
            "required": gettext_lazy("To confirm, enter the e-mail address of this account.")
        },
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_email(self) -> str:
        email = cast(str, self.cleaned_data["email"])
        if comparable(email) != comparable(self.user.email):
            words = _("To confirm, enter the e-mail address of this account: %(email)s")
            raise forms.ValidationError(words % {"email": readable(self.user.email)})
        return email


@never_cache
@login_required
@reauthentication_required(allow_get=True)
@require_http_methods(["GET", "HEAD", "POST"])
def account_deletion(request: HttpRequest) -> HttpResponse:
    user = cast(User, request.user)
    if request.method != "POST":
        return _page(request, DeletionForm(user))
    rate_limits.hit(request, "account_changes", "deletion", str(user.pk))
    form = DeletionForm(user, request.POST)
    if not form.is_valid():
        return _page(request, form)
    try:
        receipt = deletion.close(user)
    except deletion.LastAdmin:
        return _page(request, form)  # which says so
    # Not logout(), which tells of a sign-out of a person who may be gone.
    request.session.flush()
    request.user = AnonymousUser()
    messages.success(request, f"{_told()} {in_words(receipt)}")
    return redirect("account_login")


def _page(request: HttpRequest, form: DeletionForm) -> HttpResponse:
    days = settings.DELETION_COOLING_OFF_DAYS
    apps = Authorization.objects.filter(user=form.user).select_related("client")
    context = {
        "form": form,
        "days": days,
        "date": timezone.localdate() + timedelta(days=days),
        "events_kept": settings.EVENT_RETENTION_DAYS,
        "is_last_admin": deletion.is_last_admin(form.user),
        "apps": [each.client for each in apps.order_by("client__name")[:20]],
    }
    return render(request, "accounts/deletion.html", context)


def _told() -> str:
    days = settings.DELETION_COOLING_OFF_DAYS
    if not days:
        return _("Your account was deleted.")
    date = formats.date_format(timezone.localdate() + timedelta(days=days))
    words = _(
        "Your account is closed and will be deleted on %(date)s. To keep it, sign in before then."
    )
    return words % {"date": date}


# --- Coming back ---


def remember_closed(request: HttpRequest, user: User) -> HttpResponse:
    """Take somebody who signed in to their closed account to where they may keep it.

    They are not signed in. Once they keep it, they sign in again, with a second factor if they have
    one: the first alone has been asked so far.
    """
    request.session.cycle_key()
    request.session[_CLOSED] = {"user": user.pk, "at": time.time()}
    return redirect("account_closed")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def account_closed(request: HttpRequest) -> HttpResponse:
    proof: Any = request.session.get(_CLOSED)
    is_fresh = bool(proof) and time.time() - proof["at"] < _PROOF_LASTS
    closed = User.objects.closed().filter(pk=proof["user"]).first() if is_fresh else None
    if closed is None:
        request.session.pop(_CLOSED, None)
        return redirect("account_login")
    if request.method != "POST":
        return render(request, "accounts/closed.html", {"closed": closed})
    del request.session[_CLOSED]
    if request.POST.get("decision") == "keep" and deletion.keep(closed.pk):
        messages.success(request, _("Your account will not be deleted. Sign in again to use it."))
    return redirect("account_login")
