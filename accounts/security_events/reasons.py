"""Why something happened, in words: it is stored as programs say it, and read in any language."""

import re
from collections.abc import Callable

from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.models.event_kinds import Event
from accounts.security_events import receipts

_SAID = {
    "all others": gettext_lazy("all others"),
    "an unknown device": gettext_lazy("an unknown device"),
    "by an admin": gettext_lazy("by an admin"),
    "By an admin.": gettext_lazy("By an admin."),
    "by the app itself": gettext_lazy("by the app itself"),
    "signed out by the app": gettext_lazy("signed out by the app"),
}
_FIELDS = {
    "name": gettext_lazy("name"),
    "given name": gettext_lazy("given name"),
    "family name": gettext_lazy("family name"),
    "nickname": gettext_lazy("what friends call you"),
    "birthdate": gettext_lazy("date of birth"),
    "zoneinfo": gettext_lazy("time zone"),
    "phone number": gettext_lazy("phone number"),
    "street address": gettext_lazy("street and number"),
    "postal code": gettext_lazy("postal code"),
    "locality": gettext_lazy("city"),
    "region": gettext_lazy("state or region"),
    "country": gettext_lazy("country"),
}


def _device(why: str) -> str:
    browser, on, system = why.partition(" on ")
    return _("%(browser)s on %(system)s") % {"browser": browser, "system": system} if on else why


def _fields(why: str) -> str:
    names = [str(_FIELDS.get(name, name)) for name in why.split(", ")]
    return get_text_list(names, _("and"))


def _codes_left(why: str) -> str:
    left = re.fullmatch(r"(\d+) left", why)
    if left is None:
        return why
    return ngettext("%(number)s left", "%(number)s left", int(left[1])) % {"number": left[1]}


def _unused(why: str) -> str:
    unused = re.fullmatch(r"unused for (\d+) days", why)
    if unused is None:
        return why
    words = ngettext("unused for %(days)s day", "unused for %(days)s days", int(unused[1]))
    return words % {"days": unused[1]}


# For whatever is not here, `why` is a name, such as an address or what a passkey is called.
_READ_BY: dict[str, Callable[[str], str]] = {
    Event.SESSION_ENDED: _device,
    Event.PROFILE_CHANGED: _fields,
    Event.RECOVERY_CODE_USED: _codes_left,
    Event.CLIENT_REMOVED: _unused,
    Event.TOKEN_REVOKED: receipts.read,
    Event.EVERYTHING_ENDED: receipts.read,
    Event.APP_REMOVED: receipts.read,
}


def told(kind: str, why: str) -> str:
    """Return `why` as its person reads it. What nobody knows stays as it was stored."""
    read = _READ_BY.get(kind)
    if read is None:
        return why
    return str(_SAID[why]) if why in _SAID else read(why)
