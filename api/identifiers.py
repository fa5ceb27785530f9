"""Name rows to clients by identifiers that tell nothing: neither how many there are nor which came
first.

An identifier is the row's key and its kind, enciphered as one block of AES under a key that is
derived from SECRET_KEY. So it is always the same for a row, needs no column, and one that was made
up or is of another kind opens nothing (but for one in 2⁶⁴). SECRET_KEY_FALLBACKS open, too.
"""

import binascii
import hashlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES256
from cryptography.hazmat.primitives.ciphers.modes import ECB
from django.conf import settings
from django.http import Http404

_LENGTH = 22  # of 16 bytes in base64


def identifier(kind: str, pk: int) -> str:
    """Return the identifier of the row `pk` of a kind such as "connection"."""
    block = _tag(kind) + pk.to_bytes(8)
    encryptor = next(_ciphers()).encryptor()
    return urlsafe_b64encode(encryptor.update(block))[:_LENGTH].decode()


def row_named(kind: str, text: str) -> int | None:
    """Return the key that `identifier` made `text` of, None where it did not."""
    try:
        sealed = urlsafe_b64decode(text.encode("ascii") + b"==")
    except (UnicodeError, binascii.Error):
        return None
    if len(text) != _LENGTH or len(sealed) != AES256.block_size // 8:
        return None
    for cipher in _ciphers():
        block = cipher.decryptor().update(sealed)
        if block[:8] == _tag(kind):
            pk = int.from_bytes(block[8:])
            return pk if pk < 2**63 else None
    return None


def one_of(rows: Any, **which: Any) -> Any:
    """Return the one of `rows` that is so. Raises Http404 where it is nobody's or another's."""
    found = rows.filter(**which).first() if None not in which.values() else None
    if found is None:
        raise Http404
    return found


def _ciphers() -> Iterator["Cipher[ECB]"]:
    return map(_cipher, (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS))


@lru_cache(maxsize=8)
def _cipher(secret: str) -> "Cipher[ECB]":
    # One block at a time, each of another text: what ECB shows of longer texts, it shows of none.
    key = hashlib.sha256(f"api identifiers:{secret}".encode()).digest()
    return Cipher(AES256(key), ECB())  # noqa: S305


@lru_cache(maxsize=64)
def _tag(kind: str) -> bytes:
    return hashlib.sha256(kind.encode()).digest()[:8]
