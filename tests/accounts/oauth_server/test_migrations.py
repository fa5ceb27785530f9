"""What was issued before a migration works after it, and after it was taken back."""

from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.test import Client as Browser

from accounts.models import User
from accounts.oauth_server.models import Client
from tests.accounts.oauth_server.app import App, answer_in, me
from tests.accounts.oauth_server.conftest import register

DEVICE_CODE = "urn:ietf:params:oauth:grant-type:device_code"


@pytest.mark.django_db(transaction=True)
def test_what_was_issued_outlives_columns_and_an_unverified_app_asks_for_consent_from_now_on(
    alice: User,
) -> None:
    """Both in one, as to go back and on takes longer than all else here."""
    app: App = register("TV", grant_types=f"authorization_code refresh_token {DEVICE_CODE}")
    register("Moved")
    register("Ours")
    tokens = app.tokens_for(alice)
    browser = Browser()
    browser.force_login(alice)
    code = answer_in(app.send(browser))["code"]
    device = app.post("/oauth/device-authorization/", {"scope": "openid"}).json()

    try:
        call_command("migrate", "oauth_server", "0011", verbosity=0)
        clients = _clients_of_before()
        clients.filter(name__in=["Moved", "Ours"]).update(skip_authorization=True)
        clients.filter(name="Moved").update(is_verified=False)
        call_command("migrate", "oauth_server", "0010", verbosity=0)
    finally:
        call_command("migrate", verbosity=0)  # what stands on it of other apps, too

    assert me(tokens["access_token"]).status_code == 200
    assert app.refresh(tokens["refresh_token"]).status_code == 200
    assert app.redeem(code).status_code == 200
    form = {"grant_type": DEVICE_CODE, "device_code": device["device_code"]}
    assert app.post("/oauth/token/", form).json()["error"] == "authorization_pending"
    skips = dict(Client.objects.values_list("name", "skip_authorization"))
    assert skips == {"TV": False, "Moved": False, "Ours": True}


def _clients_of_before() -> Any:
    loader = MigrationExecutor(connection).loader
    before = loader.project_state(("oauth_server", "0011_unread_columns"))
    return before.apps.get_model("oauth_server", "Client").objects
