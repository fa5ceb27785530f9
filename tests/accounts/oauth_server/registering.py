"""A client app that registers itself, as its own developer would write that."""

import json
from typing import Any
from urllib.parse import urlsplit

from django.http import HttpResponse
from django.test import Client as Browser

from accounts.oauth_server.models import Client
from tests.accounts.oauth_server.app import App

ENDPOINT = "/oauth/register/"
CALLBACK = "https://album.example/callback"


def metadata(**changes: Any) -> dict[str, Any]:
    """What the app tells of itself, with `changes`; `...` takes a member away."""
    told = {"client_name": "Photo Album", "redirect_uris": [CALLBACK]} | changes
    return {name: value for name, value in told.items() if value is not ...}


def bearer(token: str | None) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"} if token else {}


def send(
    body: Any, token: str | None = None, *, method: str = "POST", address: str = ENDPOINT
) -> HttpResponse:
    """Send `body`: a string or bytes as they are, anything else as JSON."""
    data = body if isinstance(body, str | bytes) else json.dumps(body)
    return Browser().generic(
        method, address, data, content_type="application/json", headers=bearer(token)
    )


def register(token: str | None = None, **changes: Any) -> dict[str, Any]:
    """Register and return the answer."""
    response = send(metadata(**changes), token)
    assert response.status_code == 201, response.content
    return response.json()


def manage(
    registered: dict[str, Any], method: str = "GET", body: Any = "", token: str | None = ""
) -> HttpResponse:
    """Call the registration's own address, with its own token unless `token` says otherwise."""
    token = registered["registration_access_token"] if token == "" else token
    address = urlsplit(registered["registration_client_uri"]).path
    return send(body, token, method=method, address=address)


def app_of(registered: dict[str, Any]) -> App:
    """The app at work, with what it was given."""
    client = Client.objects.get(client_id=registered["client_id"])
    uri = registered["redirect_uris"][0]
    return App(client, registered.get("client_secret"), redirect_uri=uri)
