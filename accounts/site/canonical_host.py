"""One address for people: whoever opens http://127.0.0.1 is taken to http://localhost.

Browsers have passkeys at a name alone, and a sign-in that began at one address cannot end at the
other. Only for a site at localhost, as `make run` starts: elsewhere the proxy in front decides.
"""

from collections.abc import Callable
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.request import split_domain_port

NAME = "localhost"
ADDRESSES = ("127.0.0.1", "[::1]")


def lead_to_it(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware. Programs, that do not ask for a page, are answered at every address."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if _is_for_a_page(request) and _is_elsewhere(request):
            return HttpResponseRedirect(settings.SITE_URL + request.get_full_path())
        return get_response(request)

    return middleware


def _is_for_a_page(request: HttpRequest) -> bool:
    asks = request.headers.get("Accept", "")
    return request.method in ("GET", "HEAD") and "text/html" in asks


def _is_elsewhere(request: HttpRequest) -> bool:
    if urlsplit(settings.SITE_URL).hostname != NAME:
        return False
    host, _ = split_domain_port(request.get_host())
    return host in ADDRESSES
