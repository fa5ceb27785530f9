"""Answer programs at both spellings of an address, with a slash at its end and without, alike.

What is sent to the other one is led on here, before anything looks at the address: a redirect would
have clients send their POST again as a GET, without its body (Fetch standard, "HTTP-redirect
fetch"), which they then take for a fault of the endpoint.
"""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.urls import is_valid_path

_WITH_SLASH = "/oauth/"
_WITHOUT_SLASH = ("/api/", "/.well-known/", "/mcp/")


def answer_both(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Give a request the spelling that the address has here: middleware."""

    def middleware(request: HttpRequest) -> HttpResponse:
        other = _other_spelling(request.path_info)
        if other and is_valid_path(other):
            _spell(request, other)
        return get_response(request)

    return middleware


def _other_spelling(path: str) -> str:
    """Return the spelling that addresses like `path` have here, empty where it is that one."""
    if path.startswith(_WITH_SLASH):
        return "" if path.endswith("/") else f"{path}/"
    if path.startswith(_WITHOUT_SLASH) and path.endswith("/"):
        return path[:-1]
    return ""


def _spell(request: HttpRequest, path: str) -> None:
    before = request.path.removesuffix(request.path_info)  # where the site is mounted
    request.path_info, request.path = path, before + path
