"""Normalise e-mail addresses: one spelling in which they are stored, compared and mailed to, one to
be read.

A domain can be written in two ways, `müller.example` and `xn--mller-kva.example` (RFC 5890). What
is stored is the second, in small letters, which every mail server takes. Of the part before the
domain, capitals do not count either, as nearly no server tells them apart.
"""

import unicodedata

import idna
from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator

LONGEST = 254  # characters (RFC 5321, 4.5.3.1.3), as many as a column takes

_ACE = "xn--"
# Of which a word of Japanese has several.
_WRITTEN_TOGETHER = {"CJK", "HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA"}


def normalise(address: str) -> str:
    """Return the spelling in which `address` is stored: its domain mapped by UTS #46 and written
    as IDNA 2008 has it (RFC 5891). Raises ValidationError where it has no such domain, or is too
    long for an address.
    """
    local, at, domain = address.strip().rpartition("@")
    if not at or domain.startswith("["):  # no address, or one of a machine (RFC 5321, 4.1.3)
        return address.strip().lower()
    try:
        spelt = f"{local.lower()}@{_in_ascii(domain)}"
    except idna.IDNAError as error:
        raise ValidationError(EmailValidator.message, code="invalid") from error
    if len(spelt) > LONGEST:
        raise ValidationError(EmailValidator.message, code="invalid")
    return spelt


def comparable(address: str) -> str:
    """Return what to look for where somebody typed `address`, which may be no address at all."""
    try:
        return normalise(address)
    except ValidationError:
        return address.strip().lower()


def searchable(words: str) -> str:
    """Return `words` of a search with the domains in them, whole or in part, as they are stored."""
    return " ".join(word if word.isascii() else _as_stored(word) for word in words.split())


def readable(address: str) -> str:
    """Return `address` as people write it. A label that mixes scripts stays as it is stored: it
    may have been made to look like another (Unicode Technical Standard 39, section 5)."""
    local, at, domain = address.rpartition("@")
    if _ACE not in domain:
        return address
    return f"{local}{at}{'.'.join(map(_label_in_letters, domain.split('.')))}"


def _as_stored(word: str) -> str:
    local, at, domain = word.rpartition("@")
    try:
        return f"{local}{at}{_in_ascii(domain)}"
    except idna.IDNAError:
        return word


def _in_ascii(domain: str) -> str:
    mapped = idna.uts46_remap(domain, std3_rules=True)
    return ".".join(map(_label_in_ascii, mapped.split(".")))


def _label_in_ascii(label: str) -> str:
    """Return a label as IDNA writes it. Labels of plain letters are as they are: IDNA is stricter
    with hyphens than the DNS is."""
    if label.isascii() and not label.startswith(_ACE):
        return label
    return idna.alabel(label).decode()


def _label_in_letters(label: str) -> str:
    if not label.startswith(_ACE):
        return label
    try:
        letters = idna.ulabel(label)
    except idna.IDNAError:
        return label
    return letters if _is_of_one_script(letters) else label


def _is_of_one_script(letters: str) -> bool:
    names = (unicodedata.name(each, "") for each in letters if each.isalpha())
    scripts = {name.partition(" ")[0] for name in names}
    return len(scripts) <= 1 or scripts <= _WRITTEN_TOGETHER
