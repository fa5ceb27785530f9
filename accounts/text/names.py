"""Check names that people give themselves and their things, fit for the pages and mails of others.

A name must not turn or hide the text around it. Joiners stay: emoji and many scripts need them.
"""

import re
from typing import Any

import regex
from django import forms

# Control characters but white space and NUL, and what turns the direction of the text after it.
_DISTURBING = re.compile(
    "[\x01-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]"
)
# What leaves nothing to see where nothing else is there.
_NOTHING = frozenset("\u00ad\u200b\u200c\u200d\u2060\ufeff\ufe0e\ufe0f")


def one_line(name: str) -> str:
    """Return `name` in one line without what disturbs, "" where nothing is left to see."""
    line = " ".join(_DISTURBING.sub("", name).split())
    return "" if set(line) <= _NOTHING | {" "} else line


def lines(text: str) -> str:
    """Return `text` line by line as `one_line` does, such as a postal address."""
    return "\n".join(filter(None, map(one_line, text.splitlines())))


def characters(text: str) -> list[str]:
    """Split `text` into characters as readers see them: grapheme clusters (Unicode Standard Annex
    #29), such as a letter with its marks, a flag, a family of joined emoji."""
    return regex.findall(r"\X", text)


def shortened(name: str, length: int) -> str:
    """Return as many whole characters of `name` as fit into `length` code points."""
    if len(name) <= length:
        return name
    ends = [end for found in regex.finditer(r"\X", name) if (end := found.end()) <= length]
    return name[: ends[-1] if ends else length].rstrip()


class NameField(forms.CharField):
    """Take a name in one line. NUL stays, for CharField refuses it: no keyboard types it."""

    def to_python(self, value: Any) -> str:
        return one_line(super().to_python(value) or "")
