"""A client app, a third party and a browser, as the pages meet them."""

import pytest
from allauth.socialaccount.models import SocialApp
from django.test import Client as Browser

from accounts.models import User
from accounts.oauth_server.models import Client
from tests.accounts.second_factors.authenticators import confirmed


@pytest.fixture
def notes(db: None) -> Client:
    return Client.objects.create(
        name="Garden <b>Notes</b>",
        client_id="garden-notes",
        client_type=Client.CLIENT_PUBLIC,
        redirect_uris="https://garden.example/callback",
    )


@pytest.fixture
def example_id(db: None) -> SocialApp:
    return SocialApp.objects.create(
        provider="openid_connect",
        provider_id="example",
        name="Example ID",
        client_id="latchkey",
        settings={"server_url": "http://127.0.0.1:9/"},
    )


@pytest.fixture
def alices_browser(alice: User) -> Browser:
    browser = Browser()
    browser.force_login(alice)
    return browser


@pytest.fixture
def desk(bob: User) -> Browser:
    """Bob's browser, in which he has just shown two factors; Bob is the admin."""
    bob.is_staff = bob.is_superuser = True
    bob.save()
    return confirmed(bob)
