"""Check the rule for user names, so that a mistake shows at start and not to whoever types one."""

import re
import time
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register
from django.utils.translation import gettext, gettext_lazy

from accounts.text import user_names

# What a pattern that tries too much (ReDoS) comes to grief on: many of the same, and a wrong end.
_REPEATED = ("a", "0", ".", "-", "_", "A", "é", "a.", "a-", "a0")
_WRONG_ENDS = ("!", ".", "\n")
_SLOW = 0.01  # seconds, a thousand times what a name takes
_SOMEBODY = ("", "Alice Example", "alice@example.com")


@register
def check_user_names(**_: Any) -> list[CheckMessage]:
    """Check that USER_NAME_PATTERN is a regular expression (accounts.E034) that nobody can make
    the site wait for (accounts.E035), and takes names that are proposed (accounts.W033)."""
    try:
        pattern = re.compile(settings.USER_NAME_PATTERN)
    except re.error as error:
        text = gettext("USER_NAME_PATTERN is no regular expression. Python says: “%(error)s”")
        text %= {"error": error}
        return [Error(text, hint=str(_HINT), id="accounts.E034")]
    if length := _length_that_takes_long(pattern):
        text = gettext("USER_NAME_PATTERN takes long for some names of this length: %(length)s.")
        text %= {"length": length}
        hint = gettext("Repeat nothing that itself repeats, as (a+)+ does.")
        return [Error(text, hint=hint, id="accounts.E035")]
    if not any(map(pattern.fullmatch, _proposed())):
        text = gettext("USER_NAME_PATTERN takes none of the names that are proposed to newcomers.")
        return [Warning(text, hint=str(_HINT), id="accounts.W033")]
    return []


_HINT = gettext_lazy(
    "Names are proposed of small letters (a to z), digits and dots: the default takes them."
)


def _proposed() -> list[str]:
    limits = {"at_least": settings.USER_NAME_MIN_LENGTH, "at_most": settings.USER_NAME_MAX_LENGTH}
    return list(user_names.proposals(_SOMEBODY, **limits))


def _length_that_takes_long(pattern: re.Pattern[str]) -> int:
    """Return the first length of a name with which `pattern` is slow, 0 where none is. Length by
    length: where the time doubles with each, this ends soon after it is noticed."""
    for length in range(2, settings.USER_NAME_MAX_LENGTH + 1):
        for part in _REPEATED:
            for end in _WRONG_ENDS:
                name = (part * length)[: length - 1] + end
                if _is_slow(pattern, name):
                    return length
    return 0


def _is_slow(pattern: re.Pattern[str], name: str) -> bool:
    """Return whether each of several tries takes long: the machine may be busy with one."""
    return all(_seconds(pattern, name) > _SLOW for _ in range(3))


def _seconds(pattern: re.Pattern[str], name: str) -> float:
    began = time.perf_counter()
    pattern.fullmatch(name)
    return time.perf_counter() - began
