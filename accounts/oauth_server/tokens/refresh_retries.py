"""Answer a retried refresh with the same tokens again: a lost answer must not sign anybody out.

The answer is kept sealed under a key that is derived from the refresh token that earned it. That
token is stored nowhere, so neither the database nor the server can open the answer: only the
client, by presenting the superseded token again.

Using the next token proves that the answer arrived. From then on nobody needs it again but a thief,
so it goes, and presenting the superseded token is a replay however soon it comes.
"""

import json
import os
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.db import connection
from django.utils import timezone

from accounts.oauth_server.models import RefreshToken
from accounts.storage.sealed import cannot_open
from accounts.storage.writes import Write

_PURPOSE = b"latchkey: answer to a refresh, for a retry"
_NONCE_BYTES = 12

_TABLE = RefreshToken._meta.db_table
_SUPERSEDE = f"""
    UPDATE "{_TABLE}"
    SET superseded = CASE WHEN id = %s THEN %s ELSE superseded END,
        sealed_answer = CASE WHEN id = %s THEN %s ELSE %s END
    WHERE token_family = %s AND (id = %s OR length(sealed_answer) > 0)
"""  # noqa: S608 (a table's name, no input)


def superseding(token: RefreshToken, answer: dict[str, Any], refresh_token: str) -> Write:
    """Return what marks `token` superseded and keeps `answer` for a retry, and forgets those of its
    predecessors.

    The caller holds the family's lock. `refresh_token` is the one that was presented for `token`.
    """
    token.superseded = timezone.now()
    token.sealed_answer = seal(answer, refresh_token)
    when, sealed, nothing, family = (
        _prepared("superseded", token.superseded),
        _prepared("sealed_answer", token.sealed_answer),
        _prepared("sealed_answer", b""),
        _prepared("token_family", token.token_family),
    )
    return Write(_SUPERSEDE, [token.pk, when, token.pk, sealed, nothing, family, token.pk])


def _prepared(name: str, value: Any) -> Any:
    field: Any = RefreshToken._meta.get_field(name)
    return field.get_db_prep_value(value, connection)


def seal(answer: dict[str, Any], refresh_token: str) -> bytes:
    """Return `answer` sealed so that only the holder of `refresh_token` opens it."""
    nonce = os.urandom(_NONCE_BYTES)
    return nonce + _cipher(refresh_token).encrypt(nonce, json.dumps(answer).encode(), _PURPOSE)


def unseal(sealed: bytes, refresh_token: str) -> dict[str, Any]:
    """Open what `seal` returned. Raises CannotOpen where that was altered since: no fault of who
    presents the token, so not invalid_grant."""
    nonce, ciphertext = bytes(sealed[:_NONCE_BYTES]), bytes(sealed[_NONCE_BYTES:])
    try:
        opened = _cipher(refresh_token).decrypt(nonce, ciphertext, _PURPOSE)
    except (InvalidTag, ValueError):  # the latter for what is too short
        raise cannot_open("the answer to a refresh") from None
    answer: dict[str, Any] = json.loads(opened)
    return answer


def _cipher(refresh_token: str) -> AESGCM:
    key = HKDF(algorithm=SHA256(), length=32, salt=None, info=_PURPOSE)
    return AESGCM(key.derive(refresh_token.encode()))
