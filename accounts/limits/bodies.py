"""Limit how much anybody may send: answer an address that is too long, and a body that is too large
before it is read."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from accounts.site import errors
from accounts.way_back.packed import LONGEST


def refuse_large(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Refuse an address that is too long and a body that is too large: middleware, before all that
    reads one (RFC 9110 sections 15.5.14 and 15.5.15)."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if len(request.path_info) + len(request.META.get("QUERY_STRING", "")) > LONGEST:
            return errors.address_too_long(request)
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
