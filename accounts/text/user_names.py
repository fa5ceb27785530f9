"""Compare user names, and propose them: small letters, digits, dots, hyphens and underscores.

Names are compared by one key, without regard to case or width (as UsernameCaseMapped of RFC 8265
folds them), to separators, and to what looks alike among the letters that a new name may have. That
alphabet keeps all other look-alikes out (Unicode Technical Standard 39).
"""

import re
import secrets
import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache

LONGEST_KEY = 150

_LOOK_ALIKES = (("0", "o"), ("1", "l"), ("rn", "m"), ("vv", "w"))
_SEPARATORS = re.compile(r"[.\-_\s]+")
_OTHERS = re.compile(r"[^a-z0-9]+")


def key(name: str) -> str:
    """Return what no two people's names have in common; "" of what is no name."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
    plain = _SEPARATORS.sub("", folded)
    for shown, meant in _LOOK_ALIKES:
        plain = plain.replace(shown, meant)
    return (plain or folded.strip())[:LONGEST_KEY]


@lru_cache(maxsize=4)
def keys(names: tuple[str, ...]) -> frozenset[str]:
    """Return the keys of a list of names from the settings: long, and asked for at each sign-up."""
    return frozenset(map(key, names))


def plain(words: str, at_most: int) -> str:
    """Return `words` in the alphabet of user names, "" where nothing is left. Of an e-mail address
    the part before the domain."""
    local = words.partition("@")[0]
    decomposed = unicodedata.normalize("NFKD", local.replace("ß", "ss")).lower()
    letters = "".join(each for each in decomposed if not unicodedata.combining(each))
    return _OTHERS.sub(".", letters)[:at_most].strip(".")


def proposals(sources: Iterable[str], *, at_least: int, at_most: int) -> Iterator[str]:
    """Yield names for somebody of whom `sources` are known, best first: as they are, then with
    numbers, at last one that says nothing."""
    room = max(at_most - 6, 1)
    bases = [plain(words, room) for words in sources]
    good = list(dict.fromkeys(base for base in bases if len(base) >= at_least))
    yield from good
    for base in good[:1]:
        yield from (f"{base}{number}" for number in range(2, 10))
    for _ in range(4):
        yield f"{(good or ['user'])[0]}.{secrets.randbelow(90_000) + 10_000}"
