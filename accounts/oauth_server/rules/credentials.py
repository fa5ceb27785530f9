"""Make credentials, and say how each kind looks and is stored.

A credential is a prefix that names its kind, 43 random characters (256 bits) and a checksum of
six, as GitHub's tokens are: secret scanners find it by its prefix, and a typing error is refused
without a query. Only its SHA-256 is stored; at 256 random bits no salt or slow hash is needed.
"""

import hashlib
import math
import secrets
import string
import zlib
from enum import StrEnum

_ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase
_RANDOM_LENGTH = 43
_CHECKSUM_LENGTH = 6


class Kind(StrEnum):
    """List the kinds of credentials and their prefixes."""

    AUTHORIZATION_CODE = "lk_ac_"
    ACCESS_TOKEN = "lk_at_"  # noqa: S105 (a prefix)
    REFRESH_TOKEN = "lk_rt_"  # noqa: S105 (a prefix)
    PERSONAL_TOKEN = "lk_pat_"  # noqa: S105 (a prefix)
    CLIENT_SECRET = "lk_cs_"  # noqa: S105 (a prefix)
    DEVICE_CODE = "lk_dc_"
    PUSHED_REQUEST = "lk_pr_"
    INITIAL_ACCESS_TOKEN = "lk_ir_"  # noqa: S105 (a prefix)
    REGISTRATION_ACCESS_TOKEN = "lk_ra_"  # noqa: S105 (a prefix)


def _written(number: int, length: int) -> str:
    """Write `number` in the digits of the alphabet, `length` of them."""
    digits = []
    for _ in range(length):
        number, digit = divmod(number, len(_ALPHABET))
        digits.append(_ALPHABET[digit])
    return "".join(reversed(digits))


def _checksum(text: str) -> str:
    return _written(zlib.crc32(text.encode()), _CHECKSUM_LENGTH)


def mint(kind: Kind) -> str:
    """Return a new credential of `kind`."""
    # One number, not a call of the system for each of its digits.
    number = secrets.randbelow(len(_ALPHABET) ** _RANDOM_LENGTH)
    body = kind + _written(number, _RANDOM_LENGTH)
    return body + _checksum(body)


def is_well_formed(credential: str, kind: Kind) -> bool:
    """Return whether `credential` could be one of `kind`: prefix, length, alphabet and checksum."""
    if not credential.startswith(kind) or not credential.isascii():
        return False
    if len(credential) != len(kind) + _RANDOM_LENGTH + _CHECKSUM_LENGTH:
        return False
    return credential[-_CHECKSUM_LENGTH:] == _checksum(credential[:-_CHECKSUM_LENGTH])


def digest(credential: str) -> str:
    """Return what the database stores: the SHA-256 of `credential`, 64 hexadecimal digits."""
    return hashlib.sha256(credential.encode(errors="replace")).hexdigest()


def strength(secret: str) -> float:
    """Estimate, from above, how many bits a secret has that another server made: as many as its
    different characters allow at its length."""
    return len(secret) * math.log2(len(set(secret)) or 1)
