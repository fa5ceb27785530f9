"""Corners of RFC 7009, 7662, 8628, 9207, 8414 and 9728 that no story of its own leads through."""

from datetime import timedelta

import pytest
from django.test import Client as Browser
from django.utils import timezone

from accounts.models import User
from accounts.oauth_server.models import AccessToken, RefreshToken
from tests.accounts.oauth_server.app import App, error_in, me
from tests.accounts.oauth_server.grants.test_device_flow import poll, start, television

__all__ = ["television"]


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


def test_what_a_device_is_told_is_kept_by_nobody(television: App) -> None:
    response = television.post("/oauth/device-authorization/", {"scope": "openid"})

    assert response["Cache-Control"] == "no-store"
    assert error_in(poll(television, response.json()["device_code"])) == (
        400,
        "authorization_pending",
    )


@pytest.mark.parametrize("code", [None, "", "x", "x" * 300])
def test_a_device_without_a_good_code_is_told_so(television: App, code: str | None) -> None:
    """Stock answers: 500 and 404."""
    start(television)
    form = {"grant_type": "urn:ietf:params:oauth:grant-type:device_code"}
    form |= {} if code is None else {"device_code": code}
    status, error = error_in(television.post("/oauth/token/", form))

    assert (status, error) == (400, "invalid_grant" if code else "invalid_request")


def test_a_deactivated_person_is_gone_everywhere_at_once(app: App, alice: User) -> None:
    tokens = app.tokens_for(alice)
    User.objects.filter(pk=alice.pk).update(is_active=False)
    headers = {"Authorization": f"Bearer {tokens['access_token']}"}

    assert me(tokens["access_token"]).status_code == 401
    assert Browser().get("/oauth/userinfo/", headers=headers).status_code == 401
    assert app.introspect(tokens["access_token"]) == {"active": False}
    assert app.introspect(tokens["refresh_token"]) == {"active": False}
    assert error_in(app.refresh(tokens["refresh_token"])) == (400, "invalid_grant")


def test_an_id_token_opens_neither_the_api_nor_userinfo(app: App, alice: User) -> None:
    id_token = app.tokens_for(alice)["id_token"]
    headers = {"Authorization": f"Bearer {id_token}"}

    assert me(id_token).status_code == 401
    assert Browser().get("/oauth/userinfo/", headers=headers).status_code == 401


@pytest.mark.parametrize("grant_type", ["password", "implicit", "urn:of:nobody", ""])
def test_grants_that_do_not_exist_are_refused(app: App, grant_type: str) -> None:
    form = {"grant_type": grant_type, "username": "alice@example.com", "password": "x"}
    status, error = error_in(app.post("/oauth/token/", form))

    assert status == 400
    assert error in ("unsupported_grant_type", "invalid_request")


@pytest.mark.parametrize(
    "address",
    [
        "/.well-known/openid-configuration",
        "/.well-known/oauth-authorization-server",
        "/.well-known/oauth-protected-resource/api/v1",
    ],
)
def test_metadata_is_json_that_only_reading_gets(db: None, address: str) -> None:
    assert Browser().get(address)["Content-Type"] == "application/json"
    assert Browser().post(address).status_code == 405
