"""Set the headers that every answer carries, whoever made it: pages, errors, OAuth, the API, static
files.

Beside these: django-csp's Content-Security-Policy, django-permissions-policy's Permissions-Policy,
and SecurityMiddleware's Strict-Transport-Security, Referrer-Policy, Cross-Origin-Opener-Policy and
X-Content-Type-Options.
"""

from collections.abc import Callable
from http import HTTPStatus

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.middleware.security import SecurityMiddleware
from django_permissions_policy import PermissionsPolicyMiddleware


def set_headers(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Set the headers: middleware, outside of all that answers."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response.headers.setdefault("X-Frame-Options", settings.X_FRAME_OPTIONS)
        response.headers.setdefault("Cross-Origin-Resource-Policy", _who_may_embed(response))
        # A page that is kept comes back after signing out, by the browser's Back button.
        if not _may_be_kept(response):
            response["Cache-Control"] = "no-store"
        return response

    return middleware


def set_fixed_headers(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Set on answers to programs what Django's and django-permissions-policy's own middleware set
    on pages, and lead to https as Django's does: middleware, in place of theirs. What they say
    depends on the scheme alone, so that each is asked once."""
    security = SecurityMiddleware(get_response)
    policy = PermissionsPolicyMiddleware(lambda request: HttpResponse())
    by_scheme: dict[str | None, list[tuple[str, str]]] = {}

    def middleware(request: HttpRequest) -> HttpResponse:
        response = security.process_request(request) or get_response(request)
        if request.scheme not in by_scheme:
            said = security.process_response(request, policy(request))  # type: ignore[arg-type]
            by_scheme[request.scheme] = [each for each in said.items() if each[0] != "Content-Type"]
        for name, value in by_scheme[request.scheme]:
            response.headers.setdefault(name, value)
        return response

    return middleware


def tell_length(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Tell programs how long their answer is: middleware, in place of Django's CommonMiddleware, of
    which this is all that they meet."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        # Of an answer without a body it would be the length of another one (RFC 9110, section 8.6).
        has_body = response.status_code not in (HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED)
        if has_body and not response.streaming and "Content-Length" not in response:
            response.headers["Content-Length"] = str(len(response.content))
        return response

    return middleware


def _who_may_embed(response: HttpResponse) -> str:
    """Return who may load the answer: what other origins may read (metadata, keys) they may also
    load; the rest they may not."""
    return "cross-origin" if "Access-Control-Allow-Origin" in response else "same-origin"


def _may_be_kept(response: HttpResponse) -> bool:
    """Return whether who made the answer said that anybody may keep it, or already that nobody
    may."""
    said = response.get("Cache-Control", "")
    return "public" in said or "no-store" in said
