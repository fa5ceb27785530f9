"""Edit the profile: what a person tells of themselves, and which apps may read it."""

from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.account_pages import drafts
from accounts.models import User
from accounts.models.user_name import name_taken
from accounts.oauth_server.models import Authorization
from accounts.oauth_server.rules.scopes import releasing, to_set
from accounts.own_account.profile import ABOUT, ADDRESS, PHONE, ProfileForm


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def account_profile(request: HttpRequest) -> HttpResponse:
    user = User.objects.get(
        pk=cast(User, request.user).pk
    )  # a form that is refused must not rename the page
    form = ProfileForm(request.POST or None, instance=user, initial=drafts.take(request))
    if request.method == "POST" and form.is_valid():
        if form.changed() and not _save(form):
            return render(request, "accounts/profile.html", _context(user, form), status=409)
        messages.success(request, _("Your profile was saved."))
        return redirect("account_profile")
    return render(request, "accounts/profile.html", _context(user, form))


def _save(form: ProfileForm) -> bool:
    """Save it; False where somebody else took the username at the same moment."""
    try:
        form.save()
    except IntegrityError:
        form.add_error("preferred_username", name_taken())
        return False
    return True


def _context(user: User, form: ProfileForm) -> dict[str, Any]:
    let_in = list(Authorization.objects.filter(user=user).select_related("client"))
    return {
        "form": form,
        "groups": [
            (_("Basic info"), [form[name] for name in ABOUT], _readers(let_in, *ABOUT)),
            (_("Phone"), [form[name] for name in PHONE], _readers(let_in, *PHONE)),
            (
                _("Postal address"),
                [form[name] for name in ADDRESS],
                _readers(let_in, "address", *ADDRESS),
            ),
        ],
    }


def _readers(authorizations: list[Authorization], *claims: str) -> list[str]:
    """Return the names of the apps that may read one of `claims`."""
    opening = {scope for claim in claims for scope in releasing(claim)}
    return [row.client.name for row in authorizations if not opening.isdisjoint(to_set(row.scope))]
