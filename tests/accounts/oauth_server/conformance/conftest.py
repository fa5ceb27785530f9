"""The suite's client as an admin registers it for the basic plan, and a person who told all."""

import pytest
from django.test import Client as Browser

from accounts.models import User
from tests.accounts.oauth_server.claims.test_release import ALL, told
from tests.accounts.oauth_server.conformance.walk import PlainApp
from tests.accounts.oauth_server.conftest import register
from tests.conftest import PASSWORD

__all__ = ["told"]

CALLBACK = "https://suite.example/test/a/latchkey/callback"
SECOND_CALLBACK = f"{CALLBACK}?dummy1=lorem&dummy2=ipsum"
LOGGED_OUT = "https://suite.example/test/a/latchkey/post_logout_redirect"


def _plain_app(name: str, redirect_uri: str) -> PlainApp:
    app = register(
        name,
        redirect_uris=f"{CALLBACK} {SECOND_CALLBACK}",
        post_logout_redirect_uris=LOGGED_OUT,
        scopes=f"{ALL} offline_access",
        pkce="waived",
    )
    return PlainApp(app.client, app.secret, redirect_uri=redirect_uri)


@pytest.fixture
def app(db: None) -> PlainApp:
    return _plain_app("Suite", CALLBACK)


@pytest.fixture
def second_app(db: None) -> PlainApp:
    """The suite's second client, whose redirect URI has a query of its own."""
    return _plain_app("Suite, second client", SECOND_CALLBACK)


@pytest.fixture
def browser(told: User) -> Browser:
    """In which Alice has just signed in with her password. She reads English."""
    User.objects.filter(pk=told.pk).update(locale="en-GB")
    browser = Browser()
    browser.post("/accounts/login/", {"login": told.email, "password": PASSWORD})
    return browser
