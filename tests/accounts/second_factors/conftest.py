"""A browser with a passkey of its own, and an app that shows codes."""

from collections.abc import Iterator
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client as Browser

from accounts.models import User
from tests.chromium import console_of
from tests.conftest import PASSWORD
from tests.upstream import TOTP

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


@pytest.fixture
def app(alice: User) -> Authenticator:
    """Alice's authenticator app."""
    row: Authenticator = TOTP.activate(alice, SECRET).instance
    return row


@pytest.fixture
def page(browser: Any, live_server: Any, settings: Any) -> Iterator[Any]:
    """A page of Chromium whose device makes and shows passkeys by itself, unlocked.

    At http://localhost:PORT: passkeys are for https and for localhost.
    """
    settings.SITE_URL = live_server.url
    context = browser.new_context(base_url=live_server.url)
    page = context.new_page()
    page.set_default_timeout(15_000)
    devtools = context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    page.device = devtools.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
                "automaticPresenceSimulation": True,
            }
        },
    )["authenticatorId"]
    page.devtools = devtools
    with console_of(page) as complaints:
        yield page
    context.close()
    assert complaints == []


def give_password(browser: Browser, email: str = "alice@example.com", **more: str) -> Any:
    """Pass the first step."""
    return browser.post("/accounts/login/", {"login": email, "password": PASSWORD, **more})


@pytest.fixture
def at_localhost(settings: Any) -> None:
    """Where passkeys work without https."""
    settings.SITE_URL = "http://localhost"
