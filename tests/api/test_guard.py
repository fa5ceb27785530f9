"""What opens the API, what does not, and what the caller is told."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client as Browser
from django.utils import timezone

from accounts.models import User
from accounts.oauth_server.models import AccessToken, PersonalToken
from accounts.oauth_server.rules.credentials import Kind, mint
from accounts.storage import last_used
from tests.accounts.oauth_server.app import App
from tests.accounts.oauth_server.conftest import app, native_app

__all__ = ["app", "native_app"]


def call(token: str | None, address: str = "/api/v1/me", scheme: str = "Bearer") -> Any:
    headers = {"Authorization": f"{scheme} {token}"} if token is not None else {}
    return Browser().get(address, headers=headers)


def test_no_token_is_challenged_without_an_error(db: None) -> None:
    response = call(None)

    assert response.status_code == 401
    assert response["WWW-Authenticate"] == (
        'Bearer realm="api", scope="profile", '
        'resource_metadata="http://testserver/.well-known/oauth-protected-resource/api/v1"'
    )
    assert response["Content-Type"] == "application/problem+json"
    assert response.json()["status"] == 401


def test_a_wrong_token_is_told_so(app: App, alice: User) -> None:
    tokens = app.tokens_for(alice)
    good = tokens["access_token"]
    wrong = [
        "wrong",
        good[:-1],
        good + "x",
        good.lower(),
        tokens["refresh_token"],
        tokens["id_token"],
        mint(Kind.ACCESS_TOKEN),
        "eyJhbGciOiJub25lIn0.e30.",
        "a.b.c",
        "x" * 7000,
    ]
    for token in wrong:
        response = call(token)
        assert response.status_code == 401, token
        assert 'error="invalid_token"' in response["WWW-Authenticate"]


@pytest.mark.parametrize("header", ["Bearer", "Bearer ", "Bearer a b", "Bearer \x00", "Bearer é"])
def test_a_header_that_cannot_be_read_is_refused(header: str, db: None) -> None:
    response = Browser().get("/api/v1/me", headers={"Authorization": header})

    assert response.status_code == 401
    assert response["WWW-Authenticate"].startswith("Bearer ")


def test_no_other_way_in(app: App, alice: User) -> None:
    token = app.tokens_for(alice)["access_token"]
    signed_in = Browser()
    signed_in.force_login(alice)

    assert signed_in.get("/api/v1/me").status_code == 401
    assert call(None, f"/api/v1/me?access_token={token}").status_code == 401
    assert call(token, scheme="Basic").status_code == 401
    assert call(token, scheme="bearer").status_code == 200


def test_an_expired_token_is_told_so(app: App, alice: User) -> None:
    token = app.tokens_for(alice)["access_token"]
    AccessToken.objects.update(expires=timezone.now() - timedelta(seconds=1))

    response = call(token)
    assert response.status_code == 401
    assert "expired" in response.json()["detail"]


def test_a_token_that_lacks_the_scope_is_told_which(app: App, alice: User) -> None:
    response = call(app.tokens_for(alice)["access_token"], "/api/v1/me/connections")

    assert response.status_code == 403
    assert 'error="insufficient_scope"' in response["WWW-Authenticate"]
    assert 'scope="connections"' in response["WWW-Authenticate"]
    assert response.json()["title"] == "The access token lacks a scope"


def test_me_shows_what_the_scopes_release(app: App, alice: User) -> None:
    response = call(app.tokens_for(alice, scope="profile")["access_token"])

    assert response["Cache-Control"] == "no-store"
    assert set(response.json()) == {"sub", "name", "preferred_username", "updated_at"}


def test_other_methods_and_addresses_are_problems(app: App, alice: User) -> None:
    token = app.tokens_for(alice)["access_token"]
    headers = {"Authorization": f"Bearer {token}"}

    wrong_method = Browser().post("/api/v1/me", {}, headers=headers)
    assert wrong_method.status_code == 405
    assert wrong_method["Content-Type"] == "application/problem+json"
    unknown = Browser().get("/api/v1/nothing", headers=headers)
    assert unknown.status_code == 404
    assert unknown["Content-Type"] == "application/problem+json"


def test_the_schema_is_open_and_names_every_resource(client: Browser, db: None) -> None:
    response = client.get("/api/v1/schema", headers={"Accept": "application/json"})

    assert response.status_code == 200
    document = response.content.decode()
    for address in (
        "/api/v1/me",
        "/api/v1/me/connections",
        "authorizationCode",
        "connections.profile",
    ):
        assert address in document


@pytest.mark.parametrize("scope", ["profile", "openid profile email address phone"])
def test_a_guarded_call_is_one_statement_whatever_is_told(
    app: App, alice: User, django_assert_num_queries: Any, scope: str
) -> None:
    app.client.scopes = scope
    app.client.save()
    token = app.tokens_for(alice, scope=scope)["access_token"]

    with django_assert_num_queries(1):
        assert call(token).status_code == 200
    with django_assert_num_queries(2):  # the other one counts it against its address
        assert call(mint(Kind.ACCESS_TOKEN)).status_code == 401
    with django_assert_num_queries(0):
        assert call("no token of this site").status_code == 401


def test_what_is_about_other_rows_asks_one_more_statement_for_them(
    app: App, alice: User, django_assert_num_queries: Any
) -> None:
    token = app.tokens_for(alice, scope="connections")["access_token"]

    with django_assert_num_queries(2):
        assert call(token, "/api/v1/me/connections").status_code == 200


def test_a_personal_token_is_one_statement_until_its_use_is_news(
    alice: User, django_assert_num_queries: Any
) -> None:
    token = PersonalToken.objects.issue(
        alice, name="script", scopes=frozenset({"profile", "email"}), expires=None
    )
    with django_assert_num_queries(2):  # it was never used
        assert call(token).json()["email_verified"] is True
    with django_assert_num_queries(1):
        call(token)
    PersonalToken.objects.update(last_used=timezone.now() - last_used.PRECISION)
    with django_assert_num_queries(2):
        call(token)
    with django_assert_num_queries(1):
        call(token)
