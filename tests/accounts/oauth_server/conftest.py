"""The client apps of these tests."""

import pytest

from accounts.oauth_server.models import Client, ClientSecret
from tests.accounts.oauth_server.app import REDIRECT_URI, App


def register(name: str, **fields: str) -> App:
    client = Client(name=name, **{"redirect_uris": REDIRECT_URI} | fields)
    client.client_type = fields.get("client_type", Client.CLIENT_CONFIDENTIAL)
    client.full_clean()
    client.save()
    secret = None if client.is_public else ClientSecret.objects.issue(client)
    return App(client, secret, redirect_uri=client.redirect_uris.split()[0])


@pytest.fixture
def app(db: None) -> App:
    """A web app that can keep a secret, and may also act for itself."""
    return register(
        "Photo Album",
        grant_types="authorization_code refresh_token client_credentials",
        scopes="openid profile email connections connections.profile offline_access",
        default_scopes="profile",
    )


@pytest.fixture
def other_app(db: None) -> App:
    """Another web app, of other people."""
    return register("Guest Book")


@pytest.fixture
def native_app(db: None) -> App:
    """A public app on a person's own device."""
    return register("Terminal", client_type="public", redirect_uris="http://127.0.0.1/callback")


@pytest.fixture
def resource_server(db: None) -> App:
    """Somebody's API, which asks this site about the tokens it is shown."""
    return register(
        "Weather API",
        redirect_uris="https://weather.example/callback",
        grant_types="client_credentials authorization_code",
        scopes="introspection",
        default_scopes="introspection",
    )
