"""Demand a second factor (SECOND_FACTOR, or an admin): of whom, and where those without one go
first.

Deny by default: whoever owes one sees nothing but the pages with which to give it, to sign out or
to sign in anew. Sessions that began before the demand are asked too.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from allauth.mfa.models import Authenticator
from allauth.utils import get_request_param
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse

from accounts.second_factors import passkeys
from accounts.sessions.authentication import has_two_factors

View = Callable[..., HttpResponseBase]

OFF, STAFF, ALL = "off", "staff", "all"
MODES = (OFF, STAFF, ALL)

FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)

# Programs show tokens here, not sessions; oauth_server's own pages for people are not among them.
_FOR_PROGRAMS = ("/api/", "/.well-known/", "/mcp")
_OPEN = {
    *("second_factor", "mfa_add_webauthn", "mfa_activate_totp", "mfa_view_recovery_codes"),
    *("account_reauthenticate", "mfa_reauthenticate", "mfa_reauthenticate_webauthn"),
    *("reauthenticate_by_code", "reauthenticate_by_third_party", "reauthenticated"),
    *("account_login", "account_request_login_code", "account_confirm_login_code"),
    *("mfa_login_webauthn", "mfa_authenticate", "account_logout", "sign_out_everywhere"),
    *("socialaccount_login_cancelled", "socialaccount_login_error"),
    *("brand_style", "brand_logo", "oauth_server:logo"),  # the same for everybody
    *("oauth_server:authorize", "oauth_server:decide"),  # they call `detour` themselves
    *("oauth_server:logout", "oauth_server:logout-decide"),
    *("oauth_server:token", "oauth_server:revoke", "oauth_server:introspect"),
    *("oauth_server:userinfo", "oauth_server:device-authorization", "oauth_server:jwks"),
    *("oauth_server:pushed-authorization-request",),
    *("oauth_server:register", "oauth_server:registered-client"),
    *("brand_style", "brand_logo"),  # of every page, and for everybody alike
}


def is_demanded_of(user: Any) -> bool:
    if user.second_factor_demanded_at:  # of this person, by an admin
        return True
    if settings.SECOND_FACTOR == STAFF:
        return bool(user.is_staff or user.is_superuser)
    return bool(settings.SECOND_FACTOR != OFF)  # a mistyped value demands it of all


def may_remove(authenticator: Authenticator) -> bool:
    """Return whether the person keeps a second factor where one is demanded."""
    if not is_demanded_of(authenticator.user):
        return True
    return factors_of(authenticator.user).exclude(pk=authenticator.pk).exists()


def factors_of(user: Any) -> Any:
    """Return the authenticators that count as a second factor; recovery codes stand in for one."""
    return Authenticator.objects.filter(user=user, type__in=FACTORS)


def kinds_of(user: Any) -> set[str]:
    """Return the kinds of authenticators that the person has, recovery codes among them."""
    return set(Authenticator.objects.filter(user=user).values_list("type", flat=True))


def detour(request: HttpRequest, onward: str) -> HttpResponse | None:
    """Return what comes before `onward`: setting up a second factor, or giving it. None where
    nothing is owed."""
    user = request.user
    if not user.is_authenticated or not is_demanded_of(user) or has_two_factors(request):
        return None
    return send_to_second_factor(user, onward)


def has_one(user: Any) -> bool:
    return bool(factors_of(user).exists())


def send_to_second_factor(user: Any, onward: str) -> HttpResponse:
    """Send the person to give their second factor, or to set one up where they have none, and
    then on to `onward`."""
    address = reverse("second_factor")
    if has_one(user):
        address = _where_it_is_shown(user)
    return HttpResponseRedirect(f"{address}?{urlencode({'next': onward})}")


def _where_it_is_shown(user: Any) -> str:
    if passkeys.work_here() and Authenticator.Type.WEBAUTHN in kinds_of(user):
        return reverse("mfa_reauthenticate_webauthn")
    return reverse("mfa_reauthenticate")


def shown_first(view: View) -> View:
    """Let those who have a second factor change how they sign in only where they have shown it.

    A password or an e-mailed code confirms that it is they, but neither may add a second factor to
    one that was not shown, or take it away: then it would be none.
    """

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        user = request.user
        if user.is_authenticated and has_one(user) and not has_two_factors(request):
            is_page = request.method == "GET"
            onward = request.get_full_path() if is_page else reverse("account_methods")
            return send_to_second_factor(user, onward)
        return view(request, *args, **kwargs)

    return guarded


class Gate:
    """Send who owes a second factor on that detour from all pages but `_OPEN`. Middleware."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Any, args: Any, kwargs: Any
    ) -> HttpResponse | None:
        if _is_open(request):
            return None
        onward = request.get_full_path() if request.method == "GET" else reverse("account_home")
        return detour(request, onward)


def _is_open(request: HttpRequest) -> bool:
    match = request.resolver_match
    if request.path_info.startswith(_FOR_PROGRAMS) or match is None:
        return True
    return match.view_name in _OPEN or _is_sign_in_at_third_party(request, match.view_name)


def _is_sign_in_at_third_party(request: HttpRequest, view_name: str | None) -> bool:
    """Return whether it signs in anew by a third party; connecting one changes the account."""
    if not (view_name or "").endswith(("_login", "_callback")):
        return False
    return get_request_param(request, "process", "login") == "login"
