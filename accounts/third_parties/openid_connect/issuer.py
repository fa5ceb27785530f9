"""Fetch an issuer's metadata (OpenID Connect Discovery 1.0) and its keys.

Both are cached, in the site's cache, so that a sign-in costs two calls and not four.
"""

import hashlib
from typing import Any

from allauth.socialaccount.adapter import get_adapter
from django.core.cache import cache
from django.utils.translation import gettext_noop

from accounts.network import jwk_sets
from accounts.third_parties.errors import SetUpWrong, ThirdPartyMisbehaved
from accounts.third_parties.registration import is_secure

WELL_KNOWN = "/.well-known/openid-configuration"
_CACHED_FOR = 3600  # seconds

_REQUIRED_ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")


def metadata(server_url: str) -> dict[str, Any]:
    """Return the issuer's checked metadata.

    Raises SetUpWrong where `server_url` is no address for an issuer, ThirdPartyUnavailable and
    ThirdPartyMisbehaved where the issuer's answer fails.
    """
    if not is_secure(server_url):
        raise SetUpWrong(gettext_noop("the issuer's address is not https"))
    issuer = server_url.partition(WELL_KNOWN)[0].rstrip("/")
    key = _cache_key("metadata", issuer)
    found = cache.get(key)
    if found is None:
        found = _fetch(issuer + WELL_KNOWN)
        check(found, issuer)
        cache.set(key, found, _CACHED_FOR)
    return found


def check(found: dict[str, Any], issuer: str) -> None:
    """Raise ThirdPartyMisbehaved unless the metadata is this issuer's own and complete."""
    told = found.get("issuer")
    # Discovery section 4.3: another issuer's name here would let it speak for that issuer.
    if not isinstance(told, str) or told.removesuffix("/") != issuer:
        raise ThirdPartyMisbehaved(gettext_noop("discovery names another issuer"))
    endpoints = [*_REQUIRED_ENDPOINTS, *({"userinfo_endpoint"} & found.keys())]
    for endpoint in endpoints:
        if not is_secure(found.get(endpoint)):
            words = gettext_noop("discovery: %(endpoint)s is missing or not https")
            raise ThirdPartyMisbehaved(words, endpoint=endpoint)
        if issuer.startswith("https:") and not found[endpoint].startswith("https:"):
            words = gettext_noop("discovery: %(endpoint)s is not https")
            raise ThirdPartyMisbehaved(words, endpoint=endpoint)


def signing_key(found: dict[str, Any], header: dict[str, Any]) -> Any:
    """Return the issuer's public key that `header`, the head of a JWT, names.

    Raises jwk_sets.NoKey where there is no such key for an allowed algorithm.
    """
    if header.get("alg") not in jwk_sets.ALGORITHMS:
        raise jwk_sets.NoKey("algorithm not allowed")
    return jwk_sets.key_at(found["jwks_uri"], header, fetch=_fetch)


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
