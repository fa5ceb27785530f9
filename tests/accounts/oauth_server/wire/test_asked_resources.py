"""Resource indicators (RFC 8707): a token is for what it was asked for, and for nothing else."""

from typing import Any

import pytest
from django.conf import settings
from django.test import Client as Browser

from accounts.models import User
from accounts.oauth_server.models import Authorization, ProtectedResource
from accounts.oauth_server.models.client import DEVICE_CODE
from tests.accounts.oauth_server.app import App, answer_in, error_in, me

CALENDAR, NOTES = "https://calendar.example/mcp", "https://notes.example"
OWN_API = f"{settings.SITE_URL}/api/v1"
# Malformed, or of nobody here.
REFUSED = [
    *("https://calendar.example/mcp#part", "/mcp", "calendar", "https://", "https://[::1"),
    *("https://alice@calendar.example/mcp", "https://calendar.example:port/mcp"),
    *("https://calendar.example/m cp", "https://calendar.example/" + "x" * 500),
    *("https://other.example/mcp", "https://calendar.example/mcp/more", "urn:example:calendar"),
]


@pytest.fixture
def calendar(db: None) -> ProtectedResource:
    return resource("Calendar API", CALENDAR, "calendar.read See your calendar")


def resource(name: str, identifier: str, scopes: str = "", **fields: Any) -> ProtectedResource:
    row = ProtectedResource(name=name, identifier=identifier, scopes=scopes, **fields)
    row.full_clean()
    row.save()
    return row


def userinfo(token: str) -> Any:
    return Browser().get("/oauth/userinfo/", headers={"Authorization": f"Bearer {token}"})


def test_a_token_for_another_api_opens_neither_ours_nor_userinfo(
    app: App, alice: User, calendar: ProtectedResource
) -> None:
    scope = "openid profile calendar.read"
    tokens = app.tokens_for(alice, resource=CALENDAR, scope=scope)

    for answer in (me(tokens["access_token"]), userinfo(tokens["access_token"])):
        assert answer.status_code == 401
        assert 'error="invalid_token"' in answer["WWW-Authenticate"]
    said = app.introspect(tokens["access_token"])
    assert said["aud"] == CALENDAR
    assert said["scope"] == scope
    again = app.refresh(tokens["refresh_token"]).json()
    assert app.introspect(again["access_token"])["aud"] == CALENDAR


def test_a_token_asked_for_without_a_resource_or_for_ours_is_for_our_api(
    app: App, alice: User, calendar: ProtectedResource
) -> None:
    for asked in (None, OWN_API, f"{OWN_API}/", settings.SITE_URL.upper()):
        token = app.tokens_for(alice, resource=asked)["access_token"]
        assert me(token).status_code == 200
        assert app.introspect(token)["aud"] == OWN_API


def test_how_the_address_is_written_makes_no_difference(
    app: App, alice: User, calendar: ProtectedResource
) -> None:
    written = "HTTPS://Calendar.Example:443/mcp/"
    tokens = app.redeem(app.code_for(alice, resource=written), resource=CALENDAR).json()

    assert app.introspect(tokens["access_token"])["aud"] == CALENDAR


def test_what_is_malformed_or_unknown_is_an_invalid_target(
    app: App, alices_browser: Browser, calendar: ProtectedResource
) -> None:
    app.client.grant_types += f" {DEVICE_CODE}"
    app.client.save()
    for sent in REFUSED:
        said = answer_in(app.send(alices_browser, resource=sent))
        assert (said["error"], said["state"]) == ("invalid_target", "state-of-the-app")
        for endpoint in ("token", "device-authorization", "par"):
            form = app.request(resource=sent) | {"grant_type": "client_credentials"}
            answer = app.post(f"/oauth/{endpoint}/", form)
            assert error_in(answer) == (400, "invalid_target"), (sent, endpoint)


def test_a_nul_in_a_resource_is_refused_everywhere(app: App, alices_browser: Browser) -> None:
    sent = "https://calendar.example/\0"
    assert app.send(alices_browser, resource=sent).status_code == 400
    form = {"grant_type": "client_credentials", "resource": sent}
    assert error_in(app.post("/oauth/token/", form)) == (400, "invalid_request")


def test_a_refresh_narrows_the_access_token_and_never_widens_it(
    app: App, alice: User, calendar: ProtectedResource
) -> None:
    resource("Notes", NOTES, "notes.read See your notes")
    scope = "openid calendar.read notes.read"
    tokens = app.tokens_for(alice, resource=[CALENDAR, NOTES], scope=scope)
    assert app.introspect(tokens["access_token"])["aud"] == [CALENDAR, NOTES]

    narrowed = app.refresh(tokens["refresh_token"], resource=NOTES).json()
    said = app.introspect(narrowed["access_token"])
    assert (said["aud"], said["scope"]) == (NOTES, "openid notes.read")
    wide = app.refresh(narrowed["refresh_token"]).json()
    assert app.introspect(wide["access_token"])["aud"] == [CALENDAR, NOTES]
    refused = app.refresh(wide["refresh_token"], resource=OWN_API)
    assert error_in(refused) == (400, "invalid_target")
    assert app.refresh(wide["refresh_token"]).status_code == 200  # nothing was used up


def test_a_token_is_for_our_api_or_for_others_and_never_for_both(
    app: App, alice: User, calendar: ProtectedResource
) -> None:
    code = app.code_for(alice, resource=[CALENDAR, OWN_API])
    assert error_in(app.redeem(code)) == (400, "invalid_target")
    own = app.redeem(code, resource=OWN_API).json()
    assert me(own["access_token"]).status_code == 200
    other = app.refresh(own["refresh_token"], resource=CALENDAR).json()
    assert me(other["access_token"]).status_code == 401


def test_consent_names_the_resource_and_is_asked_for_each(
    app: App, alice: User, alices_browser: Browser, calendar: ProtectedResource
) -> None:
    app.tokens_for(alice)
    page = app.send(alices_browser, resource=CALENDAR, scope="openid calendar.read")
    assert page.status_code == 200
    for words in ("Calendar API", CALENDAR, "See your calendar"):
        assert words in page.content.decode()
    app.ask(alices_browser, resource=CALENDAR, scope="openid calendar.read")
    assert Authorization.objects.get().resource == [CALENDAR]
    assert "code" in answer_in(
        app.send(alices_browser, resource=CALENDAR, scope="openid calendar.read")
    )
    own_page = alices_browser.get("/account/apps/").content.decode()
    assert "See your calendar" in own_page


def test_only_listed_apps_may_ask_where_an_admin_says_so(
    app: App, other_app: App, alices_browser: Browser, calendar: ProtectedResource
) -> None:
    calendar.is_for_listed = True
    calendar.save()
    calendar.clients.add(app.client)

    assert app.send(alices_browser, resource=CALENDAR).status_code == 200
    refused = answer_in(other_app.send(alices_browser, resource=CALENDAR))
    assert refused["error"] == "invalid_target"


def test_an_app_by_itself_has_to_be_listed(app: App, calendar: ProtectedResource) -> None:
    form = {
        "grant_type": "client_credentials", "resource": CALENDAR, "scope": "calendar.read",
    }  # fmt: skip
    assert error_in(app.post("/oauth/token/", form)) == (400, "invalid_target")
    calendar.clients.add(app.client)
    said = app.introspect(app.post("/oauth/token/", form).json()["access_token"])
    assert (said["aud"], said["scope"]) == (CALENDAR, "calendar.read")


def test_a_resource_server_is_told_of_tokens_for_its_own_resources_alone(
    app: App, resource_server: App, other_app: App, alice: User, calendar: ProtectedResource
) -> None:
    notes = resource("Notes", NOTES)
    of_calendar = app.tokens_for(alice, resource=CALENDAR)["access_token"]
    of_notes = app.tokens_for(alice, resource=NOTES)["access_token"]
    ours = app.tokens_for(alice)["access_token"]
    every = (of_calendar, of_notes, ours)

    def told(who: App) -> list[bool]:
        return [who.introspect(token)["active"] for token in every]

    assert told(resource_server) == [True, True, True]  # it serves none: any, as ever
    assert told(other_app) == [False, False, False]
    calendar.server, notes.server = resource_server.client, other_app.client
    calendar.save()
    notes.save()
    assert told(resource_server) == [True, False, False]
    assert told(other_app) == [False, True, False]


def test_a_removed_resource_ends_the_refreshing(
    app: App, alice: User, calendar: ProtectedResource
) -> None:
    refresh_token = app.tokens_for(alice, resource=CALENDAR)["refresh_token"]
    calendar.delete()
    assert error_in(app.refresh(refresh_token)) == (400, "invalid_target")


def test_a_device_asks_for_a_resource(
    native_app: App, alices_browser: Browser, calendar: ProtectedResource
) -> None:
    native_app.client.grant_types += f" {DEVICE_CODE}"
    native_app.client.save()
    asked = {"scope": "openid calendar.read", "resource": CALENDAR}
    started = native_app.post("/oauth/device-authorization/", asked).json()
    page = alices_browser.post("/oauth/device/", {"user_code": started["user_code"]})
    assert "Calendar API" in page.content.decode()
    alices_browser.post(
        "/oauth/device/decision/",
        {"user_code": started["user_code"], "decision": "allow", "scope": ["calendar.read"]},
    )
    form = {"grant_type": DEVICE_CODE, "device_code": started["device_code"]}
    tokens = native_app.post("/oauth/token/", form).json()
    assert me(tokens["access_token"]).status_code == 401
    assert Authorization.objects.get().resource == [CALENDAR]


def test_a_yes_at_one_resource_is_none_at_another_of_the_same_scope(app: App, alice: User) -> None:
    """Mail calls its scope as Calendar does, and says something harmless of it."""
    names = {"calendar": "Delete your calendar", "mail": "See how many letters you have"}
    for name, sentence in names.items():
        ProtectedResource.objects.create(
            name=name.title(),
            identifier=f"https://{name}.example",
            scopes=f"read See\nwrite {sentence}",
        )
    calendar, mail = (f"https://{name}.example" for name in names)
    browser = Browser()
    browser.force_login(alice)
    both = app.send(browser, scope="write", resource=[calendar, mail]).content.decode()
    assert all(sentence in both for sentence in names.values())
    assert "code" in answer_in(app.ask(browser, scope="write", resource=mail))
    assert "code" in answer_in(app.ask(browser, scope="read", resource=calendar))
    for _ in range(2):  # neither yes was to this
        assert app.send(browser, scope="write", resource=calendar).status_code == 200
    assert "code" in answer_in(app.ask(browser, scope="write", resource=calendar))
    again = app.send(browser, scope="read write", resource=calendar)
    assert "code" in answer_in(again)
