"""Relax the strict Content-Security-Policy where it has to give way, and no further."""

from collections.abc import Callable

from csp.utils import build_policy
from django.http import HttpRequest, HttpResponse

from accounts.site.programs import is_for_programs

# Where a form may begin a chain of redirects that leaves the site: a sign-in leads to a third party
# or back to the client app that asked for it, a person's yes to that app, a signing out too.
# Chromium applies `form-action` to every redirect that follows a form, and that of an app may go on
# to wherever it likes: from https to the scheme of its own program, which no list could name.
_CHAINS_BEGIN = ("/accounts/", "/oauth/", "/account/second-factor/", "/account/closed/")


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


def leave_chains_alone(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Leave `form-action` away on pages where such a chain may begin: middleware, inside of
    django-csp's. What holds there instead: docs/security.md."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        path = request.path_info
        if path.startswith(_CHAINS_BEGIN) and not is_for_programs(path):
            response._csp_replace = {"form-action": None}  # type: ignore[attr-defined]
        return response

    return middleware
