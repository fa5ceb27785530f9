"""Check the names that clients and people give themselves: which characters may not be in them, and
what they look like to somebody who reads in a hurry.

After Unicode Technical Standard #39 (security mechanisms), in small: a skeleton is what is left of
a name when all that the eye passes over is taken away. Two names with one skeleton look alike.
"""

import unicodedata

import regex
from django.utils.translation import gettext as _

# Control, format (all that turns or hides the text around it), surrogate, private, unassigned, the
# separators of lines and paragraphs; letters that are nothing to see: Hangul fillers and the empty
# Braille pattern.
_UNSHOWN = regex.compile(r"[\p{C}\p{Zl}\p{Zp}\u115f\u1160\u2800\u3164\uffa0]")
# More marks than three on one letter would reach over the lines around.
_TOO_MANY_MARKS = regex.compile(r"\P{ccc=0}{4}")

# What looks like which Latin letter, pair by pair.
_LOOKS_LIKE = str.maketrans(
    {
        pair[0]: pair[1]
        for pairs in (
            "0o 1l 3e 5s 8b $s @a !i |l ıi łl øo đd ħh ŧt ɑa ɡg ʟl",
            "аa вb еe ёe зe иu кk мm нh оo рp сc тt уy хx ьb іi їi јj ѕs ԁd һh ӏl ԛq ԝw ѵv",
            "αa βb γy εe ηn ιi κk νv οo ρp τt υu χx ωw ϲc ϳj",
            "օo ոn սu ցg հh քp յj",
        )
        for pair in pairs.split()
    }
)
# The scripts of which a single word takes no two, unless to deceive.
_ALIKE_SCRIPTS = [
    regex.compile(rf"\p{{Script={name}}}")
    for name in ("Latin", "Cyrillic", "Greek", "Armenian", "Cherokee", "Coptic")
]

# Whose names people meet on sign-in pages everywhere.
WELL_KNOWN = (
    *("Google", "Gmail", "GitHub", "GitLab", "Microsoft", "Outlook", "Apple", "iCloud", "Amazon"),
    *("Facebook", "Instagram", "WhatsApp", "LinkedIn", "PayPal", "Stripe", "Slack", "Dropbox"),
)
_SHORTEST = 4  # letters: a shorter name is found in too many others
_SHORTEST_WITH_A_SLIP = 6  # letters from which on one that is wrong is easily overlooked


def problems(name: str) -> list[str]:
    """Say in words what keeps `name` from being shown to people."""
    if _UNSHOWN.search(name):
        return [_("This has characters that cannot be seen, or that turn the text around them.")]
    if _TOO_MANY_MARKS.search(unicodedata.normalize("NFD", name)):
        return [_("This has letters with too many marks on them.")]
    return []


def skeleton(name: str) -> str:
    """Return what `name` looks like: one lower-case Latin word, as far as it looks Latin."""
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", name).casefold())
    letters = plain.translate(_LOOKS_LIKE)
    bare = "".join(letter for letter in letters if letter.isalnum())
    return bare.replace("rn", "m").replace("vv", "w").replace("l", "i")


def mixes_scripts(name: str) -> bool:
    """Return whether one word of `name` has letters of several scripts that look alike."""
    return any(_scripts(word) > 1 for word in regex.split(r"[\W_]+", name))


def _scripts(word: str) -> int:
    return sum(bool(script.search(word)) for script in _ALIKE_SCRIPTS)


def contains(look: str, known: str) -> bool:
    """Return whether a name of the skeleton `look` holds the one of the skeleton `known`."""
    return (len(known) >= _SHORTEST and known in look) or is_like(look, known)


def is_like(look: str, known: str) -> bool:
    """Return whether two names of these skeletons are easily taken for each other."""
    if not look or look == known:
        return bool(look)
    return min(len(look), len(known)) >= _SHORTEST_WITH_A_SLIP and _is_one_slip_apart(look, known)


def _is_one_slip_apart(one: str, other: str) -> bool:
    """Return whether one letter that is wrong, missing or extra, or two that changed places, make
    the difference."""
    if abs(len(one) - len(other)) > 1:
        return False
    begin = next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), None)
    if begin is None:
        return True
    rest, other_rest = one[begin:], other[begin:]
    if rest[:2] == other_rest[:2][::-1] and rest[2:] == other_rest[2:]:
        return True
    return rest[1:] == other_rest[1:] or rest[1:] == other_rest or rest == other_rest[1:]
