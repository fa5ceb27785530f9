"""An agent on the official Python SDK of the Model Context Protocol."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
from mcp import Client
from mcp.client.auth import OAuthClientProvider
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.auth import (
    AuthorizationCodeResult,
    OAuthClientInformationFull,
    OAuthClientMetadata,
    OAuthToken,
)

from tests.interop.site import REDIRECT_URI, Known

_SAID = {
    "client_name": "An agent",
    "redirect_uris": [REDIRECT_URI],
    "grant_types": ["authorization_code", "refresh_token"],
    "token_endpoint_auth_method": "none",
}


class Agent:
    """Keeps what the SDK asks it to keep, and sends the person where the SDK wants them."""

    def __init__(self, known: Known, url: str, way: str) -> None:
        """`way`: how the site comes to know it, by a "document", "registered" by itself or
        "given" a client ID by its maker."""
        self.url, self._person = url, known.person
        self.tokens: OAuthToken | None = None
        self.client: OAuthClientInformationFull | None = None
        self.asked: list[str] = []  # for which scopes, each time that the person was sent
        if way == "given":
            given = {"client_id": known.native["client_id"], "issuer": known.issuer}
            self.client = OAuthClientInformationFull.model_validate(_SAID | given)
        self._way = OAuthClientProvider(
            url,
            OAuthClientMetadata.model_validate(_SAID),
            self,
            redirect_handler=self._go,
            callback_handler=self._come_back,
            client_metadata_url=known.document if way == "document" else None,
        )

    def call(self, tool: str, **arguments: Any) -> Any:
        return asyncio.run(self._call(tool, arguments))

    def tools(self) -> list[str]:
        return asyncio.run(self._tools())

    def expire(self) -> None:
        """Let the clock of the SDK say that the access token has ended."""
        self._way.context.token_expiry_time = 1.0

    async def _call(self, tool: str, arguments: dict[str, Any]) -> Any:
        async with self._connected() as client:
            result = await client.call_tool(tool, arguments)
        assert not result.is_error, result.content
        return result.structured_content

    async def _tools(self) -> list[str]:
        async with self._connected() as client:
            return [tool.name for tool in (await client.list_tools()).tools]

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[Client]:
        async with (
            httpx2.AsyncClient(auth=self._way, timeout=10) as http,
            Client(streamable_http_client(self.url, http_client=http)) as client,
        ):
            yield client

    async def _go(self, url: str) -> None:
        self.asked.append(parse_qs(urlsplit(url).query)["scope"][0])
        self._arrived = self._person.open(url)["url"]

    async def _come_back(self) -> AuthorizationCodeResult:
        query = {name: told[0] for name, told in parse_qs(urlsplit(self._arrived).query).items()}
        return AuthorizationCodeResult(
            code=query["code"], state=query.get("state"), iss=query.get("iss")
        )

    async def get_tokens(self) -> OAuthToken | None:
        return self.tokens

    async def set_tokens(self, tokens: OAuthToken) -> None:
        self.tokens = tokens

    async def get_client_info(self) -> OAuthClientInformationFull | None:
        return self.client

    async def set_client_info(self, client_info: OAuthClientInformationFull) -> None:
        self.client = client_info
