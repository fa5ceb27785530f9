"""A person's initials, in place of a picture."""

import re
import unicodedata

from django import template

register = template.Library()

_JOINER = "\u200d"
_MARKS = {"Mn", "Mc", "Me"}
_FLAG = re.compile("[\U0001f1e6-\U0001f1ff]{2}")


@register.filter
def initials(name: str) -> str:
    """Return the first character of the first and the last word as a reader sees characters, marks
    and joined emoji whole; "?" where there is none."""
    firsts = [_first(word) for word in name.split()]
    seen = [first for first in firsts if first]
    if not seen:
        return "?"
    return (seen[0] if len(seen) == 1 else seen[0] + seen[-1]).upper()


def _first(word: str) -> str:
    flag = _FLAG.match(word)
    if flag:
        return flag[0]
    start = next((at for at, sign in enumerate(word) if _begins(sign)), len(word))
    end = start + 1
    while end < len(word) and (_continues(word[end]) or word[end - 1] == _JOINER):
        end += 1
    return word[start:end][:12].rstrip(_JOINER)


def _begins(sign: str) -> bool:
    return unicodedata.category(sign)[0] in "LNS"


def _continues(sign: str) -> bool:
    is_skin_tone = "\U0001f3fb" <= sign <= "\U0001f3ff"
    return sign == _JOINER or is_skin_tone or unicodedata.category(sign) in _MARKS
