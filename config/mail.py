"""Read how mail is sent from one address: EMAIL_URL.

    submissions://user:password@host       TLS from the first byte, port 465 (RFC 8314); also smtps:
    submission://user:password@host        STARTTLS, port 587; nothing is sent where it is refused
    smtp://host                            no TLS, port 25; `?tls=true` for STARTTLS
    file:///path, console:, memory:        not sent, but written where developers read it

A name and a password are percent-encoded. `?timeout=10` is in seconds. What cannot be read is
refused, never taken for something else; a login that would go out in clear is refused too.
"""

from typing import Any
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy

from accounts.network import loopback

TIMEOUT = 10  # seconds; Django's own is without end

_SMTP = "accounts.mail.backend.EmailBackend"
_NOTHING = "accounts.mail.backend.Misconfigured"
_DJANGO = "django.core.mail.backends.{}.EmailBackend"
_IMPLICIT, _STARTTLS, _CLEAR = "EMAIL_USE_SSL", "EMAIL_USE_TLS", ""
_SCHEMES = {
    "submissions": (_IMPLICIT, 465),
    "smtps": (_IMPLICIT, 465),
    "submission": (_STARTTLS, 587),
    "submit": (_STARTTLS, 587),
    "smtp": (_CLEAR, 25),
}
_NOT_SENT = {"file": "filebased", "console": "console", "memory": "locmem", "dummy": "dummy"}
_TRUE, _FALSE = {"1", "true", "yes", "on"}, {"0", "false", "no", "off", ""}


class UnreadableMailAddress(ValueError):
    """Report that EMAIL_URL says nothing that could be done; the message never repeats the
    password."""


def settings(url: str) -> dict[str, Any]:
    """Return Django's EMAIL_* settings for `url`.

    Where it cannot be read, nothing is sent, and EMAIL_PROBLEM says why: accounts.E010.
    """
    try:
        return _read(url) | {"EMAIL_PROBLEM": ""}
    except UnreadableMailAddress as error:
        return {"EMAIL_BACKEND": _NOTHING, "EMAIL_PROBLEM": error.args[0]}


def _read(url: str) -> dict[str, Any]:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise UnreadableMailAddress(gettext_lazy("EMAIL_URL is not an address.")) from error
    if parts.scheme in _NOT_SENT:
        path = "/" + unquote(parts.path).lstrip("/")
        return {"EMAIL_BACKEND": _DJANGO.format(_NOT_SENT[parts.scheme]), "EMAIL_FILE_PATH": path}
    if parts.scheme not in _SCHEMES:
        known = ", ".join([*_SCHEMES, *_NOT_SENT])
        words = gettext_lazy("EMAIL_URL begins with none of: {known}.")
        raise UnreadableMailAddress(format_lazy(words, known=known))
    options = _options(parts.query)
    protection = _protection(parts.scheme, options)
    _check_login(parts, protection)
    return {
        "EMAIL_BACKEND": _SMTP,
        "EMAIL_HOST": parts.hostname or loopback.NAME,
        "EMAIL_PORT": port or _port(parts.scheme, protection),
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_SSL": protection == _IMPLICIT,
        "EMAIL_USE_TLS": protection == _STARTTLS,
        "EMAIL_TIMEOUT": _seconds(options.get("timeout", "")),
    }


def _options(query: str) -> dict[str, str]:
    options = {name: values[-1] for name, values in parse_qs(query, True).items()}
    unknown = sorted(set(options) - {"ssl", "tls", "timeout"})
    if unknown:
        words = gettext_lazy("EMAIL_URL: there is no option “{option}”.")
        raise UnreadableMailAddress(format_lazy(words, option=unknown[0]))
    return options


def _protection(scheme: str, options: dict[str, str]) -> str:
    """Return what protects the connection. An option may add to what the scheme says, not take."""
    own, _ = _SCHEMES[scheme]
    implicit, starttls = (_is_on(options, name) for name in ("ssl", "tls"))
    if (implicit and starttls) or (own == _IMPLICIT and starttls):
        words = gettext_lazy(
            "EMAIL_URL asks for STARTTLS and for TLS from the first byte. Choose submissions:// "
            "(port 465) or submission:// (port 587)."
        )
        raise UnreadableMailAddress(words)
    if implicit:
        return _IMPLICIT
    return own or (_STARTTLS if starttls else _CLEAR)


def _port(scheme: str, protection: str) -> int:
    own, port = _SCHEMES[scheme]
    return 465 if protection == _IMPLICIT and own != _IMPLICIT else port


def _is_on(options: dict[str, str], name: str) -> bool:
    value = options.get(name, "").lower()
    if value not in _TRUE | _FALSE:
        words = gettext_lazy("EMAIL_URL: {name} is true or false.")
        raise UnreadableMailAddress(format_lazy(words, name=name))
    return value in _TRUE


def _seconds(value: str) -> int:
    if not value:
        return TIMEOUT
    if not value.isascii() or not value.isdigit() or not 0 < int(value) <= 300:
        words = gettext_lazy("EMAIL_URL: timeout is a number of seconds from 1 to 300.")
        raise UnreadableMailAddress(words)
    return int(value)


def _check_login(parts: SplitResult, protection: str) -> None:
    if bool(parts.username) != bool(parts.password):
        words = gettext_lazy("EMAIL_URL has a name without a password, or the reverse.")
        raise UnreadableMailAddress(words)
    if parts.username and not protection and parts.hostname not in loopback.HOSTS | {None}:
        words = gettext_lazy(
            "EMAIL_URL would send its password in clear. Use submissions:// or submission://."
        )
        raise UnreadableMailAddress(words)
