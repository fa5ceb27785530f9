"""PKCE is required; an admin may let a client that keeps a secret go without, and no other."""

from typing import Any

import pytest
from django.core.management import CommandError, call_command

from accounts.models import User
from accounts.oauth_server.models import Client
from tests.accounts.oauth_server.app import App, answer_in, error_in
from tests.accounts.oauth_server.registering import app_of, register

NONE: dict[str, Any] = {"code_challenge": None, "code_challenge_method": None}


@pytest.fixture
def old_app(app: App) -> App:
    """An app that knows no PKCE and sends a nonce instead."""
    Client.objects.update(pkce=Client.PKCE_OR_NONCE)
    return app


@pytest.fixture
def signed_in(client: Any, alice: User) -> Any:
    client.force_login(alice)
    return client


def test_no_app_goes_without_unless_an_admin_says_so(app: App, signed_in: Any) -> None:
    answer = answer_in(app.send(signed_in, nonce="n", **NONE))

    assert answer["error"] == "invalid_request"


def test_a_nonce_takes_its_place_where_an_admin_says_so(old_app: App, alice: User) -> None:
    code = old_app.code_for(alice, nonce="n", **NONE)

    assert "id_token" in old_app.redeem(code, code_verifier=None).json()


@pytest.mark.parametrize("change", [{"nonce": None}, {"nonce": ""}, {"scope": "profile"}])
def test_without_a_nonce_that_comes_back_it_is_refused(
    old_app: App, signed_in: Any, change: dict[str, Any]
) -> None:
    answer = answer_in(old_app.send(signed_in, **({"nonce": "n"} | NONE | change)))

    assert answer["error"] == "invalid_request"
    assert answer["state"] == "state-of-the-app"


def test_an_app_may_be_let_off_both(app: App, alice: User) -> None:
    Client.objects.update(pkce=Client.PKCE_WAIVED)
    code = app.code_for(alice, **NONE)

    assert app.redeem(code, code_verifier=None).status_code == 200


def test_a_challenge_counts_all_the_same(old_app: App, alice: User) -> None:
    for verifier, error in ((None, "invalid_grant"), ("x" * 43, "invalid_grant")):
        code = old_app.code_for(alice, nonce="n")
        assert error_in(old_app.redeem(code, code_verifier=verifier)) == (400, error)
    assert old_app.redeem(old_app.code_for(alice, nonce="n")).status_code == 200


def test_a_plain_challenge_is_refused_all_the_same(old_app: App, signed_in: Any) -> None:
    plain = {"code_challenge": "x" * 43, "code_challenge_method": "plain"}

    assert answer_in(old_app.send(signed_in, nonce="n", **plain))["error"] == "invalid_request"


def test_a_verifier_for_a_code_without_a_challenge_is_refused(old_app: App, alice: User) -> None:
    code = old_app.code_for(alice, nonce="n", **NONE)

    assert error_in(old_app.redeem(code)) == (400, "invalid_grant")


def test_an_empty_challenge_is_none(app: App, signed_in: Any) -> None:
    answer = answer_in(app.send(signed_in, code_challenge="", nonce="n"))

    assert answer["error"] == "invalid_request"


def test_an_app_without_a_secret_is_never_let_off(native_app: App, signed_in: Any) -> None:
    Client.objects.update(pkce=Client.PKCE_WAIVED)  # as an admin could not

    answer = answer_in(native_app.send(signed_in, nonce="n", **NONE))
    assert answer["error"] == "invalid_request"
    assert "code" in answer_in(native_app.ask(signed_in, nonce="n"))


@pytest.mark.parametrize(("kind", "is_possible"), [("confidential", True), ("public", False)])
def test_the_command_lets_off_only_who_keeps_a_secret(
    kind: str, is_possible: bool, db: None
) -> None:
    command = ("register_client", "--name", "Old", "--redirect-uri", "https://old.example/cb")

    if is_possible:
        call_command(*command, "--kind", kind, "--pkce", "or-nonce")
        assert Client.objects.get().pkce == Client.PKCE_OR_NONCE
        return
    with pytest.raises(CommandError, match="required for public clients"):
        call_command(*command, "--kind", kind, "--pkce", "or-nonce")


def test_apps_that_register_themselves_go_without_where_the_operator_says_so(
    alice: User, settings: Any
) -> None:
    settings.REGISTRATION, settings.REGISTRATION_PKCE = "open", Client.PKCE_WAIVED
    code = app_of(register()).code_for(alice, scope="openid", **NONE)
    assert code

    public = app_of(register(token_endpoint_auth_method="none"))
    assert public.client.is_pkce_needed(nonce="n", scopes=frozenset({"openid"}))
    settings.REGISTRATION_PKCE = Client.PKCE_REQUIRED
    assert app_of(register()).client.is_pkce_needed(nonce="n", scopes=frozenset({"openid"}))
