"""A receipt in words: what a revocation ended, for the person or the admin who asked for it."""

import re
from dataclasses import asdict, dataclass
from datetime import datetime

from django.utils import formats, timezone
from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

_NOTHING = "nothing"
_STORED = re.compile(r"(?:[a-z_]+=[0-9:T+-]+ ?)+")


@dataclass(frozen=True)
class Receipt:
    """What was ended: how many of what, and when the last of it was used."""

    sessions: int = 0
    apps: int = 0
    access_tokens: int = 0
    refresh_tokens: int = 0
    codes: int = 0
    personal_tokens: int = 0
    last_used: datetime | None = None


def as_stored(receipt: Receipt) -> str:
    """Return such as "sessions=2 access_tokens=1": `read` says it in its reader's language."""
    held = asdict(receipt) | {"last_used": None}
    if receipt.last_used is not None:
        held["last_used"] = receipt.last_used.isoformat(timespec="seconds")
    return " ".join(f"{name}={value}" for name, value in held.items() if value) or _NOTHING


def read(stored: str) -> str:
    """Return a stored receipt in words, and whatever is none as it is."""
    if stored == _NOTHING:
        return in_words(Receipt())
    if not _STORED.fullmatch(stored):
        return stored
    held = dict(part.split("=") for part in stored.split())
    last_used = held.pop("last_used", "")
    counts = {name: int(value) for name, value in held.items()}
    return in_words(Receipt(**counts, last_used=_time(last_used)))


def _time(text: str) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def in_words(receipt: Receipt) -> str:
    """Return such as “Ended: 2 keys and 1 unused code, last used on 3 May 2030 at 10:15.”"""
    named = _counted(receipt)
    if not named:
        return _("There was nothing left to end.")
    listed = get_text_list(named, _("and"))
    if receipt.last_used is None:
        return _("Ended: %(list)s.") % {"list": listed}
    when = timezone.localtime(receipt.last_used)
    day = formats.date_format(when, "DATE_FORMAT")
    time = formats.time_format(when, "TIME_FORMAT")
    words = _("Ended: %(list)s, last used on %(day)s at %(time)s.")
    return words % {"list": listed, "day": day, "time": time}


def _counted(receipt: Receipt) -> list[str]:
    """What people call it, who know neither access tokens nor refresh tokens."""
    signed_in, keys, kept = receipt.sessions, receipt.access_tokens, receipt.refresh_tokens
    codes, personal = receipt.codes, receipt.personal_tokens
    of_apps = ngettext(
        "%(count)s sign-in that an app kept", "%(count)s sign-ins that apps kept", kept
    )
    counted = [
        (
            ngettext("%(count)s sign-in on a device", "%(count)s sign-ins on devices", signed_in),
            signed_in,
        ),
        (ngettext("%(count)s key", "%(count)s keys", keys), keys),
        (of_apps, kept),
        (ngettext("%(count)s unused code", "%(count)s unused codes", codes), codes),
        (ngettext("%(count)s personal token", "%(count)s personal tokens", personal), personal),
    ]
    return [words % {"count": count} for words, count in counted if count]
