"""Page through long lists, narrowed by forms whose answers the address keeps."""

from typing import Any
from urllib.parse import urlencode

from django import forms
from django.utils.translation import gettext_lazy as _


class SearchField(forms.CharField):
    """Take words to look for, all of them: accounts/text/search.py."""

    def __init__(self, **kwargs: Any) -> None:
        attrs = {"type": "search", "autocomplete": "off", "dir": "auto"}
        kwargs |= {"label": _("Search"), "required": False, "max_length": 100}
        super().__init__(widget=forms.TextInput(attrs=attrs), **kwargs)


def query_of(**kept: str) -> str:
    """Return `kept` as an address has it before the page's number, such as "q=album&", or ""."""
    said = {name: value for name, value in kept.items() if value}
    return f"{urlencode(said)}&" if said else ""
