"""Token revocation (RFC 7009)."""

from accounts.models import User
from tests.accounts.oauth_server.app import App, error_in, me


def test_revoking_a_refresh_token_ends_its_sign_in(app: App, alice: User) -> None:
    tokens = app.tokens_for(alice)

    response = app.post("/oauth/revoke/", {"token": tokens["refresh_token"]})

    assert response.status_code == 200
    assert me(tokens["access_token"]).status_code == 401
    assert error_in(app.refresh(tokens["refresh_token"])) == (400, "invalid_grant")


def test_revoking_an_access_token_ends_its_sign_in(app: App, alice: User) -> None:
    tokens = app.tokens_for(alice)

    app.post("/oauth/revoke/", {"token": tokens["access_token"], "token_type_hint": "nonsense"})

    assert me(tokens["access_token"]).status_code == 401
    assert error_in(app.refresh(tokens["refresh_token"])) == (400, "invalid_grant")


def test_a_client_can_revoke_its_own_tokens_only(app: App, other_app: App, alice: User) -> None:
    tokens = app.tokens_for(alice)

    response = other_app.post("/oauth/revoke/", {"token": tokens["refresh_token"]})

    assert response.status_code == 200
    assert me(tokens["access_token"]).status_code == 200


def test_a_public_client_can_revoke(native_app: App, alice: User) -> None:
    tokens = native_app.tokens_for(alice)

    assert native_app.post("/oauth/revoke/", {"token": tokens["access_token"]}).status_code == 200
    assert me(tokens["access_token"]).status_code == 401


def test_an_unknown_token_is_as_good_as_revoked(app: App) -> None:
    assert app.post("/oauth/revoke/", {"token": "unknown"}).status_code == 200


def test_revoking_needs_a_token_and_a_client(app: App) -> None:
    assert error_in(app.post("/oauth/revoke/", {})) == (400, "invalid_request")
    app.secret = "wrong"
    assert error_in(app.post("/oauth/revoke/", {"token": "x"})) == (401, "invalid_client")


def test_a_client_that_acts_for_itself_can_revoke(app: App) -> None:
    token = app.post("/oauth/token/", {"grant_type": "client_credentials"}).json()["access_token"]

    app.post("/oauth/revoke/", {"token": token})

    assert app.introspect(token) == {"active": False}
