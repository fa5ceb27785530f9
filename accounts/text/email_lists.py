"""Take several e-mail addresses from one field: one a line, or with commas or blanks between."""

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.text.email_addresses import LONGEST, normalise

_BETWEEN = re.compile(r"[\s,;]+")
_SHOWN = 100  # characters of what is no address


class EmailListField(forms.CharField):
    """Clean into a list of addresses as they are stored, each once. What is wrong is said of each
    by itself, and what was typed stays in the form."""

    def __init__(self, *, at_most: int, **kwargs: Any) -> None:
        self.at_most = at_most
        super().__init__(widget=forms.Textarea(attrs=_ATTRIBUTES), **kwargs)

    def clean(self, value: Any) -> list[str]:
        typed = [each.strip("<>") for each in _BETWEEN.split(super().clean(value))]
        several = list(dict.fromkeys(filter(None, typed)))
        if len(several) > self.at_most:
            words = ngettext(
                "Enter %(number)s address at most.",
                "Enter %(number)s addresses at most.",
                self.at_most,
            )
            raise ValidationError(words % {"number": self.at_most})
        found, wrong = [], []
        for each in several:
            try:
                found.append(_address(each))
            except ValidationError:
                shown = each if len(each) <= _SHOWN else f"{each[:_SHOWN]}…"
                wrong.append(_("“%(typed)s” is not an e-mail address.") % {"typed": shown})
        if wrong:
            raise ValidationError(wrong)
        return list(dict.fromkeys(found))


_ATTRIBUTES = {
    "rows": 4,
    "inputmode": "email",
    "autocapitalize": "none",
    "autocomplete": "off",
    "spellcheck": "false",
    "dir": "ltr",  # as addresses are read, also where a page runs from right to left
}


def longest(addresses: int) -> int:
    """Return how many characters a field for so many addresses takes."""
    return addresses * (LONGEST + 2)


def _address(typed: str) -> str:
    address = normalise(typed)
    validate_email(address)
    return address
