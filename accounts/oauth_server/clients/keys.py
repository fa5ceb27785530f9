"""Find the public keys that a client registered: by value (`jwks`) or by address (`jwks_uri`)."""

import hashlib
from functools import partial
from typing import TYPE_CHECKING, Any

from django.core.cache import cache

from accounts.network import jwk_sets
from accounts.oauth_server.clients import outbound
from accounts.oauth_server.rules import profiles

if TYPE_CHECKING:
    from accounts.oauth_server.models import Client

_LEFT_ALONE = 15  # seconds, for an address that did not answer


def key_for(client: "Client", header: dict[str, Any]) -> Any:
    """Return the client's key that `header`, the head of what it signed, names.

    Raises jwk_sets.NoKey, and outbound.CannotFetch where `jwks_uri` does not answer.
    """
    if client.is_fapi and header.get("alg") not in profiles.ALGORITHMS:
        raise jwk_sets.NoKey(f"no key for one of {', '.join(profiles.ALGORITHMS)}")
    if not client.jwks_uri:
        return jwk_sets.key_in(client.jwks, header)
    fetch = partial(_fetch, may_be_loopback=client.is_registered_by_admin)
    return jwk_sets.key_at(client.jwks_uri, header, fetch=fetch)


def _fetch(url: str, *, may_be_loopback: bool) -> Any:
    """Fetch the JWK set, and give up for a while after a failure: an address that hangs would hold
    a worker for each request that comes meanwhile."""
    down = f"client-keys:down:{hashlib.sha256(url.encode()).hexdigest()}"
    if cache.get(down):
        raise outbound.CannotFetch("there was no answer a moment ago")
    try:
        return outbound.fetch_json(url, may_be_loopback=may_be_loopback)
    except outbound.CannotFetch:
        cache.set(down, True, _LEFT_ALONE)
        raise
