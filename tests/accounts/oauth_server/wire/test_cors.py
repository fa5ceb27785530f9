"""What a browser-based app may read from its own origin, and what no other page may."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client as Browser
from django.utils import timezone

from accounts.models import User
from accounts.oauth_server.models import AccessToken, Client
from tests.accounts.oauth_server.app import App
from tests.accounts.oauth_server.conftest import register

ORIGIN = "https://spa.example"
EVIL = "https://evil.example"

FOR_REGISTERED = {
    "/oauth/token/": "POST",
    "/oauth/revoke/": "POST",
    "/oauth/userinfo/": "GET",
    "/oauth/device-authorization/": "POST",
    "/oauth/par/": "POST",
    "/api/v1/me": "GET",
}


@pytest.fixture
def spa(db: None) -> App:
    """An app that runs in the browser."""
    return register(
        "Notes",
        client_type="public",
        redirect_uris=f"{ORIGIN}/callback",
        allowed_origins=f"{ORIGIN} http://127.0.0.1:5173",
    )


def preflight(address: str, origin: str, method: str = "POST") -> Any:
    headers = {
        "Origin": origin,
        "Access-Control-Request-Method": method,
        "Access-Control-Request-Headers": "authorization,content-type",
    }
    return Browser().options(address, headers=headers)


def allowed(response: Any) -> str | None:
    assert not response.has_header("Access-Control-Allow-Credentials")
    return response.headers.get("Access-Control-Allow-Origin")


@pytest.mark.parametrize("address", FOR_REGISTERED)
def test_a_preflight_is_answered_for_a_registered_origin(spa: App, address: str) -> None:
    response = preflight(address, ORIGIN)

    assert response.status_code == 204
    assert allowed(response) == ORIGIN
    assert FOR_REGISTERED[address] in response["Access-Control-Allow-Methods"].split(", ")
    may_send = response["Access-Control-Allow-Headers"].split(", ")
    assert {"Authorization", "Content-Type", "If-Match", "Idempotency-Key"} <= set(may_send)
    assert response["Access-Control-Max-Age"] == "600"
    assert "Origin" in response["Vary"]


@pytest.mark.parametrize("address", FOR_REGISTERED)
@pytest.mark.parametrize(
    "origin",
    [
        EVIL,
        "null",
        "https://spa.example.evil.example",
        "https://spa.exampl",
        "http://spa.example",
        "https://spa.example:444",
        "HTTPS://SPA.EXAMPLE",
        "https://spa.example http://127.0.0.1:5173",
        "https://%",
        "\x00",
    ],
)
def test_no_other_origin_is_let_in(spa: App, address: str, origin: str) -> None:
    assert allowed(preflight(address, origin)) is None
    assert allowed(Browser().get(address, headers={"Origin": origin})) is None


def test_an_origin_of_an_app_that_is_off_is_not_let_in(spa: App) -> None:
    Client.objects.update(is_active=False)
    assert allowed(preflight("/oauth/token/", ORIGIN)) is None


def test_the_whole_way_from_another_origin(spa: App, alice: User) -> None:
    spa_headers = {"Origin": ORIGIN}
    code = spa.code_for(alice)
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": spa.redirect_uri,
        "code_verifier": spa.verifier,
    }

    answer = spa.post("/oauth/token/", form, **spa_headers)
    assert (answer.status_code, allowed(answer)) == (200, ORIGIN)
    token = answer.json()["access_token"]

    bearer = spa_headers | {"Authorization": f"Bearer {token}"}
    userinfo = Browser().get("/oauth/userinfo/", headers=bearer)
    assert (userinfo.status_code, allowed(userinfo)) == (200, ORIGIN)
    api = Browser().get("/api/v1/me", headers=bearer)
    assert (api.status_code, allowed(api)) == (200, ORIGIN)
    may_read = api["Access-Control-Expose-Headers"].split(", ")
    assert {"WWW-Authenticate", "X-Request-ID", "Retry-After", "ETag", "Link"} <= set(may_read)
    revoked = spa.post("/oauth/revoke/", {"token": token}, **spa_headers)
    assert (revoked.status_code, allowed(revoked)) == (200, ORIGIN)


def test_another_apps_origin_cannot_read_the_answer(spa: App, app: App, alice: User) -> None:
    tokens = app.tokens_for(alice)
    from_spa = {"Origin": ORIGIN}
    bearer = from_spa | {"Authorization": f"Bearer {tokens['access_token']}"}

    for address in ("/oauth/userinfo/", "/api/v1/me"):
        response = Browser().get(address, headers=bearer)
        assert (response.status_code, allowed(response)) == (200, None)
    refreshed = app.post(
        "/oauth/token/",
        {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]},
        **from_spa,
    )
    assert (refreshed.status_code, allowed(refreshed)) == (200, None)


def test_an_app_can_read_why_it_was_refused(spa: App, alice: User) -> None:
    tokens = spa.tokens_for(alice)
    AccessToken.objects.update(expires=timezone.now() - timedelta(seconds=1))
    headers = {"Origin": ORIGIN, "Authorization": f"Bearer {tokens['access_token']}"}

    response = Browser().get("/api/v1/me", headers=headers)

    assert (response.status_code, allowed(response)) == (401, ORIGIN)
    assert "WWW-Authenticate" in response["Access-Control-Expose-Headers"]


@pytest.mark.parametrize(
    "address",
    [
        "/.well-known/openid-configuration",
        "/.well-known/oauth-authorization-server",
        "/.well-known/oauth-protected-resource/api/v1",
        "/oauth/jwks/",
    ],
)
def test_metadata_and_keys_are_for_all(db: None, address: str) -> None:
    assert allowed(Browser().get(address, headers={"Origin": EVIL})) == "*"
    response = preflight(address, EVIL, "GET")
    assert (response.status_code, allowed(response)) == (204, "*")


@pytest.mark.parametrize(
    "address",
    ["/oauth/authorize/", "/oauth/introspect/", "/oauth/logout/", "/accounts/login/", "/account/"],
)
def test_pages_and_endpoints_of_servers_are_for_no_origin(spa: App, address: str) -> None:
    assert allowed(preflight(address, ORIGIN)) is None
    assert allowed(Browser().get(address, headers={"Origin": ORIGIN})) is None


# --- registration ---

METADATA = {"redirect_uris": [f"{ORIGIN}/callback"], "token_endpoint_auth_method": "none"}


def test_while_everybody_may_register_a_page_of_any_origin_may(db: None, settings: Any) -> None:
    settings.REGISTRATION = "open"

    assert allowed(preflight("/oauth/register/", EVIL)) == "*"
    made = Browser().post(
        "/oauth/register/", METADATA, "application/json", headers={"Origin": ORIGIN}
    )
    assert (made.status_code, allowed(made)) == (201, "*")
    address = made.json()["registration_client_uri"]
    own = {"Authorization": f"Bearer {made.json()['registration_access_token']}", "Origin": ORIGIN}
    assert allowed(preflight(address, ORIGIN, "PUT")) == "*"
    assert allowed(Browser().get(address, headers=own)) == "*"


@pytest.mark.parametrize("registration", ["off", "token"])
def test_where_not_everybody_may_register_no_foreign_page_may(
    spa: App, settings: Any, registration: str
) -> None:
    settings.REGISTRATION = registration
    assert allowed(preflight("/oauth/register/", EVIL)) is None
    assert allowed(preflight("/oauth/register/", ORIGIN)) == ORIGIN
