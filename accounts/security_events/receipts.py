"""Write a receipt in words: what a revocation ended, for the person or the admin who asked for
it."""

from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any, Self

from django.utils import formats, timezone
from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import ngettext


@dataclass(frozen=True)
class Receipt:
    """Count what was ended: how many of what, and when the last of it was used."""

    sessions: int = 0
    apps: int = 0
    access_tokens: int = 0
    refresh_tokens: int = 0
    codes: int = 0
    personal_tokens: int = 0
    last_used: datetime | None = None

    def as_json(self) -> dict[str, Any]:
        """Return such as {"sessions": 2}: `read` makes it a receipt again."""
        held = {name: value for name, value in asdict(self).items() if value}
        if self.last_used is not None:
            held["last_used"] = self.last_used.isoformat(timespec="seconds")
        return held

    @classmethod
    def read(cls, stored: dict[str, Any]) -> Self:
        held = {each.name: stored[each.name] for each in fields(cls) if each.name in stored}
        if "last_used" in held:
            held["last_used"] = datetime.fromisoformat(held["last_used"])
        return cls(**held)


def in_words(receipt: Receipt) -> str:
    """Return such as “Ended: 2 keys and 1 unused code, last used on 3 May 2030 at 10:15.”"""
    named = _counted(receipt)
    if not named:
        return _("Nothing was active any more.")
    listed = get_text_list(named, _("and"))
    if receipt.last_used is None:
        return _("Ended: %(list)s.") % {"list": listed}
    when = timezone.localtime(receipt.last_used)
    day = formats.date_format(when, "DATE_FORMAT")
    time = formats.time_format(when, "TIME_FORMAT")
    words = _("Ended: %(list)s, last used on %(day)s at %(time)s.")
    return words % {"list": listed, "day": day, "time": time}


def _counted(receipt: Receipt) -> list[str]:
    """Return counts in the words of people who know neither access tokens nor refresh tokens."""
    signed_in, keys, kept = receipt.sessions, receipt.access_tokens, receipt.refresh_tokens
    codes, personal = receipt.codes, receipt.personal_tokens
    of_apps = ngettext("%(count)s refresh token", "%(count)s refresh tokens", kept)
    counted = [
        (
            ngettext("%(count)s session", "%(count)s sessions", signed_in),
            signed_in,
        ),
        (ngettext("%(count)s access token", "%(count)s access tokens", keys), keys),
        (of_apps, kept),
        (ngettext("%(count)s unused code", "%(count)s unused codes", codes), codes),
        (
            ngettext(
                "%(count)s personal access token", "%(count)s personal access tokens", personal
            ),
            personal,
        ),
    ]
    return [words % {"count": count} for words, count in counted if count]
