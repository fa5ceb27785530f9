"""Show a person's initials, in place of a picture."""

import regex
from django import template

from accounts.text.names import characters

register = template.Library()

_SHOWN = regex.compile(r"[\p{L}\p{N}\p{S}]")
_LONGEST = 12  # code points: emoji are shorter, and more marks than that would cover what is around


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
    return next((each for each in characters(word) if _SHOWN.search(each)), "")[:_LONGEST]
