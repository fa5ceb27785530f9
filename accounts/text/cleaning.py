"""Clean text of others, so that it can be kept, logged and mailed."""

import re
import unicodedata
from typing import Any

# Any credential of this site (accounts/oauth_server/rules/credentials.py), whole or in part: some
# send their secret where the client ID belongs.
_CREDENTIAL = re.compile(r"(lk_[a-z]{2,3}_)[0-9A-Za-z]+")

_UNSAFE = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


def clean(text: str, length: int) -> str:
    """Return `text` with what could forge a line or hide in one encoded, credentials cut, and
    `length` characters at most."""
    without_credentials = _CREDENTIAL.sub(r"\1…", text[: 4 * length])
    if text.isascii() and text.isprintable() and "\\" not in text:  # as nearly all is
        return without_credentials[:length]
    return "".join(map(_encoded, without_credentials))[:length]


def storable(data: Any) -> Any:
    """Return a copy of what JSON said without what no database keeps: NUL, and halves of surrogate
    pairs. `data` may be a text, or lists and objects of texts."""
    if isinstance(data, list):
        return [storable(item) for item in data]
    if isinstance(data, dict):
        return {storable(name): storable(value) for name, value in data.items()}
    if not isinstance(data, str):
        return data
    return data.replace("\0", "").encode(errors="replace").decode()


def is_storable(text: str) -> bool:
    """Return whether a database may be asked for `text`: on the rest PostgreSQL raises."""
    return bool(storable(text) == text)


def _encoded(character: str) -> str:
    """Encode control, format and unassigned characters, separators of lines and the backslash."""
    if character == "\\" or unicodedata.category(character) in _UNSAFE:
        return character.encode("unicode_escape").decode()
    return character
