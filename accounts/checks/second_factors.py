"""Check second factors, so that a mistake shows at start."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register
from django.utils.translation import gettext

from accounts.second_factors import passkeys, policy


@register
def check_demand(**_: Any) -> list[CheckMessage]:
    """Check that SECOND_FACTOR is one of the words that it may be (accounts.E025)."""
    if settings.SECOND_FACTOR in policy.MODES:
        return []
    text = gettext("SECOND_FACTOR is “%(value)s”.") % {"value": settings.SECOND_FACTOR}
    return [Error(text, hint=gettext("It is off, staff or all."), id="accounts.E025")]


@register
def check_admins(**_: Any) -> list[CheckMessage]:
    """Check that admins need a second factor at an address that others reach (accounts.W007)."""
    if settings.SECOND_FACTOR != policy.OFF or not settings.HTTPS:
        return []
    text = gettext(
        "SECOND_FACTOR is “off”: whoever learns an admin's password has all that they may do."
    )
    hint = gettext("Leave it at staff, which is the default, or set it to all.")
    return [Warning(text, hint=hint, id="accounts.W007")]


@register
def check_passkeys(**_: Any) -> list[CheckMessage]:
    """Check that browsers offer passkeys at this address; else no page does (accounts.W006)."""
    if passkeys.work_here():
        return []
    text = gettext("There are no passkeys at %(url)s.") % {"url": settings.SITE_URL}
    hint = gettext(
        "They need https and a host name, not an IP address; http will do for localhost alone."
    )
    return [Warning(text, hint=hint, id="accounts.W006")]
