"""Token introspection (RFC 7662)."""

from datetime import timedelta

import pytest
from django.test import Client as Browser
from django.utils import timezone

from accounts.models import User
from accounts.oauth_server.models import AccessToken, RefreshToken
from tests.accounts.oauth_server.app import App, error_in


def test_a_client_learns_all_about_its_own_token(app: App, alice: User) -> None:
    answer = app.introspect(app.tokens_for(alice)["access_token"])

    assert answer["active"] is True
    assert answer["sub"] == alice.sub
    assert answer["iss"] == "http://testserver"
    assert answer["client_id"] == app.client.client_id
    assert answer["token_type"] == "Bearer"
    assert answer["scope"] == "openid profile email"
    assert answer["exp"] > answer["iat"]


def test_a_client_learns_nothing_about_another_clients_token(
    app: App, other_app: App, alice: User
) -> None:
    assert other_app.introspect(app.tokens_for(alice)["access_token"]) == {"active": False}


def test_a_resource_server_may_ask_about_any(app: App, resource_server: App, alice: User) -> None:
    tokens = app.tokens_for(alice)

    assert resource_server.introspect(tokens["access_token"])["active"] is True
    # One that it is shown is stolen: it would take it without the client's secret or its key.
    assert resource_server.introspect(tokens["refresh_token"]) == {"active": False}


def test_a_token_with_the_scope_may_ask(app: App, resource_server: App, alice: User) -> None:
    form = {"grant_type": "client_credentials"}
    asking = resource_server.post("/oauth/token/", form).json()["access_token"]
    asked = app.tokens_for(alice)["access_token"]

    for bearer, status in ((asking, 200), (asked, 403), ("lk_at_wrong", 401)):
        response = Browser().post(
            "/oauth/introspect/",
            f"token={asked}",
            content_type="application/x-www-form-urlencoded",
            headers={"Authorization": f"Bearer {bearer}"},
        )
        assert response.status_code == status
        assert (status == 200) == (response.json().get("active") is True)
        assert (status == 200) != ("WWW-Authenticate" in response)


def test_a_superseded_refresh_token_is_inactive(app: App, alice: User) -> None:
    token = app.tokens_for(alice)["refresh_token"]
    app.refresh(token)

    assert app.introspect(token) == {"active": False}


def test_an_id_token_is_not_a_token_here(app: App, alice: User) -> None:
    assert app.introspect(app.tokens_for(alice)["id_token"]) == {"active": False}


def test_nobody_asks_without_a_secret(native_app: App, alice: User) -> None:
    token = native_app.tokens_for(alice)["access_token"]

    for grant_type in ("", "urn:ietf:params:oauth:grant-type:device_code"):
        response = native_app.post("/oauth/introspect/", {"token": token, "grant_type": grant_type})
        assert error_in(response) == (401, "invalid_client")


def test_introspection_takes_post_only(app: App) -> None:
    response = Browser().get("/oauth/introspect/", headers=app.authorization)

    assert response.status_code == 405


@pytest.mark.parametrize("hint", ["access_token", "refresh_token", "nonsense", ""])
@pytest.mark.parametrize("kind", ["access_token", "refresh_token"])
def test_a_hint_about_the_token_may_be_wrong(app: App, alice: User, hint: str, kind: str) -> None:
    """RFC 7009 section 2.1 and RFC 7662 section 2.1: the search goes on to all types."""
    tokens = app.tokens_for(alice)
    form = {"token": tokens[kind], "token_type_hint": hint}

    assert app.post("/oauth/introspect/", form).json()["active"] is True
    assert app.post("/oauth/revoke/", form).status_code == 200
    assert app.post("/oauth/introspect/", form).json() == {"active": False}


def test_an_expired_token_is_inactive_and_nothing_more_is_said(app: App, alice: User) -> None:
    tokens = app.tokens_for(alice)
    past = timezone.now() - timedelta(seconds=1)
    AccessToken.objects.update(expires=past)
    RefreshToken.objects.update(expires=past)

    for kind in ("access_token", "refresh_token"):
        assert app.introspect(tokens[kind]) == {"active": False}


def test_what_introspection_and_revocation_say_is_kept_by_nobody(app: App, alice: User) -> None:
    token = app.tokens_for(alice)["access_token"]

    for endpoint in ("introspect", "revoke"):
        response = app.post(f"/oauth/{endpoint}/", {"token": token})
        assert response["Cache-Control"] == "no-store"


def test_introspection_needs_a_token(app: App) -> None:
    assert error_in(app.post("/oauth/introspect/", {})) == (400, "invalid_request")
