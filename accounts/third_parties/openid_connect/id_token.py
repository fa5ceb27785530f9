"""Verify ID tokens of a third party (OpenID Connect Core 1.0 section 3.1.3.7)."""

import hmac
from typing import Any

from accounts.third_parties.errors import ThirdPartyMisbehaved
from accounts.third_parties.openid_connect import issuer, signed

_REQUIRED = ["iss", "sub", "aud", "exp", "iat"]


def verify(
    unverified_token: Any,
    *,
    metadata: dict[str, Any],
    client_id: str,
    nonce: str,
    find_key: signed.FindKey = issuer.signing_key,
) -> dict[str, Any]:
    """Return the claims of an ID token that is the issuer's, for this client and this sign-in.

    Raises ThirdPartyMisbehaved.
    """
    claims = signed.verify(
        unverified_token,
        what="ID token",
        required=_REQUIRED,
        metadata=metadata,
        client_id=client_id,
        find_key=find_key,
    )
    _check_party(claims, client_id)
    _check_nonce(claims, nonce)
    return claims


def _check_party(claims: dict[str, Any], client_id: str) -> None:
    several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
    if (several or "azp" in claims) and claims.get("azp") != client_id:
        raise ThirdPartyMisbehaved("ID token: issued to another client")
    if not isinstance(claims["sub"], str) or not claims["sub"]:
        raise ThirdPartyMisbehaved("ID token: sub is not a string")


def _check_nonce(claims: dict[str, Any], nonce: str) -> None:
    told = claims.get("nonce")
    if not isinstance(told, str) or not hmac.compare_digest(told.encode(), nonce.encode()):
        raise ThirdPartyMisbehaved("ID token: another sign-in's nonce")
