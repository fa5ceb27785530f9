"""Check what the trust in tokens rests on, so that a mistake shows at start."""

import re
from typing import Any
from urllib.parse import urlsplit

from cryptography.fernet import Fernet
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.utils.translation import gettext

from accounts.network import loopback
from accounts.oauth_server.claims.release import is_known
from accounts.oauth_server.rules.scopes import SCOPES, Scope, of_services

_SCOPE = re.compile(r"[!#-\[\]-~]+")


@register(Tags.security)
def check_issuer(**_: Any) -> list[CheckMessage]:
    """Check that the issuer is an https origin; loopback may use http (oauth_server.E001 and
    E002)."""
    parts = urlsplit(settings.SITE_URL)
    if not parts.hostname or parts.path or parts.query or parts.fragment or "@" in parts.netloc:
        hint = gettext("Set it to scheme and host only, such as https://id.example.com.")
        return [Error(gettext("SITE_URL is not an origin."), hint=hint, id="oauth_server.E001")]
    if parts.scheme == "https" or parts.hostname in {*loopback.HOSTS, "testserver"}:
        return []
    hint = gettext(
        "Tokens would travel readable. Serve the site under https and set SITE_URL to that."
    )
    return [Error(gettext("SITE_URL does not use https."), hint=hint, id="oauth_server.E002")]


@register(Tags.security)
def check_encryption_keys(**_: Any) -> list[CheckMessage]:
    """Check that every encryption key is one (oauth_server.E003)."""
    how = "from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())"
    hint = gettext("Make one with: %(command)s") % {"command": f"python -c '{how}'"}
    try:
        keys = [Fernet(key) for key in settings.ENCRYPTION_KEYS]
    except ValueError:
        keys = []
    if keys:
        return []
    message = gettext(
        "ENCRYPTION_KEYS is not a list of keys (32 bytes in URL-safe base64, comma-separated)."
    )
    return [Error(message, hint=hint, id="oauth_server.E003")]


@register(Tags.security)
def check_registration(**_: Any) -> list[CheckMessage]:
    """Check that clients that register themselves can have what they may ask for
    (oauth_server.E004)."""
    open_to_all = [name for name in SCOPES if name not in of_services()]
    unknown = sorted(set(settings.REGISTRATION_SCOPES) - set(open_to_all))
    if settings.REGISTRATION_SCOPES and not unknown:
        return []
    hint = gettext("Name at least one, separated by commas. There are: %(list)s.") % {
        "list": ", ".join(open_to_all)
    }
    text = gettext("REGISTRATION_SCOPES has scopes that it cannot have: %(list)s.")
    message = (
        text % {"list": ", ".join(unknown)} if unknown else gettext("REGISTRATION_SCOPES is empty.")
    )
    return [Error(message, hint=hint, id="oauth_server.E004")]


@register(Tags.security)
def check_scopes(**_: Any) -> list[CheckMessage]:
    """Check that every scope of rules/scopes.py can be asked for, and releases something
    (oauth_server.E005)."""
    return [
        Error(problem, hint=hint, id="oauth_server.E005")
        for name, scope in SCOPES.items()
        for problem, hint in _problems(name, scope)
    ]


def _problems(name: str, scope: Scope) -> list[tuple[str, str]]:
    found = []
    if not _SCOPE.fullmatch(name):
        hint = gettext(
            "It is one word of printable ASCII without quotes and backslashes, such as notes.read."
        )
        text = gettext(
            "The scope “%(name)s” has a name that no request can carry (RFC 6749 section 3.3)."
        )
        found.append((text % {"name": name}, hint))
    for claim in scope.claims:
        if not is_known(claim):
            hint = gettext(
                "Give User a column or property of that name, or make it in claims/release.py."
            )
            text = gettext(
                "The scope “%(name)s” releases the claim “%(claim)s”, which nothing here knows."
            )
            found.append((text % {"name": name, "claim": claim}, hint))
    return found
