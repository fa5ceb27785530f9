"""Check redirect URIs: which can be registered, and which requests match them.

A request matches by simple string comparison (RFC 9700 section 2.1), with one exception: the
port of a loopback address is the native app's to choose (RFC 8252 section 7.3).
"""

import re
from urllib.parse import SplitResult, urlsplit

from accounts.network import loopback

# RFC 3986: what a URI may consist of. Spaces, control characters and backslashes are not in it.
_URI_CHARACTERS = re.compile(r"[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]+")

_LOOPBACK_HOST = "|".join(re.escape(loopback.in_url(name)) for name in sorted(loopback.HOSTS))
_LOOPBACK = re.compile(rf"(http://(?:{_LOOPBACK_HOST}))(:[0-9]{{1,5}})?([/?].*)?")

# A private-use scheme is a domain name of the app's people, reversed: it has a dot.
_PRIVATE_USE = re.compile(r"[a-z][a-z0-9+\-]*(?:\.[a-z0-9+\-]+)+:/[A-Za-z0-9\-._~/]*")


def is_registered(uri: str, registered: list[str]) -> bool:
    """Return whether `uri` is one of the `registered`, a loopback port aside."""
    if uri in registered:
        return True
    portless = _without_loopback_port(uri)
    return portless is not None and portless in map(_without_loopback_port, registered)


def problems(uris: str, *, private_use: bool = False) -> list[str]:
    """Say in words what keeps each of the space-separated `uris` from being registered.

    `private_use` allows schemes that an app claims on the device (RFC 8252 section 7.1).
    """
    return [
        f"{uri}: {why}"
        for uri in uris.split()
        if not (private_use and _PRIVATE_USE.fullmatch(uri)) and (why := _problem(uri))
    ]


def origin_problems(origins: str) -> list[str]:
    """Check origins of browser-based apps (scheme, host, port; no path) as `problems` does."""
    return [
        f"{origin}: {why}"
        for origin in origins.split()
        if (why := _problem(origin) or _beyond_origin(urlsplit(origin)))
    ]


def address_problems(uri: str) -> list[str]:
    """Check one address that this site calls as `problems` does; empty where there is none."""
    why = _problem(uri) if uri else None
    return [f"{uri}: {why}"] if why else []


def host(uri: str) -> str:
    """Return the host that `uri` leads to, for people to read; its scheme where it has none."""
    return urlsplit(uri).hostname or scheme(uri)


def scheme(uri: str) -> str:
    return urlsplit(uri).scheme


def leads_to_this_device(uri: str) -> bool:
    """Return whether any program on the person's device could be the one that is answered at
    `uri`."""
    return scheme(uri) not in ("https", "http") or host(uri) in loopback.HOSTS


def difference(uri: str, registered: str) -> str:
    """Say in words which part of `uri` keeps it from being the `registered` one."""
    try:
        asked, known = urlsplit(uri), urlsplit(registered)
        ports = asked.port, known.port
    except ValueError:
        return "it is not a URI"
    parts = {
        "scheme": (asked.scheme, known.scheme),
        "host": (asked.hostname, known.hostname),
        "port": ports,
        "path": (asked.path, known.path),
        "query": (asked.query, known.query),
        "fragment": (asked.fragment, known.fragment),
    }
    found = [
        f"the {part} is “{ours or ''}”, not “{theirs or ''}”"
        for part, (ours, theirs) in parts.items()
        if ours != theirs
    ]
    return ", ".join(found) or "its spelling differs, such as in upper case or user name"


def _problem(uri: str) -> str | None:
    if not _URI_CHARACTERS.fullmatch(uri):
        return "has characters that a URI cannot have."
    try:
        parts = urlsplit(uri)
        port = parts.port
    except ValueError:
        return "is not a URI."
    if "#" in uri:
        return "must not have a fragment (#)."  # RFC 6749 section 3.1.2
    if "@" in parts.netloc:
        return "must not have a user name or password (@)."
    if "*" in parts.netloc:
        return "must name one host; wildcards are not matched."
    return _scheme_problem(parts, port)


def _scheme_problem(parts: SplitResult, port: int | None) -> str | None:
    if parts.scheme not in ("https", "http"):
        return "must start with https:// (or http:// on a loopback address)."
    if not parts.hostname:
        return "has no host."
    if parts.scheme == "http" and parts.hostname not in loopback.HOSTS:
        return "must use https; plain http is for loopback addresses such as 127.0.0.1 only."
    if port == 0:
        return "has no such port."
    return None


def _beyond_origin(parts: SplitResult) -> str | None:
    if parts.path or parts.query:
        return "must be an origin only: scheme, host and port, without a path or final slash."
    return None


def _without_loopback_port(uri: str) -> tuple[str, str] | None:
    """Split `uri` around its port where it is http on loopback, and None where it is not.

    The pieces are compared as they were written, so that nothing but the port may differ.
    """
    if not _URI_CHARACTERS.fullmatch(uri) or "#" in uri:
        return None
    match = _LOOPBACK.fullmatch(uri)
    if not match or int((match[2] or ":1")[1:]) not in range(1, 65536):
        return None
    return match[1], match[3] or ""
