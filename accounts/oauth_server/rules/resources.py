"""Read resource indicators (RFC 8707): which protected resource a token is asked for.

They are compared as RFC 3986 section 6.2 lets them be: the case of scheme and host, the default
port and slashes at the end make no difference. Nobody is protected by them, and clients of MCP
write them as they like.
"""

import re
from collections.abc import Iterable
from urllib.parse import urlsplit

from django.conf import settings

MAX_LENGTH = 500

# An absolute URI of what RFC 3986 allows in one, without a fragment.
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:[A-Za-z0-9\-._~:/?\[\]@!$&'()*+,;=%]+")
_DEFAULT_PORTS = {"http": ":80", "https": ":443"}
_WEB = ("http", "https")

# What this site has itself, by path: its issuer, the empty one, stands for all of it.
API, USERINFO, MCP = "/api/v1", "/oauth/userinfo/", "/mcp"


def problem(identifier: str) -> str:
    """Return why `identifier` names no resource, "" where it may (RFC 8707 section 2)."""
    if len(identifier) > MAX_LENGTH:
        return f"it is longer than {MAX_LENGTH} characters"
    if "#" in identifier:
        return "it has a fragment"
    if not _URI.fullmatch(identifier):
        return "it is no absolute URI"
    try:
        parts = urlsplit(identifier)
        is_web, _ = parts.scheme.lower() in _WEB, parts.port
    except ValueError:
        return "it is no absolute URI"
    if is_web and (not parts.hostname or "@" in parts.netloc):
        return "it needs a host, and nobody's name before it"
    return ""


def compared(identifier: str) -> str:
    """Return what an identifier without a problem is compared by."""
    parts = urlsplit(identifier)
    scheme = parts.scheme.lower()
    if not parts.netloc:
        return f"{scheme}:{identifier.partition(':')[2]}"
    netloc = parts.netloc.lower().removesuffix(_DEFAULT_PORTS.get(scheme, " "))
    query = f"?{parts.query}" if parts.query else ""
    return f"{scheme}://{netloc}{parts.path.rstrip('/')}{query}"


def own_api() -> str:
    """Return the identifier of this site's own API, which its metadata tells (RFC 9728)."""
    return f"{settings.SITE_URL}{API}"


def is_own(identifier: str) -> bool:
    """Return whether an identifier without a problem is this site's: one audience, however it is
    called."""
    own = ("", API, USERINFO, *([MCP] if settings.MCP else []))
    return compared(identifier) in {compared(f"{settings.SITE_URL}{path}") for path in own}


def opens_own(audience: str) -> bool:
    """Return whether a token of this audience, as it is stored, opens what this site has."""
    return not audience


def told(audience: str) -> list[str]:
    """Return for whom a token of this audience, as it is stored, is."""
    return audience.split() or [own_api()]


def to_audience(identifiers: Iterable[str]) -> str:
    """Return what is stored of the resources that a token is for, "" for this site's own."""
    return " ".join(identifiers)
