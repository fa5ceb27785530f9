"""Write the name of a host in one way, and say which names stand above it."""

import re
from ipaddress import ip_address

import idna

# What names of many people end with. No list is whole: these are the ones that somebody might type
# who means a host. Of a country's, the label before stands for many, too (co.uk, com.au).
_OF_EVERYBODY = frozenset(
    {
        *("com", "net", "org", "edu", "gov", "mil", "int", "info", "biz", "name", "app", "dev"),
        *("cloud", "online", "site", "shop", "xyz", "arpa", "example", "test", "invalid", "local"),
    }
)
_BEFORE_A_COUNTRY = frozenset(
    {
        *("ac", "co", "com", "edu", "go", "gob", "gouv", "gov", "ltd", "mil", "ne", "net"),
        *("nom", "or", "org", "plc", "sch"),
    }
)
_COUNTRY = re.compile(r"[a-z]{2}")


class NoHost(Exception):
    """Report a text that is the name of no host."""


def normalized(host: str) -> str:
    """Return the host in lower case, without the dot of the root, of letters beyond ASCII as they
    go over the wire (RFC 5891), of an address the shortest form. Raises NoHost."""
    name = host.strip().lower().rstrip(".")
    if address := _address(name):
        return address
    if not name.isascii():
        try:
            name = idna.encode(name, uts46=True).decode()
        except idna.IDNAError as error:
            raise NoHost(host) from error
    if not re.fullmatch(r"[a-z0-9._+-]+", name) or "" in name.split("."):
        raise NoHost(host)
    return name


def covering(host: str) -> list[str]:
    """Return the names by which a rule for `host` may stand: its own, then those above it, but none
    of a single label. Nothing is above an address."""
    name = host.lower().rstrip(".")
    if address := _address(name):
        return [address]
    labels = name.split(".")
    return [name, *(".".join(labels[at:]) for at in range(1, len(labels) - 1))]


def is_of_everybody(name: str) -> bool:
    """Return whether a normalized name is one that many people's hosts end with, as far as known
    here."""
    *before, last = name.split(".")
    if not before:
        return last in _OF_EVERYBODY or bool(_COUNTRY.fullmatch(last))
    return len(before) == 1 and before[0] in _BEFORE_A_COUNTRY and bool(_COUNTRY.fullmatch(last))


def _address(name: str) -> str:
    """Return the shortest form of an IP address, "" for a name."""
    try:
        return str(ip_address(name.strip("[]")))
    except ValueError:
        return ""
