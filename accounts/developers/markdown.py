"""Write code, bold words and links of a line of Markdown as HTML. Everything is escaped.

A link to a file of the repository leads nowhere on a site, so only its words are shown.
"""

import re

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

_CODE = re.compile(r"`([^`]+)`")
_BOLD = re.compile(r"\*\*([^*]+)\*\*")
_LINK = re.compile(r"\[([^\]]+)\]\(([^)\s]+)\)")


def inline(text: str) -> SafeString:
    """Return code, bold words and links of a line as HTML."""
    pieces = _CODE.split(text)
    written = [
        f"<code>{escape(piece)}</code>" if number % 2 else _words(piece)
        for number, piece in enumerate(pieces)
    ]
    return mark_safe("".join(written))  # noqa: S308 (every piece of it is escaped)


def _words(text: str) -> str:
    bold = _BOLD.sub(r"<strong>\1</strong>", escape(text))
    return _LINK.sub(_link, bold)


def _link(found: re.Match[str]) -> str:
    words, address = found[1], found[2]
    if not address.startswith("https://"):
        return words
    return f'<a href="{address}" rel="noreferrer">{words}</a>'
