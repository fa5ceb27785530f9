"""What was issued before a migration is there after it, and after it was taken back."""

import pytest
from django.apps import apps
from django.db.models import Model
from django.test import Client as Browser

from accounts.models import User
from tests.accounts.oauth_server.app import App, answer_in
from tests.accounts.oauth_server.conftest import register
from tests.earlier import Earlier, Rows, tables_after

pytestmark = pytest.mark.django_db(transaction=True)

DEVICE_CODE = "urn:ietf:params:oauth:grant-type:device_code"
ACCOUNTS = ("accounts", "0010_addresses_that_count")
BEFORE = ("oauth_server", "0010_waiting_logout_tokens")
COLUMNS_GO = ("oauth_server", "0011_unread_columns")
ONLY_VERIFIED = ("oauth_server", "0012_only_verified_clients_skip_consent")
ISSUED = ("AccessToken", "RefreshToken", "AuthorizationCode", "DeviceGrant", "Authorization")


def stored(*names: str) -> dict[type[Model], Rows]:
    models = [apps.get_model(name) for name in names]
    return {model: list(model._base_manager.values()) for model in models}


def issued_in(then: Earlier) -> dict[str, Rows]:
    """The rows of what was issued, in the columns of today that were there before and after."""
    of_both = {
        name: {field.attname for field in apps.get_model("oauth_server", name)._meta.fields}
        & {field.attname for field in then.model(f"oauth_server.{name}")._meta.fields}
        for name in ISSUED
    }
    return {
        name: [
            {column: row[column] for column in columns - {"is_outdated"}}
            for row in then.rows(f"oauth_server.{name}")
        ]
        for name, columns in of_both.items()
    }


def test_what_was_issued_outlives_columns_that_go_and_come_back(alice: User) -> None:
    app: App = register("TV", grant_types=f"authorization_code refresh_token {DEVICE_CODE}")
    app.tokens_for(alice)
    browser = Browser()
    browser.force_login(alice)
    answer_in(app.send(browser))
    app.post("/oauth/device-authorization/", {"scope": "openid"})
    today = stored("accounts.User", *(f"oauth_server.{name}" for name in ("Client", *ISSUED)))

    with tables_after(ACCOUNTS, BEFORE) as then:
        then.bring(today)
        issued = issued_in(then)
        assert all(issued.values())
        then.go_on(COLUMNS_GO, ONLY_VERIFIED)
        assert issued_in(then) == issued
        then.go_back(ONLY_VERIFIED, COLUMNS_GO)
        assert issued_in(then) == issued


def test_an_app_that_is_not_verified_asks_for_consent_from_then_on() -> None:
    skips = {"TV": False, "Moved": True, "Ours": True}
    with tables_after(ACCOUNTS, COLUMNS_GO) as then:
        clients = then.model("oauth_server.Client").objects
        for name, skip in skips.items():
            verified = name != "Moved"
            clients.create(name=name, client_id=name, skip_authorization=skip, is_verified=verified)
        then.go_on(ONLY_VERIFIED)
        found = {row["name"]: row["skip_authorization"] for row in then.rows("oauth_server.Client")}
    assert found == skips | {"Moved": False}
