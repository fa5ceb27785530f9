"""Which scopes a request gets, at every endpoint that is asked for scopes."""

from typing import Any

import jwt
import pytest
from django.core.management import call_command
from django.test import Client as Browser

from accounts.models import User
from accounts.oauth_server.models import Client
from tests.accounts.oauth_server.app import App, answer_in, error_in
from tests.accounts.oauth_server.conftest import register

BEYOND = "openid profile address"  # the last of which the apps here may not have


@pytest.fixture
def strict(db: None) -> App:
    """An app that signs people in and acts for itself, in each way that there is."""
    return register(
        "Photo Album",
        grant_types="authorization_code refresh_token client_credentials "
        "urn:ietf:params:oauth:grant-type:device_code",
        scopes="openid profile email",
        default_scopes="profile",
    )


@pytest.fixture
def forgiving(strict: App) -> App:
    strict.client.leaves_out_scopes = True
    strict.client.save()
    return strict


@pytest.fixture
def alices(alice: User) -> Browser:
    browser = Browser()
    browser.force_login(alice)
    return browser


def for_itself(app: App, scope: str) -> Any:
    return app.post("/oauth/token/", {"grant_type": "client_credentials", "scope": scope})


def on_a_device(app: App, person: Browser, scope: str) -> str:
    """The scope that a device ends up with."""
    device = app.post("/oauth/device-authorization/", {"scope": scope}).json()
    allowed = {"user_code": device["user_code"], "decision": "allow", "scope": ["profile"]}
    person.post("/oauth/device/decision/", allowed)
    grant = "urn:ietf:params:oauth:grant-type:device_code"
    form = {"grant_type": grant, "device_code": device["device_code"]}
    return str(app.post("/oauth/token/", form).json()["scope"])


# --- what the site does not know ---


def test_an_unknown_scope_is_ignored_wherever_scopes_are_asked_for(
    strict: App, alice: User, alices: Browser
) -> None:
    tokens = strict.tokens_for(alice, scope="openid profile dex:groups claudeai")
    refreshed = strict.refresh(tokens["refresh_token"], scope="openid profile dex:groups").json()

    assert tokens["scope"] == refreshed["scope"] == "openid profile"
    assert for_itself(strict, "email claudeai").json()["scope"] == "email"
    assert on_a_device(strict, alices, "openid profile claudeai") == "openid profile"


def test_unknown_ones_alone_get_what_a_request_without_scopes_gets(
    strict: App, alice: User, alices: Browser
) -> None:
    tokens = strict.tokens_for(alice, scope="claudeai")
    assert tokens["scope"] == "profile" == strict.tokens_for(alice, scope=None)["scope"]
    refreshed = strict.refresh(tokens["refresh_token"], scope="claudeai").json()
    assert refreshed["scope"] == "profile"
    assert for_itself(strict, "claudeai").json()["scope"] == "profile"
    assert on_a_device(strict, alices, "claudeai") == "profile"


def test_where_that_is_nothing_they_are_named(strict: App, alices: Browser) -> None:
    strict.client.default_scopes = ""
    strict.client.save()

    told = answer_in(strict.send(alices, scope="claudeai"))
    assert told["error"] == "invalid_scope"
    assert "claudeai" in told["error_description"]
    assert error_in(for_itself(strict, "claudeai")) == (400, "invalid_scope")


def test_the_consent_page_tells_of_known_ones_alone(strict: App, alices: Browser) -> None:
    page = strict.send(alices, scope="openid email claudeai")
    assert [scope.name for scope in page.context["optional_scopes"]] == ["email"]
    assert [scope.name for scope in page.context["scopes"]] == ["openid"]


# --- what the client may not have ---


def test_a_known_scope_that_it_may_not_have_is_named(strict: App, alices: Browser) -> None:
    told = answer_in(strict.send(alices, scope=f"{BEYOND} claudeai"))
    assert told["error"] == "invalid_scope"
    assert told["error_description"].endswith(": address")
    device = strict.post("/oauth/device-authorization/", {"scope": BEYOND})
    assert device.json()["error_description"].endswith(": address")
    assert for_itself(strict, "email address").json()["error_description"].endswith(": address")


def test_it_is_left_out_where_an_admin_chose_that(
    forgiving: App, alice: User, alices: Browser
) -> None:
    tokens = forgiving.tokens_for(alice, scope=BEYOND)
    refreshed = forgiving.refresh(tokens["refresh_token"], scope=f"{BEYOND} email").json()

    assert tokens["scope"] == refreshed["scope"] == "openid profile"
    assert for_itself(forgiving, "openid email introspection").json()["scope"] == "email"
    assert on_a_device(forgiving, alices, BEYOND) == "openid profile"


def test_where_nothing_is_left_it_is_named_all_the_same(
    forgiving: App, alice: User, alices: Browser
) -> None:
    told = answer_in(forgiving.send(alices, scope="introspection address claudeai"))
    assert told["error"] == "invalid_scope"
    assert told["error_description"].endswith(": address introspection")
    refresh_token = forgiving.tokens_for(alice, scope="profile")["refresh_token"]
    assert error_in(forgiving.refresh(refresh_token, scope="email")) == (400, "invalid_scope")
    device = forgiving.post("/oauth/device-authorization/", {"scope": "introspection"})
    assert error_in(device) == error_in(for_itself(forgiving, "introspection"))
    assert error_in(device) == (400, "invalid_scope")


def test_without_openid_there_is_no_id_token_and_a_nonce_replaces_no_challenge(
    forgiving: App, alice: User, alices: Browser
) -> None:
    client = forgiving.client
    client.scopes, client.default_scopes, client.pkce = "profile", "", Client.PKCE_OR_NONCE
    client.save()

    assert "id_token" not in forgiving.tokens_for(alice, scope="openid profile")
    challenge = {"code_challenge": None, "code_challenge_method": None}
    refused = forgiving.send(alices, scope="openid profile", nonce="n-1", **challenge)
    assert answer_in(refused)["error"] == "invalid_request"


# --- who is treated so ---


def test_a_client_that_registers_itself_is_forgiven(db: None, settings: Any) -> None:
    settings.REGISTRATION = "open"
    metadata = {"redirect_uris": ["https://app.example/callback"], "scope": "claudeai"}
    answer = Browser().post("/oauth/register/", metadata, content_type="application/json")

    assert answer.json()["scope"] == "openid profile email offline_access"
    assert Client.objects.get().leaves_out_scopes


def test_an_unknown_scope_beside_one_that_none_may_register_gives_none(
    db: None, settings: Any
) -> None:
    settings.REGISTRATION = "open"
    metadata = {"redirect_uris": ["https://app.example/callback"], "scope": "introspection x"}
    answer = Browser().post("/oauth/register/", metadata, content_type="application/json")
    assert error_in(answer) == (400, "invalid_client_metadata")


def test_an_admin_chooses_it_at_a_command_line(db: None) -> None:
    address = "--redirect-uri=https://app.example/callback"
    call_command("register_client", "--name=Album", address, "--leave-out-scopes")
    call_command("register_client", "--name=Strict", address)

    chosen = dict(Client.objects.values_list("name", "leaves_out_scopes"))
    assert chosen == {"Album": True, "Strict": False}


def test_an_id_token_has_no_more_for_what_was_left_out(forgiving: App, alice: User) -> None:
    forgiving.client.claims_in_id_token = True
    forgiving.client.save()
    token = forgiving.tokens_for(alice, scope="openid email address")["id_token"]
    told = jwt.decode(token, options={"verify_signature": False})
    assert told["email"] == "alice@example.com"
    assert not {"address", "name"} & set(told)
