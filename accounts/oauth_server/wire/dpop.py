"""Check proofs of possession: JWTs by which the sender of a request shows the key that its tokens
are bound to (DPoP, RFC 9449).

A proof is for one request, one method and one address, not long ago. This site gives out what it
has to hold beside (a nonce, section 8), so that none can be made in advance by who once had the
use of a key; the nonce is signed and kept nowhere. A proof counts after `use` alone.
"""

import base64
import hashlib
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import unquote, urlsplit

import jwt
from django.conf import settings
from django.core import signing
from django.http import HttpResponse
from django.utils.crypto import constant_time_compare
from jwcrypto.common import JWException
from jwcrypto.jwk import JWK

from accounts.network import jwk_sets
from accounts.oauth_server.models import Client, UsedProof
from accounts.oauth_server.rules import profiles

ALGORITHMS = jwk_sets.ALGORITHMS
HEADER = "HTTP_DPOP"

NONCE_LIFETIME = timedelta(minutes=5)
_OLDEST = timedelta(minutes=5)
_AHEAD = timedelta(seconds=60)  # FAPI 2.0 section 5.3.2.1
_LONGEST = 8_192  # characters of a proof
_LONGEST_ID = 512
_NO_TIME = 10**11  # seconds: with greater numbers one cannot reckon
_SALT = "a nonce for proofs of possession"
# What strange keys, times and nesting raise beside what they should.
_UNREADABLE = (
    *(jwt.PyJWTError, JWException, ValueError, TypeError, AttributeError),
    *(OverflowError, RecursionError),
)


class ProofRefused(Exception):
    """Refuse a proof; says why. `error` is the code of RFC 9449 sections 5 and 8."""

    def __init__(self, description: str, error: str = "invalid_dpop_proof") -> None:
        super().__init__(description)
        self.error = error
        self.description = description


@dataclass(frozen=True)
class Proof:
    """Hold a proof that is right but for having been used before. `key` is the thumbprint of the
    key (RFC 7638), 43 characters."""

    key: str
    jti: str
    algorithm: str

    def check_profile(self, client: Client) -> None:
        """Raise ProofRefused for a signature that the profile of its client does not take (FAPI 2.0
        Security Profile section 5.4.1): at resources as where the token was issued."""
        if client.is_fapi and self.algorithm not in profiles.ALGORITHMS:
            raise ProofRefused(f"alg must be one of {', '.join(profiles.ALGORITHMS)}.")

    def use(self) -> None:
        """Use it up. Raises ProofRefused where it was used before."""
        expires = datetime.now(UTC) + _OLDEST + _AHEAD
        if not UsedProof.objects.use(self.key, self.jti, expires=expires):
            raise ProofRefused("The DPoP proof was used before: make one for each request.")


def read(sent: Mapping[str, Any], *, token: str = "") -> Proof | None:
    """Return the proof that goes with a request, None where none was sent.

    `sent` is the request's META; `token` is the access token that comes with it, if one does (the
    `ath` claim). Raises ProofRefused.
    """
    unverified = sent.get(HEADER)
    if unverified is None:
        return None
    key, algorithm, claims = _verified(unverified)
    _check_request(claims, sent)
    _check_time(claims)
    if token and not _is(claims.get("ath"), _hash(token)):
        raise ProofRefused("ath is not the hash of the access token.")
    return Proof(key, claims["jti"], algorithm)


def new_nonce() -> str:
    """Return a nonce for the next proofs (section 8)."""
    return signing.TimestampSigner(salt=_SALT).sign("n")


def tell_nonce(sent: Mapping[str, Any], response: HttpResponse) -> HttpResponse:
    """Give whoever sends proofs a fresh nonce with each answer (section 8.2)."""
    if HEADER in sent:
        response["DPoP-Nonce"] = new_nonce()
    return response


def _verified(unverified: str) -> tuple[str, str, dict[str, Any]]:
    """Return the thumbprint of the key in the proof's head, how it signed, and what."""
    if len(unverified) > _LONGEST:
        raise ProofRefused(f"A DPoP proof may have {_LONGEST:,} characters at most.")
    try:
        header = jwt.get_unverified_header(unverified)
        key, thumbprint = _key(header)
        options: Any = {"require": ["jti", "iat", "htm", "htu"], "verify_iat": False}
        claims = jwt.decode(
            unverified,
            key,
            algorithms=[header["alg"]],
            options=options | {"verify_aud": False, "enforce_minimum_key_length": True},
            leeway=_AHEAD,
        )
    except jwk_sets.NoKey as error:
        raise ProofRefused("jwk in the head of the DPoP proof is no key for its alg.") from error
    except _UNREADABLE as error:
        raise ProofRefused(f"The DPoP proof cannot be read: {error}") from error
    _check_kinds(claims)
    return thumbprint, str(header["alg"]), claims


def _key(header: dict[str, Any]) -> tuple[Any, str]:
    if header.get("typ") != "dpop+jwt":
        raise ProofRefused("typ of the DPoP proof must be dpop+jwt.")
    jwk = header.get("jwk")
    if not isinstance(jwk, dict) or jwk_sets.PRIVATE & set(jwk):
        raise ProofRefused("The head of the DPoP proof must have jwk, a public key.")
    alone = {name: value for name, value in jwk.items() if name not in ("kid", "use", "key_ops")}
    key = jwk_sets.key_in({"keys": [alone]}, {"alg": header.get("alg")})
    return key, str(JWK.from_json(json.dumps(alone)).thumbprint())


def _check_kinds(claims: dict[str, Any]) -> None:
    for name in ("jti", "htm", "htu"):
        if not isinstance(claims[name], str) or not 0 < len(claims[name]) <= _LONGEST_ID:
            raise ProofRefused(f"{name} of the DPoP proof must be a string.")
    if type(claims["iat"]) not in (int, float) or not abs(claims["iat"]) < _NO_TIME:
        raise ProofRefused("iat of the DPoP proof must be a number.")


def _check_request(claims: dict[str, Any], sent: Mapping[str, Any]) -> None:
    if claims["htm"] != sent["REQUEST_METHOD"]:
        raise ProofRefused("htm is not the method of the request.")
    if _place(claims["htu"]) != _place(settings.SITE_URL + sent["PATH_INFO"]):
        raise ProofRefused("htu is not the address of the request.")


def _place(address: str) -> tuple[str, str, int | None, str]:
    """Return an address as it is compared: without query and fragment, normalised (section 4.3)."""
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError as error:
        raise ProofRefused("htu is no address.") from error
    default = {"https": 443, "http": 80}.get(parts.scheme)
    where = (parts.scheme, (parts.hostname or "").lower(), port or default)
    return (*where, unquote(parts.path).rstrip("/"))


def _check_time(claims: dict[str, Any]) -> None:
    age = time.time() - claims["iat"]
    if not -_AHEAD.total_seconds() <= age <= _OLDEST.total_seconds():
        raise ProofRefused("iat of the DPoP proof is not about now.")
    nonce = claims.get("nonce")
    try:
        signer = signing.TimestampSigner(salt=_SALT)
        signer.unsign(nonce if isinstance(nonce, str) else "", max_age=NONCE_LIFETIME)
    except signing.BadSignature as error:
        raise ProofRefused("Use the nonce in DPoP-Nonce.", "use_dpop_nonce") from error


def _hash(token: str) -> str:
    hashed = hashlib.sha256(token.encode()).digest()
    return base64.urlsafe_b64encode(hashed).decode().rstrip("=")


def _is(claim: Any, expected: str) -> bool:
    return isinstance(claim, str) and constant_time_compare(claim, expected)
