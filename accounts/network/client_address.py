"""Tell the network address that a request comes from, as far as it can be believed.

X-Forwarded-For is written from left to right: what stands leftmost is whatever the sender made up,
and each proxy appends the address that it was called from. So only as many entries from the right
are true as there are proxies of our own in front: `settings.TRUSTED_PROXIES`.
"""

from functools import lru_cache
from ipaddress import IPv6Address, ip_address

from allauth.core import context
from django.conf import settings
from django.http import HttpRequest


def client_address(request: HttpRequest) -> str:
    """Return an IPv4 or IPv6 address in its canonical text form, "" where none is known.

    Behind N trusted proxies that is the Nth entry from the right. Where the list is shorter, or
    the entry is no address, it is the address that the connection itself came from.
    """
    forwarded = _forwarded(request.META.get("HTTP_X_FORWARDED_FOR", ""), settings.TRUSTED_PROXIES)
    return _canonical(forwarded) or _canonical(request.META.get("REMOTE_ADDR", ""))


def current_address() -> str:
    """Return the address of the request that is being answered; "" outside of any.

    For callers that have no request of Django's, such as the grants: allauth's middleware keeps it.
    """
    return client_address(context.request) if context.request else ""


def _forwarded(header: str, proxies: int) -> str:
    hops = header.split(",")
    return hops[-proxies] if 0 < proxies <= len(hops) else ""


@lru_cache(maxsize=1024)  # of text alone: a request asks four times
def _canonical(text: str) -> str:
    try:
        address = ip_address(_without_port(text.strip()).partition("%")[0])
    except ValueError:
        return ""
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return str(mapped or address)  # a dual-stack socket calls 192.0.2.1 ::ffff:192.0.2.1


def _without_port(text: str) -> str:
    """Strip the port that some proxies append: 192.0.2.1:443 or [2001:db8::1]:443 (RFC 7239 section
    6)."""
    if text.startswith("["):
        return text[1:].partition("]")[0]
    return text.partition(":")[0] if text.count(":") == 1 else text
