"""What a client loses that changes its own registration (RFC 7592): what it was trusted with."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.test import Client as Browser

from accounts.models import SecurityEvent, User
from accounts.models.event_kinds import Actor, Event
from accounts.oauth_server.models import Client, InitialAccessToken, ProtectedResource
from tests.accounts.oauth_server.admin.client.test_clients import NO_SECRETS
from tests.accounts.oauth_server.app import App, answer_in, error_in, me
from tests.accounts.oauth_server.registering import (
    app_of,
    manage,
    metadata,
    register,
)
from tests.accounts.oauth_server.registration.test_management import put

ELSEWHERE = "https://evil.example/callback"
OWN = "openid profile email"
GIVEN = f"{OWN} connections"

# Each thing that a client tells of itself, changed.
CHANGES: list[dict[str, Any]] = [
    {"redirect_uris": [ELSEWHERE]},
    {"redirect_uris": ["https://album.example/callback", ELSEWHERE]},
    {"client_name": "Your Bank"},
    {"client_uri": "https://evil.example/"},
    {"logo_uri": "https://evil.example/logo.png"},
    {"policy_uri": "https://evil.example/policy"},
    {"tos_uri": "https://evil.example/terms"},
    {"contacts": ["mallory@evil.example"]},
    {"post_logout_redirect_uris": [ELSEWHERE]},
    {"backchannel_logout_uri": "https://evil.example/out"},
    {"initiate_login_uri": "https://evil.example/in"},
    {"token_endpoint_auth_method": "client_secret_post"},
    {"token_endpoint_auth_method": "none"},
    {"grant_types": ["authorization_code"]},
    {"default_max_age": 60},
    {"require_auth_time": True},
    {"id_token_signed_response_alg": "ES256"},
    {"userinfo_signed_response_alg": "ES256"},
]


@pytest.fixture(autouse=True)
def _opened(settings: Any, db: None) -> None:
    settings.REGISTRATION = "open"
    settings.REGISTRATION_SCOPES = OWN.split()


@pytest.fixture
def trusted() -> dict[str, Any]:
    """What a client was told that registered itself, and that an admin then came to trust."""
    registered = register(grant_types=["authorization_code", "refresh_token"], scope=OWN)
    Client.objects.update(
        scopes=GIVEN,
        required_scopes="email",
        skip_authorization=True,
        is_verified=True,
        kind="app",
    )
    calendar = ProtectedResource(identifier="https://calendar.example", name="Calendar")
    calendar.save()
    calendar.clients.add(Client.objects.get())
    return registered


def change(registered: dict[str, Any], **changes: Any) -> Any:
    """Send the whole registration as it is read, as RFC 7592 wants it, with `changes`."""
    known = manage(registered).json()
    own = ("registration_access_token", "registration_client_uri")
    theirs = ("client_secret_expires_at", "client_id_issued_at")
    body = {name: value for name, value in known.items() if name not in own + theirs}
    body = {name: value for name, value in (body | changes).items() if value is not ...}
    return manage(registered, "PUT", body)


def signed_in(person: User) -> Browser:
    browser = Browser()
    browser.force_login(person)
    return browser


def is_asked(app: App, browser: Browser, **changes: Any) -> bool:
    return app.send(browser, **changes).status_code == 200


@pytest.mark.parametrize("changes", CHANGES, ids=lambda changes: str(*changes.items()))
def test_whatever_it_changes_takes_back_what_an_admin_gave(
    trusted: dict[str, Any], alice: User, changes: dict[str, Any]
) -> None:
    app, browser = app_of(trusted), signed_in(alice)
    assert not is_asked(app, browser)

    answer = change(trusted, **changes)

    assert answer.status_code == 200, answer.content
    client = Client.objects.get()
    assert (client.is_verified, client.skip_authorization) == (False, False)
    assert (client.required_scopes, client.kind) == ("", "agent")
    assert not client.resources.exists()
    assert "connections" not in answer.json()["scope"].split()
    assert answer.json()["scope"] == client.scopes
    app.redirect_uri = client.redirect_uris.split()[-1]
    assert is_asked(app, browser, scope="openid")
    event = SecurityEvent.objects.get(kind=Event.CLIENT_CHANGED)
    assert event.actor == Actor.CLIENT
    assert event.details["taken_back"] == [
        *("is_verified", "skip_authorization", "required_scopes", "kind", "scopes", "resources")
    ]


def test_what_it_sends_as_it_is_changes_nothing(trusted: dict[str, Any], alice: User) -> None:
    before = Client.objects.values().get()

    answer = change(trusted)

    assert answer.status_code == 200
    assert answer.json() == manage(trusted).json()
    assert Client.objects.values().get() == before
    assert not SecurityEvent.objects.filter(kind=Event.CLIENT_CHANGED).exists()
    assert not is_asked(app_of(trusted), signed_in(alice), scope=GIVEN)


def test_a_new_version_is_kept_and_takes_nothing(trusted: dict[str, Any], alice: User) -> None:
    answer = change(trusted, software_version="2.0")

    assert answer.json()["software_version"] == "2.0"
    client = Client.objects.get()
    assert (client.software_version, client.kind, client.is_verified) == ("2.0", "app", True)
    assert not is_asked(app_of(trusted), signed_in(alice), scope=GIVEN)


def test_a_long_name_for_its_software_is_refused(trusted: dict[str, Any]) -> None:
    assert error_in(change(trusted, software_id="x" * 256)) == (400, "invalid_client_metadata")


def test_without_a_scope_it_keeps_those_that_it_has(trusted: dict[str, Any]) -> None:
    assert "connections" in change(trusted, scope=...).json()["scope"].split()
    assert Client.objects.get().skips_consent


def test_a_refused_change_changes_nothing(trusted: dict[str, Any]) -> None:
    before = Client.objects.values().get()
    assert error_in(change(trusted, redirect_uris=["http://evil.example/"]))[0] == 400
    assert Client.objects.values().get() == before


def test_people_who_let_it_in_are_asked_anew_and_then_no_more(
    trusted: dict[str, Any], alice: User, bob: User
) -> None:
    """Their yes was to what it was: it must not go to another address by itself."""
    Client.objects.update(skip_authorization=False)
    app, browser, bobs = app_of(trusted), signed_in(alice), signed_in(bob)
    app.ask(browser, scope=OWN)
    app.ask(bobs, scope=OWN)
    assert not is_asked(app, browser, scope=OWN)

    change(trusted, redirect_uris=[ELSEWHERE])
    app.redirect_uri = ELSEWHERE

    assert answer_in(app.send(browser, scope=OWN, prompt="none"))["error"] == "consent_required"
    assert "code" in answer_in(app.ask(browser, scope=OWN))
    assert not is_asked(app, browser, scope=OWN)
    assert is_asked(app, bobs, scope=OWN)


def test_tokens_lose_the_scopes_that_an_admin_gave(trusted: dict[str, Any], alice: User) -> None:
    app = app_of(trusted)
    tokens = app.tokens_for(alice, scope=GIVEN)
    code = app.code_for(alice, scope=GIVEN)

    change(trusted, client_name="Album")

    assert me(tokens["access_token"]).status_code == 401
    assert error_in(app.redeem(code)) == (400, "invalid_grant")
    refreshed = app.refresh(tokens["refresh_token"]).json()
    assert "connections" not in refreshed["scope"].split()
    assert me(refreshed["access_token"]).status_code == 200


def test_tokens_stay_where_no_scope_is_lost(trusted: dict[str, Any], alice: User) -> None:
    Client.objects.update(scopes=OWN)
    token = app_of(trusted).tokens_for(alice, scope=OWN)["access_token"]
    change(trusted, client_name="Album")
    assert me(token).status_code == 200


def test_it_may_act_for_itself_no_more_and_needs_pkce_again(trusted: dict[str, Any]) -> None:
    grants = "authorization_code client_credentials"
    Client.objects.update(grant_types=grants, pkce=Client.PKCE_WAIVED)
    changed = change(trusted, client_name="Album").json()
    assert changed["grant_types"] == ["authorization_code"]
    assert Client.objects.get().pkce == Client.PKCE_REQUIRED


def test_what_an_initial_access_token_let_it_do_is_its_own(settings: Any) -> None:
    token = InitialAccessToken().make()
    registered = register(token, grant_types=["client_credentials"], redirect_uris=...)
    changed = change(registered, client_name="Album").json()
    assert changed["grant_types"] == ["client_credentials"]
    assert Client.objects.get().kind == "app"


def test_it_changes_again_after_an_admin_trusted_it_again(trusted: dict[str, Any]) -> None:
    change(trusted, client_name="Album")
    Client.objects.update(skip_authorization=True, is_verified=True)
    change(trusted, client_name="Your Bank")
    assert not Client.objects.get().skip_authorization


# --- No other way leaves an unverified client that skips consent ---


def test_no_row_is_both_unverified_and_skips_consent(trusted: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Client.objects.update(is_verified=False)
    client = Client.objects.get()
    client.is_verified = False
    with pytest.raises(ValidationError, match="Only for an app that is verified"):
        client.full_clean()


def test_an_admin_who_takes_the_tick_away_has_to_let_people_be_asked(
    trusted: dict[str, Any], desk: Browser
) -> None:
    client = Client.objects.get()
    page = f"/admin/oauth_server/client/{client.pk}/change/"
    form = {
        "name": client.name,
        "client_type": client.client_type,
        "grant_types": client.grant_types.split(),
        "redirect_uris": client.redirect_uris,
        "scopes": client.scopes.split(),
        "default_scopes": client.default_scopes.split(),
        "is_active": "on",
        "skip_authorization": "on",
        **NO_SECRETS,
    }
    answer = desk.post(page, form)
    assert answer.content.decode().count("Only for an app that is verified") == 1
    assert Client.objects.get().is_verified

    del form["skip_authorization"]
    assert desk.post(page, form).status_code == 302
    assert (Client.objects.get().is_verified, Client.objects.get().skip_authorization) == (
        *(False, False),
    )


def test_the_command_registers_one_that_is_verified() -> None:
    ours = {"name": "Ours", "redirect_uris": ["https://ours.example/callback"]}
    call_command("register_client", **ours, skip_consent=True)
    client = Client.objects.get()
    assert (client.is_verified, client.skips_consent) == (True, True)


def test_registering_grants_none_of_it() -> None:
    registered = register(skip_authorization=True, is_verified=True, **metadata())
    client = Client.objects.get(client_id=registered["client_id"])
    assert (client.is_verified, client.skip_authorization) == (False, False)
    put(registered, skip_authorization=True, is_verified=True, required_scopes="openid")
    client.refresh_from_db()
    assert (client.is_verified, client.skip_authorization) == (False, False)
