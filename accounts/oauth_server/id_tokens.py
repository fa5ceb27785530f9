"""ID tokens: who signed in, when and how, signed for one client (OpenID Connect Core section 2)."""

import base64
import hashlib
import time
from typing import TYPE_CHECKING, Any

import jwt
from django.conf import settings

from accounts.oauth_server.models import SigningKey

if TYPE_CHECKING:
    from accounts.oauth_server.issuing import Issue


def sign(issue: "Issue", access_token: str) -> str:
    """Return the ID token that goes with `access_token`, as a compact JWS."""
    key = SigningKey.objects.current()
    return jwt.encode(
        _claims(issue, access_token),
        key.private_key(),
        algorithm=key.algorithm,
        headers={"kid": key.kid},
    )


def _claims(issue: "Issue", access_token: str) -> dict[str, Any]:
    now = int(time.time())
    claims = {
        "iss": settings.SITE_URL,
        "sub": issue.authorization.user.sub,
        "aud": issue.authorization.client.client_id,
        "iat": now,
        "exp": now + int(settings.ID_TOKEN_LIFETIME.total_seconds()),
        "at_hash": at_hash(access_token),
    }
    auth_time = issue.sign_in.get("auth_time")
    optional = {
        "nonce": issue.nonce,
        "auth_time": auth_time and int(auth_time.timestamp()),
        "amr": (issue.sign_in.get("amr") or "").split(),
        "sid": issue.sign_in.get("sid"),
    }
    return claims | {name: value for name, value in optional.items() if value}


def at_hash(access_token: str) -> str:
    """Return the left half of the token's SHA-256, base64url (Core section 3.1.3.6)."""
    left_half = hashlib.sha256(access_token.encode()).digest()[:16]
    return base64.urlsafe_b64encode(left_half).decode().rstrip("=")
