"""Check who may sign up, so that a mistake shows at start."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register
from django.core.exceptions import ValidationError
from django.utils.translation import gettext

from accounts.text import email_domains


@register
def check_sign_up(**_: Any) -> list[CheckMessage]:
    """Check that SIGN_UP_DOMAINS lists domains, and some where they are asked for
    (accounts.E032 and E033), and that people who may invite invite to something (accounts.W032)."""
    found: list[CheckMessage] = []
    for written in settings.SIGN_UP_DOMAINS:
        try:
            email_domains.pattern(written)
        except ValidationError as error:
            hint = gettext("Write example.org, or .example.org for every domain beneath it.")
            text = f"SIGN_UP_DOMAINS: {' '.join(error.messages)}"
            found.append(Error(text, hint=hint, id="accounts.E032"))
    if settings.SIGN_UP == "domains" and not settings.SIGN_UP_DOMAINS:
        hint = gettext("Set SIGN_UP_DOMAINS to the domains of those who may, or SIGN_UP=closed.")
        text = gettext("SIGN_UP=domains lets nobody sign up: there are no domains.")
        found.append(Error(text, hint=hint, id="accounts.E033"))
    if settings.INVITATIONS == "people" and settings.SIGN_UP == "closed":
        hint = gettext("Set SIGN_UP=invited, or INVITATIONS=admins.")
        text = gettext(
            "INVITATIONS=people has no effect: with SIGN_UP=closed, nobody may accept one."
        )
        found.append(Warning(text, hint=hint, id="accounts.W032"))
    return found
