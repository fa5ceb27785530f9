"""Make of a hash that another server wrote the one to be stored here."""

import re

from django.contrib.auth.hashers import identify_hasher

from accounts.entrance import imported_hashes

LONGEST = 512

# Django writes these itself, and other Django sites, authentik among them, export them.
_OF_DJANGO = ("pbkdf2_sha256", "pbkdf2_sha1", "argon2", "bcrypt_sha256", "scrypt")
_ARGON2 = re.compile(
    r"\$argon2(?:id|i|d)\$v=\d+\$m=(\d{1,7}),t=(\d{1,2}),p=(\d{1,2})\$[\w+/]+\$[\w+/]+"
)
_MOST_MEMORY = 256 * 1024  # KiB
_ROUNDS = range(1_000, 2_000_001)  # of PBKDF2
_BCRYPT_COSTS = range(4, 15)


class InvalidHash(ValueError):
    """Refuse a hash, in words."""


def stored(told: str) -> str:
    """Return how `told` is stored: as Django writes it, or as accounts/entrance/imported_hashes.py
    reads it. Raises InvalidHash."""
    if len(told) > LONGEST - len("imported$"):
        raise InvalidHash("is too long")
    name, _, rest = told.partition("$")
    if name == "bcrypt":
        told = rest  # Django's own would be at a loss with long passwords
    elif name in _OF_DJANGO:
        return _of_django(told, name)
    if told.startswith("$argon2"):
        return _of_django(f"argon2{told.rstrip('=')}", "argon2")
    if why := imported_hashes.problem(told):
        raise InvalidHash(why)
    return f"imported${told}"


def _of_django(told: str, name: str) -> str:
    if name == "argon2":
        _check_argon2(told.removeprefix("argon2"))
    try:
        cost = identify_hasher(told).decode(told)
    except (ValueError, AssertionError, IndexError, TypeError) as error:
        raise InvalidHash(f"is not written as {name} is") from error
    if name.startswith("pbkdf2") and cost["iterations"] not in _ROUNDS:
        raise InvalidHash(f"has {cost['iterations']} rounds, of {_ROUNDS[0]} to {_ROUNDS[-1]}")
    if name == "bcrypt_sha256" and cost["work_factor"] not in _BCRYPT_COSTS:
        raise InvalidHash(f"costs {cost['work_factor']}, of {_BCRYPT_COSTS[0]} to 14")
    if name == "scrypt" and cost["work_factor"] * cost["block_size"] > 2**20:
        raise InvalidHash("costs too much memory")
    return told


def _check_argon2(told: str) -> None:
    match = _ARGON2.fullmatch(told)
    if match is None:
        raise InvalidHash("is not written as argon2 is")
    memory, rounds, lanes = map(int, match.groups())
    if memory > _MOST_MEMORY or rounds > 20 or lanes > 16:
        raise InvalidHash("costs too much")
