"""Answer programs at both spellings of an address, with a slash at its end and without, alike.

What is sent to the other one is led on here, before anything looks at the address: a redirect would
have clients send their POST again as a GET, without its body (Fetch standard, "HTTP-redirect
fetch"), which they then take for a fault of the endpoint.
"""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

_WITH_SLASH = "/oauth/"
_WITHOUT_SLASH = ("/api/", "/.well-known/")


def answer_both(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Give a request the spelling that the address has here: middleware."""

    def middleware(request: HttpRequest) -> HttpResponse:
        path = request.path_info
        if path.startswith(_WITH_SLASH):
            if not path.endswith("/"):
                _spell(request, f"{path}/")
        elif path.endswith("/") and path[:-1].startswith(_WITHOUT_SLASH):
            _spell(request, path[:-1])
        return get_response(request)

    return middleware


def _spell(request: HttpRequest, path: str) -> None:
    before = request.path.removesuffix(request.path_info)  # where the site is mounted
    request.path_info, request.path = path, before + path
