"""Check redirect URIs: which can be registered, and which requests match them.

A request matches by simple string comparison (RFC 9700 section 2.1), with one exception: the
port of a loopback address is the native app's to choose (RFC 8252 section 7.3).
"""

import re
from urllib.parse import SplitResult, urlsplit, urlunsplit

from django.utils.translation import gettext, gettext_lazy

from accounts.network import loopback

# RFC 3986: what a URI may consist of. Spaces, control characters and backslashes are not in it.
_URI_CHARACTERS = re.compile(r"[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]+")

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.\-]*):")
_LOOPBACK_HOST = "|".join(re.escape(loopback.in_url(name)) for name in sorted(loopback.HOSTS))
_LOOPBACK = re.compile(rf"(http://(?:{_LOOPBACK_HOST}))(:[0-9]{{1,5}})?([/?].*)?")

# What an app claims on the device. RFC 8252 section 7.1 wants a domain name of the app's people in
# reverse, com.example.app:/callback; those in the field have short ones too, app://host/callback.
_PRIVATE_USE = re.compile(r"[a-z][a-z0-9+.\-]*:/[A-Za-z0-9\-._~:/?\[\]!$&'()+,;=%]*")

# Schemes that browsers and systems own: they run or read something, send it elsewhere or start a
# program that does. Nobody's app is behind them.
_NEVER = frozenset(
    {
        *("javascript", "vbscript", "livescript", "mocha", "data", "blob", "file", "filesystem"),
        *("about", "view-source", "view", "jar", "resource", "wyciwyg", "feed", "cid", "mid"),
        *("chrome", "chrome-extension", "chrome-error", "chrome-search", "chrome-untrusted"),
        *("moz-extension", "moz-icon", "safari-extension", "safari-web-extension", "devtools"),
        *("edge", "brave", "opera", "vivaldi", "browser", "isolated-app", "webpack", "res"),
        *("ftp", "ftps", "sftp", "tftp", "ws", "wss", "http", "https", "httpi", "gopher"),
        *("smb", "afp", "nfs", "dav", "davs", "webdav", "ldap", "ldaps", "imap", "pop", "nntp"),
        *("news", "snews", "irc", "ircs", "rtsp", "rtmp", "mms", "mailto", "tel", "sms", "smsto"),
        *("callto", "sip", "sips", "xmpp", "facetime", "geo", "maps", "webcal", "calendar"),
        *("ssh", "telnet", "rlogin", "tn3270", "rdp", "vnc", "shell", "search", "search-ms"),
        *("help", "hcp", "its", "mk", "mhtml", "ms-its", "local", "localhost", "dict", "magnet"),
        *("intent", "android-app", "content", "market", "package", "itms", "itms-apps"),
        *("itms-services", "applescript", "x-apple-helpbasic", "shortcuts", "prefs", "app-prefs"),
        *("urn", "tag", "doi", "info", "null", "undefined", "openid", "openid4vp", "otpauth"),
    }
)
_PUBLIC_ONLY = gettext_lazy(
    "is only for public clients (token_endpoint_auth_method none): any program on a person's "
    "device can claim the scheme, and there no app can keep a secret."
)
_NO_SCHEME_OF_ITS_OWN = gettext_lazy(
    "must start with https:// (or http:// on a loopback address), or with a scheme of the app's "
    "own in lower case, such as com.example.app:/callback; not with one of browsers and systems."
)
_EXAMPLE = "https://app.example/callback"
_NEVER_BEGINS = ("ms-", "microsoft-", "chrome-", "x-apple.", "x-man-page", "android.")


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
    found = {uri: _problem(uri) or _scheme_problem(uri, private_use) for uri in uris.split()}
    return [f"{uri}: {why}" for uri, why in found.items() if why]


def origin_problems(origins: str) -> list[str]:
    """Check origins of browser-based apps (scheme, host, port; no path) as `problems` does."""
    return [
        f"{origin}: {why}"
        for origin in origins.split()
        if (why := _web_problem(origin) or _beyond_origin(urlsplit(origin)))
    ]


def address_problems(uri: str) -> list[str]:
    """Check one address that this site calls as `problems` does; empty where there is none."""
    why = _web_problem(uri) if uri else None
    return [f"{uri}: {why}"] if why else []


def origins_of(uris: str) -> str:
    """Return the web origins (RFC 6454 section 4) of the space-separated `uris`, each once."""
    read = [urlsplit(uri) for uri in uris.split() if not (_problem(uri) or is_private_use(uri))]
    return " ".join(dict.fromkeys(f"{each.scheme}://{each.netloc}" for each in read))


def host(uri: str) -> str:
    """Return the host that `uri` leads to, for people to read.

    Of a scheme that an app claims it is the scheme: whoever claims it writes any host behind it.
    """
    return scheme(uri) if is_private_use(uri) else urlsplit(uri).hostname or ""


def is_loopback(host: str) -> bool:
    """Return whether any program on the person's device is reached at `host`."""
    return host in loopback.HOSTS


def is_private_use(uri: str) -> bool:
    """Return whether `uri` has a scheme that an app on the person's device claims."""
    return scheme(uri) not in ("https", "http", "")


def scheme(uri: str) -> str:
    found = _SCHEME.match(uri)
    return found[1].lower() if found else ""


def leads_to_this_device(uri: str) -> bool:
    """Return whether any program on the person's device could be the one that is answered at
    `uri`."""
    return is_private_use(uri) or is_loopback(host(uri))


def difference(uri: str, registered: str) -> str:
    """Say in words which part of `uri` keeps it from being the `registered` one."""
    try:
        asked, known = urlsplit(uri), urlsplit(registered)
        ports = asked.port, known.port
    except ValueError:
        return gettext("it is not a URI")
    parts = {
        gettext("the scheme is “%(sent)s”, not “%(registered)s”"): (asked.scheme, known.scheme),
        gettext("the host is “%(sent)s”, not “%(registered)s”"): (asked.hostname, known.hostname),
        gettext("the port is “%(sent)s”, not “%(registered)s”"): ports,
        gettext("the path is “%(sent)s”, not “%(registered)s”"): (asked.path, known.path),
        gettext("the query is “%(sent)s”, not “%(registered)s”"): (asked.query, known.query),
        gettext("the fragment is “%(sent)s”, not “%(registered)s”"): (
            asked.fragment,
            known.fragment,
        ),
    }
    found = [
        words % {"sent": ours or "", "registered": theirs or ""}
        for words, (ours, theirs) in parts.items()
        if ours != theirs
    ]
    otherwise = gettext("its spelling differs, such as in upper case or user name")
    return ", ".join(found) or otherwise


def _problem(uri: str) -> str | None:
    if not uri.isascii():
        return gettext(
            "must be ASCII: write a host of other letters in its xn-- form, and encode the rest."
        )
    if not _URI_CHARACTERS.fullmatch(uri):
        words = gettext("has characters that a URI cannot have. Encode them, as in %(example)s")
        return words % {"example": f"{_EXAMPLE}?from=my%20app"}
    try:
        parts = urlsplit(uri)
        _ = parts.port
    except ValueError:
        return gettext("is not a URI. One looks like %(example)s") % {"example": _EXAMPLE}
    if "#" in uri:  # RFC 6749 section 3.1.2
        words = gettext("must not have a fragment (#). %(better)s would do.")
        return words % {"better": uri.partition("#")[0]}
    if "@" in parts.netloc:
        words = gettext("must not have a user name or password (@). %(better)s would do.")
        return words % {"better": _without_user(parts)}
    if "*" in parts.netloc:
        words = gettext(
            "must name one host; wildcards are not matched. List each, such as %(example)s"
        )
        return words % {"example": _EXAMPLE}
    return _host_problem(parts)


def _host_problem(parts: SplitResult) -> str | None:
    if not (parts.hostname or "").endswith("."):
        return None
    host, _, port = parts.netloc.partition(":")
    bare = urlunsplit(parts._replace(netloc=":".join(filter(None, (host.rstrip("."), port)))))
    return gettext("must not end its host with a dot. %(better)s would do.") % {"better": bare}


def _without_user(parts: SplitResult) -> str:
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def _scheme_problem(uri: str, private_use: bool) -> str | None:
    if is_private_use(uri) and _PRIVATE_USE.fullmatch(uri) and not _is_owned(scheme(uri)):
        return None if private_use else str(_PUBLIC_ONLY)
    if private_use and is_private_use(uri):
        return str(_NO_SCHEME_OF_ITS_OWN)
    return _address_problem(urlsplit(uri))


def _is_owned(scheme: str) -> bool:
    """Return whether a scheme is a browser's or the system's."""
    return scheme in _NEVER or scheme.startswith(_NEVER_BEGINS)


def _web_problem(uri: str) -> str | None:
    return _problem(uri) or _address_problem(urlsplit(uri))


def _address_problem(parts: SplitResult) -> str | None:
    if parts.scheme not in ("https", "http"):
        words = gettext(
            "must start with https:// (or http:// on a loopback address), as in %(example)s"
        )
        return words % {"example": _EXAMPLE}
    if not parts.hostname:
        return gettext("has no host.")
    if parts.scheme == "http" and parts.hostname not in loopback.HOSTS:
        secure = urlunsplit(parts._replace(scheme="https"))
        words = gettext(
            "must use https; plain http is for loopback addresses such as 127.0.0.1 only. "
            "%(better)s would do."
        )
        return words % {"better": secure}
    if parts.port == 0:
        return gettext("has no such port.")
    return None


def _beyond_origin(parts: SplitResult) -> str | None:
    if parts.path or parts.query:
        return gettext(
            "must be an origin only: scheme, host and port, without a path or final slash."
        )
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
