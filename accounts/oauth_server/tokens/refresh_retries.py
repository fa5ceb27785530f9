"""A lost answer to a refresh must not sign anybody out: the same answer can be given again.

The answer is kept sealed under a key that is derived from the refresh token that earned it. That
token is stored nowhere, so neither the database nor the server can open the answer: only the
client, by presenting the superseded token again.
"""

import json
import os
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_PURPOSE = b"latchkey: answer to a refresh, for a retry"
_NONCE_BYTES = 12


def seal(answer: dict[str, Any], refresh_token: str) -> bytes:
    """Return `answer` sealed so that only the holder of `refresh_token` opens it."""
    nonce = os.urandom(_NONCE_BYTES)
    return nonce + _cipher(refresh_token).encrypt(nonce, json.dumps(answer).encode(), _PURPOSE)


def unseal(sealed: bytes, refresh_token: str) -> dict[str, Any]:
    """Open what `seal` returned. Raises cryptography.exceptions.InvalidTag for another token."""
    nonce, ciphertext = bytes(sealed[:_NONCE_BYTES]), bytes(sealed[_NONCE_BYTES:])
    answer: dict[str, Any] = json.loads(_cipher(refresh_token).decrypt(nonce, ciphertext, _PURPOSE))
    return answer


def _cipher(refresh_token: str) -> AESGCM:
    key = HKDF(algorithm=SHA256(), length=32, salt=None, info=_PURPOSE)
    return AESGCM(key.derive(refresh_token.encode()))
