"""A client reads, replaces and ends its own registration (RFC 7592), and nobody else does."""

from typing import Any

import pytest

from accounts.models import SecurityEvent, User
from accounts.models.event_kinds import Event
from accounts.oauth_server.models import Client, ClientSecret
from tests.accounts.oauth_server.app import error_in, me
from tests.accounts.oauth_server.registering import (
    CALLBACK,
    app_of,
    manage,
    metadata,
    register,
    send,
)

CODE = "authorization_code"


@pytest.fixture(autouse=True)
def _opened(settings: Any, db: None) -> None:
    settings.REGISTRATION = "open"


def put(registered: dict[str, Any], **changes: Any) -> Any:
    body = metadata(client_id=registered["client_id"], **changes)
    return manage(registered, "PUT", body)


def recorded() -> list[str]:
    return list(SecurityEvent.objects.order_by("pk").values_list("kind", flat=True))


# --- Who may ---


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_the_registration_access_token_is_needed(method: str) -> None:
    registered = register()

    response = manage(registered, method, token=None)

    assert response.status_code == 401
    assert response["WWW-Authenticate"] == 'Bearer realm="registration"'
    assert Client.objects.get().is_active


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_the_token_of_another_client_is_refused(method: str) -> None:
    registered, of_mallory = register(), register()

    response = manage(registered, method, token=of_mallory["registration_access_token"])

    assert error_in(response) == (401, "invalid_token")
    assert Client.objects.count() == 2
    assert Event.CLIENT_REFUSED in recorded()


@pytest.mark.parametrize("token", ["guess", "lk_ra_" + "x" * 49])
def test_a_wrong_token_is_refused(token: str) -> None:
    assert error_in(manage(register(), token=token)) == (401, "invalid_token")


@pytest.mark.parametrize("client_id", ["unknown", "%00", "%ff", "x" * 300])
def test_a_client_that_does_not_exist_is_refused(client_id: str) -> None:
    registered = register()
    address = f"/oauth/register/{client_id}/"

    response = send("", registered["registration_access_token"], method="GET", address=address)

    assert response.status_code == 401


def test_a_client_that_was_switched_off_is_refused() -> None:
    registered = register()
    Client.objects.update(is_active=False)

    assert manage(registered).status_code == 401


def test_other_methods_are_refused() -> None:
    response = manage(register(), "POST")

    assert response.status_code == 405
    assert response["Allow"] == "GET, PUT, DELETE"


def test_an_address_asks_only_so_often(settings: Any) -> None:
    settings.RATE_LIMITS = settings.RATE_LIMITS | {"registration_management": "1/h"}
    registered = register()
    manage(registered)

    assert manage(registered).status_code == 429


# --- Reading ---


def test_reading_says_all_but_the_secret() -> None:
    registered = register()

    response = manage(registered)

    assert response.status_code == 200
    assert response["Cache-Control"] == "no-store"
    assert response.json() | {"client_secret": registered["client_secret"]} == registered


# --- Replacing ---


def test_what_is_left_out_gets_its_default_again() -> None:
    registered = register(grant_types=[CODE, "refresh_token"], contacts=["bob@album.example"])

    response = put(registered, client_name="Album", redirect_uris=["https://new.example/"])

    assert response.status_code == 200
    changed = response.json()
    assert changed["client_name"] == "Album"
    assert changed["redirect_uris"] == ["https://new.example/"]
    assert changed["grant_types"] == [CODE]
    assert "contacts" not in changed
    assert manage(registered).json() == changed
    assert recorded() == [Event.CLIENT_REGISTERED, Event.CLIENT_CHANGED]


def test_the_token_and_the_secret_stay(alice: User) -> None:
    registered = register()

    changed = put(registered, client_secret=registered["client_secret"]).json()

    assert changed["registration_access_token"] == registered["registration_access_token"]
    assert "client_secret" not in changed
    assert app_of(registered).tokens_for(alice)["access_token"]


@pytest.mark.parametrize(
    "told",
    [
        {"client_id": ...},
        {"client_id": "another"},
        {"client_id": 1},
        {"client_secret": "another"},
        {"client_secret": 1},
        {"registration_access_token": "another"},
        {"registration_client_uri": "https://evil.example/"},
        {"client_secret_expires_at": 0},
        {"client_id_issued_at": 0},
        {"grant_types": [CODE, "client_credentials"]},
        {"scope": "introspection"},
    ],
)
def test_what_is_not_the_clients_to_choose_is_refused(told: dict[str, Any]) -> None:
    registered = register()
    body = metadata(**{"client_id": registered["client_id"]} | told)

    assert error_in(manage(registered, "PUT", body)) == (400, "invalid_client_metadata")
    assert manage(registered).json()["redirect_uris"] == [CALLBACK]


def test_a_redirect_uri_that_is_not_safe_is_refused_and_nothing_changes() -> None:
    registered = register()

    response = put(registered, client_name="Other", redirect_uris=["http://evil.example/"])

    assert error_in(response) == (400, "invalid_redirect_uri")
    assert manage(registered).json()["client_name"] == "Photo Album"


@pytest.mark.parametrize("body", ["", "[]", "{", '{"a": ' + "[" * 30_000])
def test_a_body_that_is_no_acceptable_json_is_refused(body: str) -> None:
    assert error_in(manage(register(), "PUT", body)) == (400, "invalid_client_metadata")


def test_a_client_that_becomes_public_has_to_use_pkce(settings: Any) -> None:
    settings.REGISTRATION_PKCE = Client.PKCE_WAIVED
    registered = register()
    assert Client.objects.get().pkce == Client.PKCE_WAIVED

    assert put(registered, token_endpoint_auth_method="none").status_code == 200

    assert Client.objects.get().pkce == Client.PKCE_REQUIRED


def test_a_client_that_becomes_public_loses_its_secret_and_its_tokens(alice: User) -> None:
    registered = register()
    token = app_of(registered).tokens_for(alice)["access_token"]

    changed = put(registered, token_endpoint_auth_method="none").json()

    assert "client_secret_expires_at" not in changed
    assert not ClientSecret.objects.exists()
    assert me(token).status_code == 401


def test_a_client_that_becomes_confidential_gets_a_secret(alice: User) -> None:
    registered = register(token_endpoint_auth_method="none")

    changed = put(registered).json()

    assert changed["client_secret_expires_at"] == 0
    assert app_of(changed).tokens_for(alice)["access_token"]


def test_a_change_makes_it_unchecked_again() -> None:
    registered = register()
    Client.objects.update(is_verified=True)

    put(registered)
    assert Client.objects.get().is_verified

    put(registered, redirect_uris=["https://evil.example/"])
    assert not Client.objects.get().is_verified


def test_what_an_admin_gave_it_may_be_kept() -> None:
    registered = register()
    Client.objects.update(
        scopes="openid connections",
        grant_types=f"{CODE} client_credentials",
        allowed_origins="https://admin.example",
    )

    changed = put(
        registered, scope="openid connections", grant_types=[CODE, "client_credentials"]
    ).json()

    assert changed["scope"] == "openid connections"
    assert Client.objects.get().allowed_origins == "https://admin.example"

    more = put(registered, scope="openid email", grant_types=[CODE, "client_credentials"]).json()
    assert more["scope"] == "openid email connections"


# --- Ending ---


def test_deleting_ends_everything(alice: User) -> None:
    registered = register()
    app = app_of(registered)
    token = app.tokens_for(alice)["access_token"]

    response = manage(registered, "DELETE")

    assert response.status_code == 204
    assert response["Cache-Control"] == "no-store"
    assert me(token).status_code == 401
    assert not Client.objects.exists()
    assert manage(registered).status_code == 401
    assert manage(registered, "DELETE").status_code == 401
    assert error_in(app.redeem("any")) == (401, "invalid_client")
    removed = SecurityEvent.objects.get(kind=Event.CLIENT_REMOVED)
    assert removed.client_public_id == registered["client_id"]


def test_a_client_of_an_admin_has_no_such_address(app: Any) -> None:
    registered = register()
    address = f"/oauth/register/{app.client.client_id}/"

    response = send("", registered["registration_access_token"], method="GET", address=address)

    assert response.status_code == 401
