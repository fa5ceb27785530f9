"""Keep the way back: where a person was going when they were asked to sign in.

That address is `next`. allauth hands it on from page to page, but loses it where a page leads to
another one by itself: to the page for a code, back to the start, by way of a third party.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlsplit

from allauth.account.utils import get_next_redirect_url, passthrough_next_redirect_url
from allauth.utils import get_request_param
from django.conf import settings
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme, urlencode

from accounts.upstream.account import PENDING_LOGIN_KEY
from accounts.upstream.socialaccount import get_states

View = Callable[..., HttpResponseBase]

# The pages on which a sign-in goes on, or begins anew.
_ENTRANCE = (
    *("account_login", "account_signup", "account_request_login_code"),
    *("account_confirm_login_code", "account_email_verification_sent", "account_reset_password"),
    *("account_confirm_password_reset_code", "account_complete_password_reset"),
    *("account_password_reset_completed", "socialaccount_signup", "socialaccount_login_cancelled"),
)


def is_own(address: str) -> bool:
    """Return whether `address` leads to a page of this site, however long it is.

    Django's check refuses whatever has more than 2,048 characters. Which site it is ends before
    the query, so that it is told by what comes before.
    """
    if not address.startswith(("/", settings.SITE_URL)):
        return False
    own = {urlsplit(settings.SITE_URL).netloc}
    site_and_path = address.partition("?")[0]
    return url_has_allowed_host_and_scheme(site_and_path, own, require_https=settings.HTTPS)


def way_back(request: HttpRequest) -> str:
    """Return the address on this site to which the person was going, "" where there is none.

    It is what the request says, or else the sign-in that this browser has begun.
    """
    return get_next_redirect_url(request) or _of_pending_sign_in(request)


def put(request: HttpRequest, going_to: str) -> None:
    """Let whatever answers `request` find the way back in it."""
    if not going_to or get_next_redirect_url(request):
        return
    query = request.GET.copy()
    query[REDIRECT_FIELD_NAME] = going_to
    request.GET = query  # type: ignore[assignment]


def put_from_third_party(request: HttpRequest) -> None:
    """Let the answer to a third party's callback find the way back, kept where the sign-in began.

    Before allauth takes the state, after which an error page would have nothing to lead to.
    """
    stashed = get_states(request).get(get_request_param(request, "state") or "")
    if stashed:
        put(request, stashed[0].get("next") or "")


def keep(view: View) -> View:
    """Hand the way back on, wherever in the entrance this page leads."""

    @wraps(view)
    def keeping(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        put(request, way_back(request))
        response = view(request, *args, **kwargs)
        if isinstance(response, HttpResponseRedirect):
            response["Location"] = handed_on(request, response.url)
        return response

    return keeping


def handed_on(request: HttpRequest, address: str) -> str:
    """Return `address` with the way back, where it is one of the entrance and has none yet."""
    parts = urlsplit(address)
    known = parts.path in {reverse(name) for name in _ENTRANCE}
    if not known or parts.netloc or f"{REDIRECT_FIELD_NAME}=" in parts.query:
        return address
    return str(passthrough_next_redirect_url(request, address, REDIRECT_FIELD_NAME))


def with_next(address: str, going_to: str) -> str:
    """Return an address of this site that has no query, with `going_to` as the way back."""
    return f"{address}?{urlencode({REDIRECT_FIELD_NAME: going_to})}"


def _of_pending_sign_in(request: HttpRequest) -> str:
    pending = request.session.get(PENDING_LOGIN_KEY) or {}
    new_person = request.session.get("socialaccount_sociallogin") or {}
    return pending.get("redirect_url") or new_person.get("state", {}).get("next") or ""
