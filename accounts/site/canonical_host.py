"""Lead people to the site's one canonical host, and refuse a foreign Host.

Browsers have passkeys at a name alone, and a sign-in that began at one address cannot end at the
other. So whoever opens http://127.0.0.1 is taken to http://localhost, where `make run` serves:
elsewhere the proxy in front decides.
"""

from collections.abc import Callable
from functools import lru_cache
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.request import split_domain_port

from accounts.network import loopback
from accounts.site import errors
from accounts.text.weights import without_refused

_ADDRESSES = frozenset(map(loopback.in_url, loopback.ADDRESSES))


def refuse_foreign_hosts(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Answer at SITE_URL's host and port, and at those of ALLOWED_HOSTS, alone: middleware.

    Django lets any port pass. What is counted or built by host could then be had anew at each.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        names, ports = settings.ALLOWED_HOSTS, settings.ALLOWED_HOST_PORTS
        if _host_of(request) in _own(settings.SITE_URL, tuple(names), tuple(ports)):
            return get_response(request)
        return errors.foreign_host(request)

    return middleware


@lru_cache(maxsize=8)
def _own(site_url: str, names: tuple[str, ...], at_ports: tuple[str, ...]) -> frozenset[str]:
    """Return each Host that is ours: a name at SITE_URL's port, unless it says one of its own."""
    site = urlsplit(site_url)
    default = ":443" if site.scheme == "https" else ":80"
    port = f":{site.port}" if site.port else default
    elsewhere = {host.rpartition(":")[0] for host in at_ports} - {site.hostname}
    hosts = {f"{name}{port}" for name in (site.hostname, *names) if name not in elsewhere}
    hosts = {host.lower() for host in (*hosts, *at_ports)}
    return frozenset(hosts | {host.removesuffix(default) for host in hosts})


def _host_of(request: HttpRequest) -> str:
    """Return the Host header; without one (HTTP/1.0), where the server itself listens."""
    own = f"{request.META['SERVER_NAME']}:{request.META['SERVER_PORT']}"
    return str(request.META.get("HTTP_HOST", own)).lower()


def redirect_to_canonical_host(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Redirect people to the canonical host: middleware. Programs, that do not ask for a page, are
    answered at every address."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if _is_for_a_page(request) and _is_elsewhere(request):
            return HttpResponseRedirect(settings.SITE_URL + request.get_full_path())
        return get_response(request)

    return middleware


def _is_for_a_page(request: HttpRequest) -> bool:
    asks = without_refused(request.META.get("HTTP_ACCEPT", ""))
    return request.method in ("GET", "HEAD") and "text/html" in asks


def _is_elsewhere(request: HttpRequest) -> bool:
    if urlsplit(settings.SITE_URL).hostname != loopback.NAME:
        return False
    host, _ = split_domain_port(request.get_host())
    return host in _ADDRESSES
