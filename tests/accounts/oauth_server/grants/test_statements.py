"""How many statements a token request costs: on PostgreSQL each is a round trip.

Of its client's limit a share was taken by a request before it (accounts/limits/shares.py).
"""

from collections.abc import Callable

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from accounts.oauth_server.models import DeviceGrant
from accounts.oauth_server.models.client import DEVICE_CODE
from tests.accounts.oauth_server.app import App

pytestmark = pytest.mark.django_db(transaction=True)  # else a test's own would hide a savepoint

# Of a transaction's own, PostgreSQL is told with what follows it.
TRANSACTION = ("BEGIN", "COMMIT")


def cost(ask: Callable[[], HttpResponse]) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert ask().status_code == 200
    asked = [each["sql"] for each in captured]
    assert not [sql for sql in asked if "SAVEPOINT" in sql]
    return len([sql for sql in asked if not sql.startswith(TRANSACTION)])


def on(*, postgresql: int, sqlite: int) -> int:
    return {"postgresql": postgresql, "sqlite": sqlite}[connection.vendor]


def test_client_credentials_cost_two(app: App) -> None:
    def ask() -> HttpResponse:
        return app.post("/oauth/token/", {"grant_type": "client_credentials"})

    ask()  # the first one notes that the secret is in use

    # The client; the token, and its event.
    assert cost(ask) == on(postgresql=2, sqlite=3)


def test_a_code_costs_four(app: App, alice: User) -> None:
    app.tokens_for(alice)  # the first makes the signing key
    code = app.code_for(alice)

    # The client; what is presented, under lock; the signing key; that the code is
    # redeemed, access and refresh token, last use, and the event.
    assert cost(lambda: app.redeem(code)) == on(postgresql=4, sqlite=8)


def test_a_refresh_costs_four(app: App, alice: User) -> None:
    token = app.tokens_for(alice)["refresh_token"]

    # The client; what is presented, under lock; the signing key; that it is
    # superseded, the end of the old access token, the new one, the next refresh token, last use,
    # and the event.
    assert cost(lambda: app.refresh(token)) == on(postgresql=4, sqlite=9)


def test_a_retried_refresh_costs_three(app: App, alice: User) -> None:
    token = app.tokens_for(alice)["refresh_token"]
    app.refresh(token)

    assert cost(lambda: app.refresh(token)) == on(postgresql=3, sqlite=3)


def test_a_public_client_costs_no_more(native_app: App, alice: User) -> None:
    native_app.tokens_for(alice)
    code = native_app.code_for(alice)

    assert cost(lambda: native_app.redeem(code)) == on(postgresql=4, sqlite=8)


def device_code(app: App, person: User) -> str:
    """A device code that `person` has allowed."""
    app.client.grant_types += f" {DEVICE_CODE}"
    app.client.save()
    code, user_code = DeviceGrant.objects.start(app.client, frozenset({"openid"}))
    browser = Browser()
    browser.force_login(person)
    browser.post("/oauth/device/decision/", {"user_code": user_code, "decision": "allow"})
    return code


def test_a_device_code_costs_seven(app: App, alice: User) -> None:
    app.tokens_for(alice)
    form = {"grant_type": DEVICE_CODE, "device_code": device_code(app, alice)}

    # The client; what is presented; the authorization and the grant, under lock;
    # that it was asked about; the signing key; all that is written.
    assert cost(lambda: app.post("/oauth/token/", form)) == on(postgresql=7, sqlite=11)
