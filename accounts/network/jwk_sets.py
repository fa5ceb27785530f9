"""Find the right one of other people's public keys, in sets as RFC 7517 section 5 describes them.

A set that is read from an address is kept in the site's cache, so that checking a signature seldom
costs a call.
"""

import hashlib
import time
from collections.abc import Callable
from typing import Any

import jwt
from django.core.cache import cache
from django.utils.translation import gettext as _

_KEY_TYPES = {"RS256": "RSA", "PS256": "RSA", "ES256": "EC", "EdDSA": "OKP"}
ALGORITHMS = list(_KEY_TYPES)  # never "none", and no HMAC: a public key is no shared secret
# Members that only private and symmetric keys have (RFC 7518 section 6).
PRIVATE = frozenset({"d", "k", "p", "q", "dp", "dq", "qi", "oth"})

_CACHED_FOR = 3600  # seconds
# A signature with an unknown key ID makes this site ask for new keys, at most this often: else
# anyone could make it call that address as often as they like. A key ID that was never seen is
# worth one call at once, as it is how a new key shows; some such calls a minute, as it is free to
# make up.
_REFETCHED_EVERY = 10  # seconds
_NEW_KEY_IDS = 5  # a minute


class NoKey(Exception):
    """Report that no key of the set can have made the signature, or that there is no such set."""


def key_in(jwk_set: Any, header: dict[str, Any]) -> Any:
    """Return the public key that `header`, the head of a signed token, names. Raises NoKey.

    The header is not verified yet; its algorithm has to be one of ALGORITHMS and the key's own.
    """
    found = _find(_keys_of(jwk_set), header)
    if found is None:
        raise NoKey("no such key")
    return _public(found, header["alg"])


def key_at(url: str, header: dict[str, Any], *, fetch: Callable[[str], Any]) -> Any:
    """Return the key as `key_in` does, of the set at `url`, which is kept for an hour. Raises what
    `fetch` raises.

    Keys change: one that is not in the set that was kept is looked for in a fresh one.
    """
    found = _find(_read(url, fetch), header)
    if found is None and _may_refetch(url, header):
        found = _find(_read(url, fetch, fresh=True), header)
    if found is None:
        raise NoKey("no such key")
    return _public(found, header["alg"])


def _may_refetch(url: str, header: dict[str, Any]) -> bool:
    if cache.add(_cache_key("refetched", url), True, _REFETCHED_EVERY):
        return True
    key_id = header.get("kid")
    if not isinstance(key_id, str):
        return False
    never_seen = cache.add(_cache_key("key-id", f"{url}\0{key_id}"), True, _CACHED_FOR)
    if not never_seen:
        return False
    counted = _cache_key("key-ids", f"{url}\0{int(time.time() // 60)}")
    return bool(cache.count(counted, 60).number <= _NEW_KEY_IDS)  # type: ignore[attr-defined]


def problems(jwk_set: Any) -> list[str]:
    """Say in words what keeps `jwk_set` from being registered as somebody's public keys."""
    try:
        keys = _keys_of(jwk_set)
    except NoKey:
        return [_("This is no JWK set: an object with a list of “keys”.")]
    if any(PRIVATE & set(key) for key in keys if isinstance(key, dict)):
        return [_("This holds a private key. Keep that to yourself, and make a new one.")]
    usable = [key for key in keys for name in ALGORITHMS if _is_usable(key, name)]
    unusable = _("None of these keys is for %(list)s.") % {"list": ", ".join(ALGORITHMS)}
    return [] if usable else [unusable]


def _is_usable(key: Any, algorithm: str) -> bool:
    if not isinstance(key, dict) or not _fits(key, algorithm):
        return False
    try:
        return bool(_public(key, algorithm))
    except NoKey:
        return False


def _read(url: str, fetch: Callable[[str], Any], *, fresh: bool = False) -> list[Any]:
    cache_key = _cache_key("keys", url)
    found = None if fresh else cache.get(cache_key)
    if found is None:
        found = _keys_of(fetch(url))
        cache.set(cache_key, found, _CACHED_FOR)
    return found


def _keys_of(jwk_set: Any) -> list[Any]:
    keys = jwk_set.get("keys") if isinstance(jwk_set, dict) else None
    if not isinstance(keys, list):
        raise NoKey("no set of keys")
    return keys


def _find(keys: list[Any], header: dict[str, Any]) -> dict[str, Any] | None:
    fitting = [key for key in keys if isinstance(key, dict) and _fits(key, header.get("alg"))]
    if "kid" in header:
        fitting = [key for key in fitting if key.get("kid") == header["kid"]]
    return fitting[0] if len(fitting) == 1 else None


def _fits(key: dict[str, Any], algorithm: Any) -> bool:
    return (
        algorithm in ALGORITHMS
        and key.get("kty") == _KEY_TYPES[algorithm]
        and key.get("use", "sig") == "sig"
        and key.get("alg", algorithm) in (algorithm, "Ed25519")
        and (algorithm != "ES256" or key.get("crv") == "P-256")
    )


def _public(key: dict[str, Any], algorithm: str) -> Any:
    try:
        return jwt.PyJWK(key, algorithm=algorithm).key
    except jwt.PyJWTError as error:
        raise NoKey("unusable key") from error


def _cache_key(what: str, url: str) -> str:
    return f"jwk-set:{what}:{hashlib.sha256(url.encode(errors='replace')).hexdigest()}"
