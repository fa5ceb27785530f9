"""Set the headers that every answer carries, whoever made it: pages, errors, OAuth, the API, static
files.

Beside these: django-csp's Content-Security-Policy, django-permissions-policy's Permissions-Policy,
and SecurityMiddleware's Strict-Transport-Security, Referrer-Policy, Cross-Origin-Opener-Policy and
X-Content-Type-Options.
"""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse


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


def _who_may_embed(response: HttpResponse) -> str:
    """Return who may load the answer: what other origins may read (metadata, keys) they may also
    load; the rest they may not."""
    return "cross-origin" if "Access-Control-Allow-Origin" in response else "same-origin"


def _may_be_kept(response: HttpResponse) -> bool:
    """Return whether who made the answer said that anybody may keep it, or already that nobody
    may."""
    said = response.get("Cache-Control", "")
    return "public" in said or "no-store" in said
