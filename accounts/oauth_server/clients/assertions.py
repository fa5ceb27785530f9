"""Authenticate clients by a signature: private_key_jwt (RFC 7523, Core section 9).

The assertion is a JWT that the client signs for this one request. What it says is believed only
after the signature was checked with a key that the client registered; which client that is has to
be read from it before.
"""

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
from django.conf import settings
from django.urls import reverse

from accounts.network import jwk_sets
from accounts.oauth_server.clients import keys, outbound
from accounts.oauth_server.models import Client, UsedAssertion

TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
ALGORITHMS = jwk_sets.ALGORITHMS

_LONGEST = timedelta(hours=1)  # as long as Authlib, widely used, makes them
_CLOCK_SKEW = timedelta(seconds=30)
_TYPES = ("jwt", "client-authentication+jwt")
_REQUIRED = ["iss", "sub", "aud", "exp", "jti"]


class AssertionRefused(Exception):
    """Refuse an assertion that does not prove the client; says why in words that a developer may
    read."""


def named_client(unverified_assertion: str) -> str:
    """Return the client ID that the assertion names, empty where it cannot be read."""
    try:
        claims = jwt.decode(unverified_assertion, options={"verify_signature": False})
    except (jwt.PyJWTError, RecursionError):  # the latter by JSON that is nested without end
        return ""
    return claims["iss"] if isinstance(claims.get("iss"), str) else ""


def verify(client: Client, unverified_assertion: str) -> None:
    """Raise AssertionRefused unless `client` signed the assertion, for this site, just now."""
    claims = _decode(client, unverified_assertion)
    _check_audience(client, claims["aud"])
    ends = int(claims["exp"])
    if ends > time.time() + (_LONGEST + _CLOCK_SKEW).total_seconds():
        raise AssertionRefused("exp is more than an hour ahead")
    if not claims["jti"]:
        raise AssertionRefused("jti is empty")
    # Last: what fails for another reason does not use the assertion up.
    expires = datetime.fromtimestamp(ends, UTC) + _CLOCK_SKEW
    if not UsedAssertion.objects.use(client, claims["jti"], expires=expires):
        raise AssertionRefused("it was used before")


def _decode(client: Client, unverified_assertion: str) -> dict[str, Any]:
    """Return the claims of an assertion that the client's key signed."""
    try:
        header = jwt.get_unverified_header(unverified_assertion)
        _check_type(header.get("typ", "JWT"))
        key = keys.key_for(client, header)
        claims = jwt.decode(
            unverified_assertion,
            key,
            algorithms=[header["alg"]],  # one of ALGORITHMS, and the key's own, or there was no key
            issuer=client.client_id,
            subject=client.client_id,
            leeway=_CLOCK_SKEW,
            options={"require": _REQUIRED, "verify_aud": False, "enforce_minimum_key_length": True},
        )
    except jwk_sets.NoKey as error:
        raise AssertionRefused(f"{error} among those that the client registered") from error
    except outbound.CannotFetch as error:
        raise AssertionRefused(f"its jwks_uri cannot be read: {error}") from error
    except (jwt.PyJWTError, OverflowError, TypeError) as error:  # the latter two by strange times
        raise AssertionRefused(str(error)) from error
    return claims


def _check_type(kind: Any) -> None:
    """Refuse what says that it is another kind of JWT, such as a request object or a proof of
    possession that the same key signed (RFC 8725 section 3.11)."""
    if str(kind).lower().removeprefix("application/") not in _TYPES:
        raise AssertionRefused("typ is of another kind of JWT: leave it out, or send JWT")


def _check_audience(client: Client, audience: Any) -> None:
    """Check that the assertion has one recipient, and that it is this site: else another server
    that a client signs for could sign in here as the client (RFC 7523 section 3, point 3, as its
    revision narrows it)."""
    if client.is_fapi:  # FAPI 2.0 section 5.3.2.1: the issuer, as a string
        if audience != settings.SITE_URL:
            raise AssertionRefused("aud is not this site's issuer, as a string")
        return
    names = ("token", "pushed-authorization-request")  # RFC 9126 section 2
    here = (settings.SITE_URL, *(settings.SITE_URL + reverse(f"oauth_server:{n}") for n in names))
    named = audience if isinstance(audience, list) else [audience]
    if len(named) != 1 or named[0] not in here:
        raise AssertionRefused("aud is not this site's issuer or token endpoint, alone")
