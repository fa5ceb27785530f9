"""Find words in what people read.

Not by a database: SQLite tells "Ü" from "ü", PostgreSQL does not, and neither knows what an event
is called in its reader's language.
"""

import unicodedata


def split(text: str) -> frozenset[str]:
    """Return the words of a search, folded."""
    return frozenset(_fold(text).split())


def held(words: frozenset[str], text: str) -> frozenset[str]:
    """Return those of `words` (see `split`) that stand in `text`, in whatever case and accents."""
    folded = _fold(text)
    return frozenset(word for word in words if word in folded)


def _fold(text: str) -> str:
    """Return `text` without what one may leave out as one types: case, accents, Arabic vowels."""
    apart = unicodedata.normalize("NFKD", text)
    return "".join(one for one in apart if not unicodedata.combining(one)).casefold()
