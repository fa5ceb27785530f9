"""Keep drafts: what somebody typed whose session had ended, until they have signed in again."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from accounts.text.email_lists import longest

# What is kept of the form on each page, by names in the URLconf. No password and no code.
_FIELDS = {
    "account_profile": (
        *("name", "given_name", "family_name", "nickname", "birthdate", "zoneinfo"),
        *("phone_number", "street_address", "postal_code", "locality", "region", "country"),
    ),
    "account_token_new": ("name", "scopes", "lasts", "until"),
    "account_email": ("email",),
    "account_invitations": ("addresses",),
    "mfa_edit_webauthn": ("name",),
}
_SEVERAL = {"scopes"}  # of which a form may send several
_DRAFT = "draft"  # in the session
_LONGEST = 600  # characters of a value, more than any may have
_LONG = {"addresses": longest(100)}  # but of these
_MOST = 50  # values of a field


def keep(get_response: Callable[[HttpRequest], HttpResponse]) -> Any:
    """Keep the draft of a form that was answered by the way to the entrance: middleware."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if request.method == "POST" and response.status_code == 302:
            _keep(request)
        return response

    return middleware


def _keep(request: HttpRequest) -> None:
    page = request.resolver_match.view_name if request.resolver_match else ""
    if page not in _FIELDS or request.user.is_authenticated:
        return
    typed = {name: _typed(request, name) for name in _FIELDS[page] if name in request.POST}
    whose = request.POST.get("sub", "")[:255]
    request.session[_DRAFT] = {"path": request.path, "sub": whose, "typed": typed}


def _typed(request: HttpRequest, name: str) -> Any:
    if name not in _SEVERAL:
        return request.POST[name][: _LONG.get(name, _LONGEST)]
    return [value[:_LONGEST] for value in request.POST.getlist(name)[:_MOST]]


def take(request: HttpRequest) -> dict[str, Any]:
    """Return the draft of this page, as a form's `initial`, {} where there is none. It is there
    once, and for the person alone who typed it: somebody else may have signed in.
    """
    draft = request.session.get(_DRAFT)
    if request.method != "GET" or not draft or draft["path"] != request.path:
        return {}
    del request.session[_DRAFT]
    if draft["sub"] != getattr(request.user, "sub", None):
        return {}
    messages.info(
        request,
        _("You were signed out, so nothing was saved. What you entered is still here."),
    )
    return dict(draft["typed"])
