"""Check how the site is deployed: combinations of settings that work, but are unsafe.

accounts.E006 to E008, E010 and E011 stop a start; W002 to W004 show in `manage.py check --deploy`.
"""

import re
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.utils.translation import gettext

from accounts.limits import rate_limits

MIN_KEY_LENGTH = 50  # as Django's own check of SECRET_KEY, which leaves out its fallbacks

_HOST = re.compile(r"([a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?|\[[0-9a-f:.]+\])(:[0-9]{1,5})?", re.I)
_NOT_MAIL = ("console", "filebased", "locmem", "dummy")


@register(Tags.security)
def check_rate_limits(**_: Any) -> list[CheckMessage]:
    """Check that every rate can be read (accounts.E006)."""
    found: list[CheckMessage] = []
    for name, rate in settings.RATE_LIMITS.items():
        try:
            rate_limits.parse(rate)
        except rate_limits.NoRate as error:
            hint = gettext(
                "Write a number, a slash and a time, such as 600/m or 10/5m (s, m, h, d)."
            )
            text = f"RATE_LIMIT_{name.upper()}: {error.said}"
            found.append(Error(text, hint=hint, id="accounts.E006"))
    if settings.CLIENT_FAILURES < 1:
        hint = gettext("With none at all, no client could ever make a mistake.")
        text = gettext("CLIENT_FAILURES is less than 1.")
        found.append(Error(text, hint=hint, id="accounts.E006"))
    return found


@register(Tags.security)
def check_proxies(**_: Any) -> list[CheckMessage]:
    """Check that the number of proxies in front is a number of proxies (accounts.E007)."""
    if settings.TRUSTED_PROXIES >= 0:
        return []
    hint = gettext(
        "Set it to how many proxies of yours a request passes through: 0 where there is none."
    )
    return [Error(gettext("TRUSTED_PROXIES is negative."), hint=hint, id="accounts.E007")]


@register(Tags.security)
def check_hosts(**_: Any) -> list[CheckMessage]:
    """Check that a host that is answered to is a host, and no pattern (accounts.E011)."""
    hosts = [*settings.ALLOWED_HOSTS, *settings.ALLOWED_HOST_PORTS]
    wrong = [host for host in hosts if not _HOST.fullmatch(host)]
    hint = gettext(
        "Name each host, such as id.example.com or 10.0.0.7:8000. Patterns are not taken."
    )
    return [Error(f"ALLOWED_HOSTS: {host}", hint=hint, id="accounts.E011") for host in wrong]


@register(Tags.security)
def check_debug(**_: Any) -> list[CheckMessage]:
    """Check that a site that others reach does not show its settings and source on every error
    (accounts.E008)."""
    if not (settings.DEBUG and settings.HTTPS):
        return []
    hint = gettext("Unset DEBUG, or work at an address that starts with http://.")
    return [Error(gettext("DEBUG is on for an https site."), hint=hint, id="accounts.E008")]


@register(Tags.security, deploy=True)
def check_secret_keys(**_: Any) -> list[CheckMessage]:
    """Check that no key that signs, or is still believed, is short enough to be guessed
    (accounts.W002)."""
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    if all(len(key) >= MIN_KEY_LENGTH for key in keys):
        return []
    how = "python -c 'import secrets; print(secrets.token_urlsafe(64))'"
    hint = gettext("Make one with: %(command)s") % {"command": how}
    text = gettext("SECRET_KEY, or one of SECRET_KEY_FALLBACKS, is shorter than %(length)s.")
    return [Warning(text % {"length": MIN_KEY_LENGTH}, hint=hint, id="accounts.W002")]


@register(Tags.security)
def check_mail_address(**_: Any) -> list[CheckMessage]:
    """Check that EMAIL_URL can be done, and sends no login in clear (accounts.E010)."""
    if not settings.EMAIL_PROBLEM:
        return []
    hint = gettext(
        "Write submissions://user:password@host (TLS, port 465) or submission:// (port 587)."
    )
    return [Error(settings.EMAIL_PROBLEM, hint=hint, id="accounts.E010")]


@register(Tags.security, deploy=True)
def check_mail(**_: Any) -> list[CheckMessage]:
    """Check that codes for signing in are mailed, and not written where others may read
    (accounts.W003)."""
    if not any(kind in settings.EMAIL_BACKEND for kind in _NOT_MAIL):
        return []
    hint = gettext("Set EMAIL_URL, such as submissions://user:password@mail.example.com.")
    return [Warning(gettext("Mail is not sent anywhere."), hint=hint, id="accounts.W003")]


@register(Tags.security, deploy=True)
def check_address_behind_tls(**_: Any) -> list[CheckMessage]:
    """Check that there is a trusted proxy under https: without one, every request would be
    redirected (accounts.W004)."""
    if settings.TRUSTED_PROXIES or not settings.HTTPS:
        return []
    hint = gettext(
        "gunicorn as config/gunicorn.py starts it speaks no TLS: set TRUSTED_PROXIES to how many "
        "proxies of yours are in front. Without, all people share one address and its limits."
    )
    text = gettext("SITE_URL is https, but TRUSTED_PROXIES is 0.")
    return [Warning(text, hint=hint, id="accounts.W004")]
