"""Guard a service by JWT access tokens, checked by the keys of the site that issued them.

Needs PyJWT with cryptography. Set ISSUER and AUDIENCE, and run it with any WSGI server:
gunicorn guard_by_keys:app
"""

import json
import os
from collections.abc import Callable
from typing import Any

import jwt

ISSUER = os.environ["ISSUER"]  # such as https://id.example.com
AUDIENCE = os.environ["AUDIENCE"]  # the identifier of the protected resource
SCOPE = "calendar.read"
keys = jwt.PyJWKClient(f"{ISSUER}/oauth/jwks/", lifespan=300)


def verified(header: str) -> dict[str, Any]:
    """Return the claims of the token in the Authorization header. Raises PyJWTError."""
    token = header.removeprefix("Bearer ")
    if jwt.get_unverified_header(token).get("typ") != "at+jwt":  # an ID token opens nothing
        raise jwt.InvalidTokenError("no access token")
    key = keys.get_signing_key_from_jwt(token)
    claims: dict[str, Any] = jwt.decode(
        token,
        key,
        algorithms=[key.algorithm_name],
        issuer=ISSUER,
        audience=AUDIENCE,
        options={"require": ["exp", "iss", "aud", "sub"]},
    )
    return claims


def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
    try:
        claims = verified(environ.get("HTTP_AUTHORIZATION", ""))
    except jwt.PyJWKClientConnectionError:  # the site is away: no fault of the token's
        start_response("503 Service Unavailable", [("Retry-After", "5")])
        return []
    except jwt.PyJWTError:
        claims, status, error = {}, "401 Unauthorized", 'error="invalid_token"'
    else:
        allowed = SCOPE in claims["scope"].split() and "cnf" not in claims  # no proof is read here
        status, error = "200 OK", ""
        if not allowed:
            status, error = "403 Forbidden", 'error="insufficient_scope"'
    challenge = [("WWW-Authenticate", f'Bearer {error}, scope="{SCOPE}"')] if error else []
    start_response(status, [("Content-Type", "application/json"), *challenge])
    return [json.dumps({} if error else {"sub": claims["sub"]}).encode()]
