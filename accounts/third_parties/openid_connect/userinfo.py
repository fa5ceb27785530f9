"""Read userinfo, which is plain JSON or a JWT (OpenID Connect Core 1.0 section 5.3.2)."""

from typing import Any

import requests

from accounts.network.outbound import media_type
from accounts.third_parties.errors import ThirdPartyMisbehaved
from accounts.third_parties.openid_connect import signed

ACCEPT = "application/json, application/jwt"
_SIGNED = "application/jwt"
_REQUIRED = ["iss", "aud", "sub"]
# What a JWT says of itself, as opposed to of the person.
_OF_THE_JWT = frozenset({"iss", "aud", "exp", "iat", "nbf", "jti"})


def read(
    response: requests.Response, *, metadata: dict[str, Any], client_id: str
) -> dict[str, Any]:
    """Return the claims about a person. Whose they are is for the caller to compare.

    Raises ThirdPartyMisbehaved, and requests.JSONDecodeError where it is not JSON either.
    """
    if media_type(response) == _SIGNED:
        claims = signed.verify(
            response.content.decode(errors="replace").strip(),
            what="userinfo",
            required=_REQUIRED,
            metadata=metadata,
            client_id=client_id,
        )
        return {name: value for name, value in claims.items() if name not in _OF_THE_JWT}
    claims = response.json()
    if not isinstance(claims, dict):
        raise ThirdPartyMisbehaved("userinfo: not a JSON object")
    return claims
