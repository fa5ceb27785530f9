"""Limit how much anybody may send: an answer for a body that is too large, before it is read."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from accounts.site import errors


def refuse_large(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Refuse a body that is too large: middleware, before all that reads one (RFC 9110 section
    15.5.14)."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if _length(request) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            return errors.content_too_large(request)
        return get_response(request)

    return middleware


def _length(request: HttpRequest) -> int:
    """Return what Django will read at most: nothing where no length, or none at all, is told."""
    try:
        return int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        return 0
