"""Verify what an issuer signed for this client: ID tokens, and userinfo where it is a JWT."""

from collections.abc import Callable
from typing import Any

import jwt

from accounts.network.jwk_sets import NoKey
from accounts.third_parties.errors import ThirdPartyMisbehaved
from accounts.third_parties.openid_connect import issuer

CLOCK_SKEW = 60  # seconds
_PARTS_OF_ENCRYPTED = 5  # RFC 7516 section 3.1

# Find the issuer's key by its metadata and the head of a JWT. Raises NoKey.
FindKey = Callable[[dict[str, Any], dict[str, Any]], Any]


def verify(
    unverified_token: Any,
    *,
    what: str,
    required: list[str],
    metadata: dict[str, Any],
    client_id: str | list[str],
    find_key: FindKey = issuer.signing_key,
) -> dict[str, Any]:
    """Return the claims of a JWT that is the issuer's and for this client, which may have several
    names.

    `what` is its name in the log. Times are checked where they are there, and `required` ones have
    to be. Raises ThirdPartyMisbehaved. The signature is verified always: Core allows to leave that
    to TLS, which would make every middlebox that ends TLS an issuer.
    """
    if not isinstance(unverified_token, str):
        raise ThirdPartyMisbehaved(f"no {what}")
    if len(unverified_token.split(".")) == _PARTS_OF_ENCRYPTED:
        raise ThirdPartyMisbehaved(
            f"{what}: encrypted, which this site does not read; have the third party sign it alone"
        )
    try:
        header = jwt.get_unverified_header(unverified_token)
        return jwt.decode(
            unverified_token,
            find_key(metadata, header),
            algorithms=[header["alg"]],  # one of jwk_sets.ALGORITHMS, or there was no key
            audience=client_id,
            issuer=metadata["issuer"],
            leeway=CLOCK_SKEW,
            options={"require": required, "enforce_minimum_key_length": True},
        )
    except NoKey as error:
        raise ThirdPartyMisbehaved(f"{what}: {error}") from error
    except (jwt.PyJWTError, OverflowError, TypeError) as error:  # the latter two by strange times
        raise ThirdPartyMisbehaved(f"{what}: {type(error).__name__}") from error
