"""Serve two tools of the Model Context Protocol to whoever has a token of a site for this server.

Needs mcp, the official SDK for Python, 2.3 or newer. Set ISSUER, AUDIENCE, and CLIENT_ID and
CLIENT_SECRET of the resource server, and run it: python mcp_server.py
"""

import json
import os
from collections import defaultdict
from typing import Any
from urllib.parse import urlsplit

import httpx2
import uvicorn
from mcp.server.auth.middleware.auth_context import get_access_token
from mcp.server.auth.middleware.bearer_auth import AuthenticatedUser
from mcp.server.auth.provider import AccessToken, TokenVerifier
from mcp.server.auth.settings import AuthSettings
from mcp.server.mcpserver import MCPServer
from mcp.server.transport_security import TransportSecuritySettings
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

ISSUER = os.environ["ISSUER"]  # such as https://id.example.com
AUDIENCE = os.environ["AUDIENCE"]  # the protected resource: https://notes.example.com/mcp
CREDENTIALS = (os.environ["CLIENT_ID"], os.environ["CLIENT_SECRET"])
READ, WRITE = "notes.read", "notes.write"
SCOPES = {"list_notes": READ, "add_note": WRITE}  # by tool
LONGEST = 64 * 1024  # bytes of a request

notes: dict[str, list[str]] = defaultdict(list)  # by whose they are


class AskTheSite(TokenVerifier):
    """Ask the site about each token (RFC 7662): one that was revoked opens nothing from then on."""

    async def verify_token(self, token: str) -> AccessToken | None:
        async with httpx2.AsyncClient(auth=CREDENTIALS, timeout=5) as client:
            answer = await client.post(f"{ISSUER}/oauth/introspect/", data={"token": token})
        answer.raise_for_status()
        said = answer.json()
        if not said["active"] or "cnf" in said:  # bound to a key, which nobody shows here
            return None
        audience = [said["aud"]] if isinstance(said["aud"], str) else said["aud"]
        return AccessToken(
            token=token,
            client_id=said["client_id"],
            scopes=said["scope"].split(),
            expires_at=said["exp"],
            resource=AUDIENCE if AUDIENCE in audience else None,
            subject=said["sub"],
        )


server = MCPServer(
    "notes",
    token_verifier=AskTheSite(),
    auth=AuthSettings.model_validate(  # as text, which stays as it is letter by letter
        {
            "issuer_url": ISSUER,
            "resource_server_url": AUDIENCE,
            "validate_token_resource": True,  # a token for another server opens nothing here
            "required_scopes": [READ],  # what an app asks for at first; more when it is needed
        }
    ),
)


@server.tool()
def list_notes() -> list[str]:
    """List the person's notes."""
    return notes[person(READ)]


@server.tool()
def add_note(text: str) -> str:
    """Add a note."""
    notes[person(WRITE)].append(text)
    return "Added."


def person(scope: str) -> str:
    """Return whose the token is. ToolScopes has seen to it that it has the scope; to look again
    costs nothing."""
    token = get_access_token()
    if token is None or scope not in token.scopes:
        raise PermissionError(f"This needs the scope {scope}.")
    return token.subject or ""


class ToolScopes:
    """Answer a call of a tool for which the token lacks the scope by the challenge that makes an
    app ask the person for it (RFC 6750 section 3.1): middleware, behind the SDK's own."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        user = scope.get("user")
        if scope["type"] != "http" or not isinstance(user, AuthenticatedUser):
            await self.app(scope, receive, send)
            return
        body = await read(receive)
        if body is None:
            await JSONResponse({"error": "too_large"}, 413)(scope, receive, send)
            return
        needed = SCOPES.get(tool_in(body), READ)
        if needed not in user.scopes:
            await refused(needed)(scope, receive, send)
            return
        waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

        async def again() -> Message:
            return waiting.pop() if waiting else await receive()

        await self.app(scope, again, send)


async def read(receive: Receive) -> bytes | None:
    body = b""
    while len(body) <= LONGEST:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body"):
            return body
    return None


def tool_in(body: bytes) -> str:
    """Return the tool that a request calls, "" where it calls none."""
    try:
        message = json.loads(body or b"null")
    except ValueError:
        return ""
    said: Any = message.get("params") if isinstance(message, dict) else None
    return str(said.get("name", "")) if isinstance(said, dict) else ""


def refused(scope: str) -> JSONResponse:
    own = urlsplit(AUDIENCE)
    where = f"{own.scheme}://{own.netloc}/.well-known/oauth-protected-resource{own.path}"
    challenge = f'Bearer error="insufficient_scope", scope="{scope}", resource_metadata="{where}"'
    return JSONResponse(
        {"error": "insufficient_scope"}, 403, headers={"WWW-Authenticate": challenge}
    )


def app() -> Starlette:
    own = urlsplit(AUDIENCE)
    made = server.streamable_http_app(
        streamable_http_path=own.path,
        json_response=True,
        stateless_http=True,
        transport_security=TransportSecuritySettings(allowed_hosts=[own.netloc]),
    )
    made.user_middleware.append(Middleware(ToolScopes))
    return made


if __name__ == "__main__":
    port = int(os.environ.get("PORT", urlsplit(AUDIENCE).port or 8000))
    uvicorn.run(app(), host="127.0.0.1", port=port, log_level="warning")
