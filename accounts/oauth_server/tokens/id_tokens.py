"""Sign ID tokens: who signed in, when and how, for one client (OpenID Connect Core section 2)."""

import base64
import hashlib
import time
from typing import Any

import jwt
from django.conf import settings

from accounts.oauth_server.claims.release import claims as claims_of_scopes
from accounts.oauth_server.claims.release import requested_claims
from accounts.oauth_server.claims.subjects import subject_for
from accounts.oauth_server.models import SigningKey
from accounts.oauth_server.tokens.granted import Granted


def sign(granted: Granted, access_token: str) -> str:
    """Return the ID token that goes with `access_token`, as a compact JWS."""
    algorithm = granted.authorization.client.algorithm
    return SigningKey.objects.sign(claims(granted, access_token, algorithm), algorithm)


def claims(granted: Granted, access_token: str, algorithm: str) -> dict[str, Any]:
    """Return what the ID token says that goes with `access_token`."""
    now = int(time.time())
    user, client = granted.authorization.user, granted.authorization.client
    told = _about_the_person(granted) | {
        "iss": settings.SITE_URL,
        "sub": subject_for(user, client),
        "aud": client.client_id,
        "iat": now,
        "exp": now + int(client.id_token_lifetime.total_seconds()),
        "at_hash": at_hash(access_token, algorithm),
    }
    optional = {"nonce": granted.nonce, "acr": _acr(granted)}
    told |= {name: value for name, value in optional.items() if value}
    return told | granted.sign_in.claims()


def _about_the_person(granted: Granted) -> dict[str, Any]:
    """Return the claims that are asked for by name; with those of the scopes, as userinfo has
    them, where an admin chose that for the client, for groups by themselves. A refreshed one has
    them too, as they are by then (Core section 12.2 leaves that open)."""
    authorization = granted.authorization
    client = authorization.client
    scopes = granted.scopes if client.claims_in_id_token else granted.scopes & {"groups"}
    by_name = requested_claims(granted.claims, "id_token", authorization)
    return by_name | claims_of_scopes(authorization.user, client, scopes, "id_token")


def _acr(granted: Granted) -> str:
    """Return the best class that the sign-in reached; of those that the client called essential,
    where it did (Core section 5.5.1.1). "" where it reached none."""
    sign_in = granted.sign_in
    named = granted.claims.acr_values(essential=True)
    return next((acr for acr in reversed(sign_in.acrs) if acr in named), sign_in.acr)


def read(id_token: str, *, audience: str | None = None) -> dict[str, Any] | None:
    """Return the claims of an ID token that this site signed, and None for anything else.

    For hints: an expired one will do, as it only says whom a client means (Core section 3.1.2.1,
    RP-Initiated Logout section 2).
    """
    try:
        header = jwt.get_unverified_header(id_token)
        if header.get("typ", "JWT") != "JWT":  # an access token is no hint
            return None
        kid = header.get("kid")
        known = SigningKey.objects.filter(is_withdrawn=False)
        key = known.filter(kid=kid).first() if isinstance(kid, str) else None
        if key is None:
            return None
        return jwt.decode(
            id_token,
            jwt.PyJWK(key.public_jwk),
            algorithms=[key.algorithm],
            issuer=settings.SITE_URL,
            audience=audience,
            options={
                "require": ["iss", "sub", "aud"],
                "verify_aud": audience is not None,
                "verify_exp": False,
            },
        )
    except (jwt.PyJWTError, RecursionError):  # the latter by JSON that is nested without end
        return None


def at_hash(access_token: str, algorithm: str) -> str:
    """Return the left half of the token's hash, base64url (Core section 3.1.3.6).

    The hash is the one of the signature's algorithm. EdDSA does not name one: with Ed25519 it is
    SHA-512 (RFC 8032 section 5.1), which is also what client libraries compute.
    """
    hashed = (hashlib.sha512 if algorithm == "EdDSA" else hashlib.sha256)(access_token.encode())
    left_half = hashed.digest()[: hashed.digest_size // 2]
    return base64.urlsafe_b64encode(left_half).decode().rstrip("=")
