"""Guard a FastAPI service by JWT access tokens, checked by the keys of the site that issued them.

Needs fastapi, and PyJWT with cryptography. Set ISSUER and AUDIENCE, and run it:
uvicorn guard_fastapi:app
"""

import os
from typing import Annotated, Any

import jwt
from fastapi import Depends, FastAPI, HTTPException, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer, SecurityScopes

ISSUER = os.environ["ISSUER"]  # such as https://id.example.com
AUDIENCE = os.environ["AUDIENCE"]  # the identifier of the protected resource
keys = jwt.PyJWKClient(f"{ISSUER}/oauth/jwks/", lifespan=300)
in_header = HTTPBearer(auto_error=False)


def token_claims(
    needed: SecurityScopes,
    sent: Annotated[HTTPAuthorizationCredentials | None, Depends(in_header)],
) -> dict[str, Any]:
    """Return the claims of the token in the Authorization header, which has the scopes `needed`."""
    scope = needed.scope_str
    try:
        claims = verified(sent.credentials if sent else "")
    except jwt.PyJWKClientConnectionError as error:  # the site is away: no fault of the token's
        raise HTTPException(503, headers={"Retry-After": "5"}) from error
    except jwt.PyJWTError as error:
        raise refusal(401, "invalid_token", scope) from error
    if "cnf" in claims or not set(needed.scopes) <= set(claims["scope"].split()):
        raise refusal(403, "insufficient_scope", scope)  # nor is a proof of a key (cnf) read here
    return claims


def verified(token: str) -> dict[str, Any]:
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


def refusal(status: int, error: str, scope: str) -> HTTPException:
    challenge = f'Bearer error="{error}", scope="{scope}"'
    return HTTPException(status, error, headers={"WWW-Authenticate": challenge})


app = FastAPI()


@app.get("/")
def calendar(
    claims: Annotated[dict[str, Any], Security(token_claims, scopes=["calendar.read"])],
) -> dict[str, str]:
    return {"sub": claims["sub"]}
