"""Sign what is sent, as Standard Webhooks 1.0 says: HMAC-SHA256 over its ID, its time and its
body."""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Iterable

PREFIX = "whsec_"
_BYTES = 32


def new_secret() -> str:
    return PREFIX + base64.b64encode(secrets.token_bytes(_BYTES)).decode()


def is_secret(text: str) -> bool:
    """Return whether `text` is a secret of 24 to 64 bytes, as the specification wants them."""
    try:
        key = base64.b64decode(text.removeprefix(PREFIX), validate=True)
    except ValueError:
        return False
    return text.startswith(PREFIX) and 24 <= len(key) <= 64


def sign(secrets_of: Iterable[str], message: str, timestamp: int, body: bytes) -> str:
    """Return the header webhook-signature: one signature by each secret, the new one first."""
    signed = f"{message}.{timestamp}.".encode() + body
    return " ".join(f"v1,{_signature(secret, signed)}" for secret in secrets_of)


def _signature(secret: str, signed: bytes) -> str:
    key = base64.b64decode(secret.removeprefix(PREFIX))
    return base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
