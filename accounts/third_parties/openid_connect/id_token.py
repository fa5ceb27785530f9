"""Verify ID tokens of a third party (OpenID Connect Core 1.0 section 3.1.3.7)."""

import hmac
from typing import Any

import jwt

from accounts.third_parties.errors import ThirdPartyMisbehaved
from accounts.third_parties.openid_connect import issuer

CLOCK_SKEW = 60  # seconds
_REQUIRED = ["iss", "sub", "aud", "exp", "iat"]


def verify(
    unverified_token: Any, *, metadata: dict[str, Any], client_id: str, nonce: str
) -> dict[str, Any]:
    """Return the claims of an ID token that is the issuer's, for this client and this sign-in.

    Raises ThirdPartyMisbehaved. The signature is verified always: Core allows to leave that to
    TLS, which would make every middlebox that ends TLS an issuer.
    """
    if not isinstance(unverified_token, str):
        raise ThirdPartyMisbehaved("no ID token")
    try:
        header = jwt.get_unverified_header(unverified_token)
        claims = jwt.decode(
            unverified_token,
            issuer.signing_key(metadata, header),
            algorithms=[header["alg"]],  # one of issuer.ALGORITHMS, or there was no key
            audience=client_id,
            issuer=metadata["issuer"],
            leeway=CLOCK_SKEW,
            options={"require": _REQUIRED, "enforce_minimum_key_length": True},
        )
    except jwt.PyJWTError as error:
        raise ThirdPartyMisbehaved(f"ID token: {type(error).__name__}") from error
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
