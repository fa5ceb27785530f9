"""Check the public keys of a client (RFC 7591 section 2: `jwks`, `jwks_uri`)."""

from typing import Any

from django.utils.translation import gettext as _

from accounts.network import jwk_sets
from accounts.oauth_server.rules import redirect_uris


def problems(jwks: Any, jwks_uri: str, *, signs: bool) -> dict[str, list[str]]:
    """Say in words, by field, what keeps a client's keys from proving it.

    `signs` says whether the client authenticates by a signature (private_key_jwt).
    """
    if jwks and jwks_uri:  # RFC 7591 section 2
        return {"jwks_uri": [_("Give the keys themselves or their address, not both.")]}
    if signs and not jwks and not jwks_uri:
        return {"jwks": [_("An app that signs needs its public keys here, or their address.")]}
    return {
        "jwks": jwk_sets.problems(jwks) if jwks else [],
        "jwks_uri": redirect_uris.address_problems(jwks_uri),
    }
