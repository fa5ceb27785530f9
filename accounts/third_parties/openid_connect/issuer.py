"""What an issuer says about itself: its metadata (OpenID Connect Discovery 1.0) and its keys.

Both are cached, in the site's cache, so that a sign-in costs two calls and not four.
"""

import hashlib
from typing import Any

import jwt
from allauth.socialaccount.adapter import get_adapter
from django.core.cache import cache

from accounts.third_parties.errors import SetUpWrong, ThirdPartyMisbehaved
from accounts.third_parties.registration import is_secure

WELL_KNOWN = "/.well-known/openid-configuration"
_CACHED_FOR = 3600  # seconds
# An ID token with an unknown key ID makes this site ask for new keys, at most this often: else
# anyone could make it call the issuer as often as they like.
_KEYS_REFETCHED_EVERY = 60  # seconds

_REQUIRED_ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")
_KEY_TYPES = {"RS256": "RSA", "PS256": "RSA", "ES256": "EC", "EdDSA": "OKP"}
ALGORITHMS = list(_KEY_TYPES)  # never "none", and no HMAC: a public key is no shared secret


def metadata(server_url: str) -> dict[str, Any]:
    """Return the issuer's checked metadata.

    Raises SetUpWrong where `server_url` is no address for an issuer, ThirdPartyUnavailable and
    ThirdPartyMisbehaved where the issuer's answer fails.
    """
    if not is_secure(server_url):
        raise SetUpWrong("the issuer's address is not https")
    issuer = server_url.partition(WELL_KNOWN)[0].rstrip("/")
    key = _cache_key("metadata", issuer)
    found = cache.get(key)
    if found is None:
        found = _fetch(issuer + WELL_KNOWN)
        _check(found, issuer)
        cache.set(key, found, _CACHED_FOR)
    return found


def _check(found: dict[str, Any], issuer: str) -> None:
    """Raise ThirdPartyMisbehaved unless the metadata is this issuer's own and complete."""
    told = found.get("issuer")
    # Discovery section 4.3: another issuer's name here would let it speak for that issuer.
    if not isinstance(told, str) or told.removesuffix("/") != issuer:
        raise ThirdPartyMisbehaved("discovery names another issuer")
    endpoints = [*_REQUIRED_ENDPOINTS, *({"userinfo_endpoint"} & found.keys())]
    for endpoint in endpoints:
        if not is_secure(found.get(endpoint)):
            raise ThirdPartyMisbehaved(f"discovery: {endpoint} is missing or not https")
        if issuer.startswith("https:") and not found[endpoint].startswith("https:"):
            raise ThirdPartyMisbehaved(f"discovery: {endpoint} is not https")


def signing_key(found: dict[str, Any], header: dict[str, Any]) -> Any:
    """Return the issuer's public key that `header`, the head of an ID token, names.

    Raises ThirdPartyMisbehaved where there is no such key for an allowed algorithm.
    """
    algorithm, url = header.get("alg"), found["jwks_uri"]
    if algorithm not in ALGORITHMS:
        raise ThirdPartyMisbehaved("ID token: algorithm not allowed")
    key = _find(_keys(url), header)
    if key is None and cache.add(_cache_key("refetched", url), True, _KEYS_REFETCHED_EVERY):
        key = _find(_keys(url, fresh=True), header)
    if key is None:
        raise ThirdPartyMisbehaved("ID token: no such key")
    try:
        return jwt.PyJWK(key, algorithm=algorithm).key
    except jwt.PyJWTError as error:
        raise ThirdPartyMisbehaved("ID token: unusable key") from error


def _keys(url: str, *, fresh: bool = False) -> list[Any]:
    cache_key = _cache_key("keys", url)
    found = None if fresh else cache.get(cache_key)
    if found is None:
        found = _fetch(url).get("keys")
        if not isinstance(found, list):
            raise ThirdPartyMisbehaved("JWKS: no keys")
        cache.set(cache_key, found, _CACHED_FOR)
    return found


def _find(keys: list[Any], header: dict[str, Any]) -> dict[str, Any] | None:
    fitting = [key for key in keys if isinstance(key, dict) and _fits(key, header["alg"])]
    if "kid" in header:
        fitting = [key for key in fitting if key.get("kid") == header["kid"]]
    return fitting[0] if len(fitting) == 1 else None


def _fits(key: dict[str, Any], algorithm: str) -> bool:
    return (
        key.get("kty") == _KEY_TYPES[algorithm]
        and key.get("use", "sig") == "sig"
        and key.get("alg", algorithm) in {algorithm, "Ed25519"}
        and (algorithm != "ES256" or key.get("crv") == "P-256")
    )


def _fetch(url: str) -> dict[str, Any]:
    with get_adapter().get_requests_session() as session:
        response = session.get(url)
        response.raise_for_status()
        found = response.json()
    if not isinstance(found, dict):
        raise ThirdPartyMisbehaved("not a JSON object")
    return found


def _cache_key(what: str, url: str) -> str:
    return f"third-party:{what}:{hashlib.sha256(url.encode()).hexdigest()}"
