"""Guard a service by asking the site that issued a token whether it is good (introspection).

Needs requests. Set ISSUER, AUDIENCE, and CLIENT_ID and CLIENT_SECRET of the resource server, and
run it with any WSGI server: gunicorn guard_by_asking:app
"""

import json
import os
from collections.abc import Callable
from typing import Any

import requests

ISSUER = os.environ["ISSUER"]  # such as https://id.example.com
AUDIENCE = os.environ["AUDIENCE"]  # the identifier of the protected resource
SCOPE = "calendar.read"
session = requests.Session()
session.auth = (os.environ["CLIENT_ID"], os.environ["CLIENT_SECRET"])


def introspected(header: str) -> dict[str, Any]:
    """Return what the site says of the token in the Authorization header, {} of one that is bad."""
    token = header.removeprefix("Bearer ")
    if not token:
        return {}
    answer = session.post(f"{ISSUER}/oauth/introspect/", data={"token": token}, timeout=5)
    answer.raise_for_status()
    said: dict[str, Any] = answer.json()
    audience = said.get("aud", [])
    is_ours = AUDIENCE in ([audience] if isinstance(audience, str) else audience)
    is_good = said["active"] and is_ours and "cnf" not in said
    return said if is_good else {}


def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
    said = introspected(environ.get("HTTP_AUTHORIZATION", ""))
    status, error = "200 OK", ""
    if not said:
        status, error = "401 Unauthorized", 'error="invalid_token"'
    elif SCOPE not in said["scope"].split():
        status, error = "403 Forbidden", 'error="insufficient_scope"'
    challenge = [("WWW-Authenticate", f'Bearer {error}, scope="{SCOPE}"')] if error else []
    start_response(status, [("Content-Type", "application/json"), *challenge])
    return [json.dumps({} if error else {"sub": said["sub"]}).encode()]
