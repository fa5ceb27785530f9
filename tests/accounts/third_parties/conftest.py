"""A third party to sign in with, set up as an admin would, and browsers for the cast."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from allauth.socialaccount.models import SocialApp
from django.test import Client

from accounts.third_parties import registration
from tests.accounts.third_parties.scripted_provider import (
    CLIENT_ID,
    CLIENT_SECRET,
    Browser,
    ScriptedProvider,
)


@pytest.fixture(scope="session")
def running_provider() -> Iterator[ScriptedProvider]:
    provider = ScriptedProvider()
    yield provider
    provider.stop()


@pytest.fixture
def provider(running_provider: ScriptedProvider) -> ScriptedProvider:
    running_provider.reset()
    return running_provider


@pytest.fixture
def register(db: None, provider: ScriptedProvider) -> Callable[..., SocialApp]:
    """Register the third party under an ID; `trusted` is the admin's tick."""

    def do(provider_id: str = "example", *, trusted: bool = True, **settings: Any) -> SocialApp:
        app = SocialApp(
            provider="openid_connect",
            provider_id=provider_id,
            name="Example ID",
            client_id=CLIENT_ID,
            settings={"server_url": provider.issuer, "email_authentication": trusted, **settings},
        )
        registration.check(app)
        registration.save(app, secret=CLIENT_SECRET)
        return app

    return do


@pytest.fixture
def browser(client: Client, provider: ScriptedProvider, register: Callable[..., Any]) -> Browser:
    """At a site that trusts the third party's e-mail addresses."""
    register()
    return Browser(client, provider)


@pytest.fixture
def wary_browser(
    client: Client, provider: ScriptedProvider, register: Callable[..., Any]
) -> Browser:
    """At a site that does not trust the third party's e-mail addresses."""
    register(trusted=False)
    return Browser(client, provider)


@pytest.fixture
def impatient(settings: Any) -> None:
    settings.SOCIALACCOUNT_REQUESTS_TIMEOUT = 0.4
