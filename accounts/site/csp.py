"""Relax the strict Content-Security-Policy where it has to give way, and no further."""

from collections.abc import Callable
from urllib.parse import urlsplit

from csp.utils import build_policy
from django.http import HttpRequest, HttpResponse

from accounts.network import loopback

# Chromium applies `form-action` not only to a form's address but to every redirect that follows
# its submission. A person's yes leads to the client app's address, and wherever that leads on;
# a sign-in leads to a third party, or back to the client app that asked for it.
# A CSP source cannot be an IPv6 address: an app on http://[::1] needs "http:" as an extra one.
_NAMEABLE = sorted(host for host in loopback.HOSTS if ":" not in host)
_REDIRECT_CHAIN = ["https:", *(f"http://{host}:*" for host in _NAMEABLE)]

_SIGN_IN_PATH = "/accounts/"


def allow_redirect_chain(response: HttpResponse, *extra_sources: str) -> None:
    """Let the forms of this page start a chain of redirects that leaves the site."""
    response._csp_update = {"form-action": [*_REDIRECT_CHAIN, *extra_sources]}  # type: ignore[attr-defined]


def allow_answer_at(response: HttpResponse, redirect_uri: str) -> None:
    """Allow a redirect chain as `allow_redirect_chain` does, where it begins at a client's own
    `redirect_uri`."""
    parts = urlsplit(redirect_uri)
    by_scheme = parts.scheme not in ("https", "http") or ":" in (parts.hostname or "")
    allow_redirect_chain(response, *([f"{parts.scheme}:"] if by_scheme else []))


def policy_for_programs(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Set the policy on answers to programs: middleware, in place of django-csp's. None of them is
    an exception from the policy, so that it is made once."""
    policy = build_policy()

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response.headers["Content-Security-Policy"] = policy
        return response

    return middleware


def allow_sign_in_forms(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Allow every page of the sign-in to start such a chain: middleware, inside of django-csp's."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if request.path_info.startswith(_SIGN_IN_PATH):
            allow_redirect_chain(response)
        return response

    return middleware
