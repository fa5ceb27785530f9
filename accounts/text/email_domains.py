"""Compare the domains of e-mail addresses with a list: `example.org` is that domain alone,
`.example.org` (or `*.example.org`) every domain beneath it, however deep.

Both sides are spelt as addresses are stored: in small letters, and as IDNA 2008 writes them.
"""

from collections.abc import Iterable

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from accounts.text.email_addresses import comparable, normalise, readable


def pattern(written: str) -> str:
    """Return an entry of a list as it is compared. Raises ValidationError where it is no domain."""
    text = written.strip().removeprefix("@").removeprefix("*")
    domain = normalise(f"a@{text.removeprefix('.')}").removeprefix("a@")
    if "." not in domain or not all(domain.split(".")) or set(domain) & set("@*[] "):
        raise ValidationError(_("“%(text)s” is not a domain."), params={"text": written})
    return f".{domain}" if text.startswith(".") else domain


def patterns(written: Iterable[str]) -> tuple[str, ...]:
    """Return the entries of a list that are domains: what is not one admits nobody."""
    found = []
    for each in written:
        try:
            found.append(pattern(each))
        except ValidationError:
            continue
    return tuple(found)


def is_in(address: str, domains: Iterable[str]) -> bool:
    """Return whether the domain of `address` is one of `domains`, or beneath one that says so."""
    domain = comparable(address).rpartition("@")[2]
    return any(
        domain.endswith(each) if each.startswith(".") else domain == each for each in domains
    )


def in_letters(domain: str) -> str:
    """Return an entry as people read it: `*.example.org` for what is beneath."""
    shown = readable(f"a@{domain.removeprefix('.')}").removeprefix("a@")
    return f"*.{shown}" if domain.startswith(".") else shown
