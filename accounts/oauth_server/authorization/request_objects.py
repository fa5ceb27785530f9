"""Read request objects: authorization requests as JWTs that their clients sign (RFC 9101, OpenID
Connect Core section 6.1).

By value alone: an address to fetch one from would be one more that a stranger has this site call.
"""

import json
import time
from datetime import timedelta
from typing import Any

import jwt
from django.conf import settings
from django.http import QueryDict

from accounts.network import jwk_sets
from accounts.oauth_server.clients import keys, outbound
from accounts.oauth_server.models import Client
from accounts.text.cleaning import storable

ALGORITHMS = jwk_sets.ALGORITHMS

_LONGEST = timedelta(hours=1)
_CLOCK_SKEW = timedelta(seconds=30)
_TYPES = ("jwt", "oauth-authz-req+jwt")  # RFC 9101 section 10.8: no other kind of JWT passes for it
# Of the JWT itself, and no parameter of the request.
_OF_THE_JWT = frozenset({"iss", "aud", "exp", "nbf", "iat", "jti"})


class RequestObjectRefused(Exception):
    """Refuse a request object; says why in words that a developer may read."""


def is_signed(unverified: str) -> bool:
    """Return whether `unverified` claims to be a signed object: one without a signature is refused
    as a kind that is not taken (Core section 6.1: request_not_supported)."""
    if not unverified:
        return False
    try:
        return str(jwt.get_unverified_header(unverified).get("alg")).lower() != "none"
    except (jwt.PyJWTError, RecursionError):
        return True


def verified(client: Client, unverified: str) -> QueryDict:
    """Return the parameters of an object that `client` signed, for this site, not long ago.

    Raises RequestObjectRefused. What stands beside the object in the query counts for nothing (RFC
    9101 section 6.3).
    """
    claims = _decode(client, unverified)
    if client.signs_messages and "nbf" not in claims:  # Message Signing section 5.3.1
        raise RequestObjectRefused("nbf is missing")
    _check_time(claims)
    if claims.get("client_id", client.client_id) != client.client_id:
        raise RequestObjectRefused("client_id is another client's")
    if claims.get("sub") == client.client_id:  # section 10.8: it would pass for an assertion
        raise RequestObjectRefused("sub must not be the client")
    if "request" in claims or "request_uri" in claims:
        raise RequestObjectRefused("request and request_uri must not stand inside")
    return _parameters(client, claims)


def _decode(client: Client, unverified: str) -> dict[str, Any]:
    try:
        header = jwt.get_unverified_header(unverified)
        _check_type(header.get("typ", "JWT"))
        claims = jwt.decode(
            unverified,
            keys.key_for(client, header),
            algorithms=[header["alg"]],  # one of ALGORITHMS, and the key's own, or there is no key
            audience=settings.SITE_URL,
            issuer=client.client_id,
            leeway=_CLOCK_SKEW,
            options={"require": ["iss", "aud", "exp"], "enforce_minimum_key_length": True},
        )
        is_kept = storable(claims) == claims
    except jwk_sets.NoKey as error:
        raise RequestObjectRefused(f"{error} among those that the client registered") from error
    except outbound.CannotFetch as error:
        raise RequestObjectRefused(f"its jwks_uri cannot be read: {error}") from error
    except (jwt.PyJWTError, OverflowError, TypeError, RecursionError) as error:
        raise RequestObjectRefused(str(error)) from error
    if not is_kept:
        raise RequestObjectRefused("it has a NUL character, or half of a surrogate pair")
    return claims


def _check_type(kind: Any) -> None:
    if str(kind).lower().removeprefix("application/") not in _TYPES:
        raise RequestObjectRefused("typ must be oauth-authz-req+jwt")


def _check_time(claims: dict[str, Any]) -> None:
    """Bound how long an object is good for: a stolen one can be sent again until then."""
    now, longest = time.time(), (_LONGEST + _CLOCK_SKEW).total_seconds()
    if int(claims["exp"]) > now + longest:
        raise RequestObjectRefused("exp is more than an hour ahead")
    if "nbf" in claims and int(claims["nbf"]) < now - longest:
        raise RequestObjectRefused("nbf is more than an hour ago")


def _parameters(client: Client, claims: dict[str, Any]) -> QueryDict:
    """Return the claims as the parameters that they stand for (section 4)."""
    parameters = QueryDict(mutable=True)
    for name, value in claims.items():
        if name not in _OF_THE_JWT:
            parameters.setlist(name, _texts(name, value))
    parameters["client_id"] = client.client_id
    return parameters


def _texts(name: str, value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        return value if name == "resource" else [" ".join(value)]
    if isinstance(value, dict) or type(value) is int:
        return [json.dumps(value)]
    raise RequestObjectRefused(f"{name} must be a string")
