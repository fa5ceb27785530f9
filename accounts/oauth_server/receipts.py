"""A receipt in words: what a revocation ended, for the person or the admin who asked for it."""

from typing import TYPE_CHECKING

from django.utils import formats, timezone

if TYPE_CHECKING:
    from accounts.oauth_server.revocation import Receipt


def in_words(receipt: "Receipt") -> str:
    """Return such as “Ended: 2 sessions and 1 access token, last used on 3 May 2030 at 10:15.”"""
    counted = [
        _count(receipt.sessions, "session"),
        _count(receipt.access_tokens, "access token"),
        _count(receipt.refresh_tokens, "refresh token"),
        _count(receipt.codes, "unused code"),
        _count(receipt.personal_tokens, "personal token"),
    ]
    named = [words for words in counted if words]
    if not named:
        return "There was nothing left to end."
    listed = " and ".join(filter(None, [", ".join(named[:-1]), named[-1]]))
    return f"Ended: {listed}{_last_used(receipt)}."


def _count(number: int, noun: str) -> str:
    if not number:
        return ""
    return f"1 {noun}" if number == 1 else f"{number} {noun}s"


def _last_used(receipt: "Receipt") -> str:
    if receipt.last_used is None:
        return ""
    when = timezone.localtime(receipt.last_used)
    day, time = formats.date_format(when, "j F Y"), formats.time_format(when, "H:i")
    return f", last used on {day} at {time}"
