"""Relax the strict Content-Security-Policy where it has to give way, and no further. What it says
elsewhere is in config/settings.py (CONTENT_SECURITY_POLICY)."""

from collections.abc import Callable
from http import HTTPStatus

from csp.utils import build_policy
from django.conf import settings
from django.http import HttpRequest, HttpResponse

from accounts.site.programs import is_for_programs

# Where a form may begin a chain of redirects that leaves the site: a sign-in leads to a third party
# or back to the client app that asked for it, a person's yes to that app, a signing out too.
# Chromium applies `form-action` to every redirect that follows a form, and that of an app may go on
# to wherever it likes: from https to the scheme of its own program, which no list could name.
_CHAINS_BEGIN = ("/accounts/", "/oauth/", "/account/second-factor/", "/account/closed/")
# With DEBUG, Django says on these pages what went wrong, and has their styles within them.
_TOLD_TO_DEVELOPERS = (HTTPStatus.NOT_FOUND, HTTPStatus.INTERNAL_SERVER_ERROR)


def policy_for_programs(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Set the policy on answers to programs: middleware, in place of django-csp's. It is made once,
    as none of them is an exception from it: those with a policy of their own keep that."""
    policy = build_policy()

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response.headers.setdefault("Content-Security-Policy", policy)
        return response

    return middleware


def policy_for_pages(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Set the policy on pages: middleware, made once likewise, as none has a nonce of its own."""
    strict, of_chains = build_policy(), policy_of_chains()

    def middleware(request: HttpRequest) -> HttpResponse:
        response, path = get_response(request), request.path_info
        if settings.DEBUG and response.status_code in _TOLD_TO_DEVELOPERS:
            return response
        begins = path.startswith(_CHAINS_BEGIN) and not is_for_programs(path)
        response.headers.setdefault("Content-Security-Policy", of_chains if begins else strict)
        return response

    return middleware


def policy_of_chains() -> str:
    """Return the policy for a page where such a chain may begin: without `form-action`. What holds
    there instead: docs/security.md."""
    return str(build_policy(replace={"form-action": None}))
