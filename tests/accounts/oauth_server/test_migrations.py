"""What was issued before a migration works after it, and after it was taken back."""

import pytest
from django.core.management import call_command
from django.test import Client as Browser

from accounts.models import User
from tests.accounts.oauth_server.app import App, answer_in, me
from tests.accounts.oauth_server.conftest import register

DEVICE_CODE = "urn:ietf:params:oauth:grant-type:device_code"


@pytest.mark.django_db(transaction=True)
def test_what_was_issued_outlives_the_columns_that_nothing_read(alice: User) -> None:
    app: App = register("TV", grant_types=f"authorization_code refresh_token {DEVICE_CODE}")
    tokens = app.tokens_for(alice)
    browser = Browser()
    browser.force_login(alice)
    code = answer_in(app.send(browser))["code"]
    device = app.post("/oauth/device-authorization/", {"scope": "openid"}).json()

    try:
        call_command("migrate", "oauth_server", "0010", verbosity=0)
    finally:
        call_command("migrate", "oauth_server", verbosity=0)

    assert me(tokens["access_token"]).status_code == 200
    assert app.refresh(tokens["refresh_token"]).status_code == 200
    assert app.redeem(code).status_code == 200
    form = {"grant_type": DEVICE_CODE, "device_code": device["device_code"]}
    assert app.post("/oauth/token/", form).json()["error"] == "authorization_pending"
