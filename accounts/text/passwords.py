"""Normalise a password to one spelling, whichever keyboard it was typed on (RFC 8265 section
4.2)."""

from unicodedata import category, normalize

# Composing takes time by the square of the marks in a row: what no field takes stays as it is.
_LONGEST = 1024  # characters


def opaque(password: str) -> str:
    """Return `password` as an OpaqueString: each space an ASCII one, letters composed (NFC).

    A letter with its accent is one character on one keyboard and two on another. Nothing else is
    changed and nothing refused: neither case nor width, nor what NFKC takes for compatible, so that
    no two passwords become one that people tell apart.
    """
    if len(password) > _LONGEST:
        return password
    spaced = "".join(" " if category(each) == "Zs" else each for each in password)
    return normalize("NFC", spaced)


def spellings(password: str) -> tuple[str, ...]:
    """Return what a stored hash may be of: `password` in its one spelling, and as it was typed
    where that is another one. Passwords set before this rule were hashed so."""
    one = opaque(password)
    return (one,) if one == password else (one, password)
