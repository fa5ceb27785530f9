"""Names that client apps give themselves: which characters may not be in them, and what they look
like to somebody who reads in a hurry.

After Unicode Technical Standard #39 (security mechanisms), in small: a skeleton is what is left of
a name when all that the eye passes over is taken away. Two names with one skeleton look alike.
"""

import re
import unicodedata

# Letters that are nothing to see: Hangul fillers and the empty Braille pattern.
_BLANK = frozenset("\u115f\u1160\u2800\u3164\uffa0")
# Control, format (all that turns or hides the text around it), surrogate, private, unassigned,
# and the separators of lines and paragraphs.
_UNSHOWN_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_MOST_MARKS = 3  # on one letter: more would reach over the lines around

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
_ALIKE_SCRIPTS = frozenset({"LATIN", "CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE", "COPTIC"})


def problems(name: str) -> list[str]:
    """Say in words what keeps `name` from being shown to people."""
    if any(_is_unshown(character) for character in name):
        return ["This has characters that cannot be seen, or that turn the text around them."]
    if _longest_run_of_marks(name) > _MOST_MARKS:
        return ["This has letters with too many marks on them."]
    return []


def skeleton(name: str) -> str:
    """Return what `name` looks like: one lower-case Latin word, as far as it looks Latin."""
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", name).casefold())
    letters = plain.translate(_LOOKS_LIKE)
    bare = "".join(letter for letter in letters if letter.isalnum())
    return bare.replace("rn", "m").replace("vv", "w").replace("l", "i")


def mixes_scripts(name: str) -> bool:
    """Whether one word of `name` has letters of several scripts that look alike."""
    return any(len(_scripts(word)) > 1 for word in re.split(r"[\W_]+", name))


def _scripts(word: str) -> frozenset[str]:
    named = {unicodedata.name(letter, "").partition(" ")[0] for letter in word}
    return _ALIKE_SCRIPTS & named


def _is_unshown(character: str) -> bool:
    return unicodedata.category(character) in _UNSHOWN_CATEGORIES or character in _BLANK


def _longest_run_of_marks(name: str) -> int:
    longest = run = 0
    for character in unicodedata.normalize("NFD", name):
        run = run + 1 if unicodedata.combining(character) else 0
        longest = max(longest, run)
    return longest
