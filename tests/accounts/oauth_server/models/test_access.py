"""An app that is open to chosen groups: nobody else gets or keeps anything, at any endpoint."""

import re
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.http import HttpResponse
from django.test import Client as Browser

from accounts.models import SecurityEvent, User
from accounts.models.event_kinds import Event
from accounts.oauth_server.models import Authorization, PersonalToken
from tests.accounts.oauth_server.app import App, answer_in, error_in, me

DEVICE = "urn:ietf:params:oauth:grant-type:device_code"


@pytest.fixture
def team(app: App) -> Group:
    """A group that alone may use the app."""
    group = Group.objects.create(name="Team")
    app.client.is_restricted = True
    app.client.responsible_name = "Service desk"
    app.client.responsible_email = "desk@example.com"
    app.client.grant_types += f" {DEVICE}"
    app.client.save()
    app.client.groups.add(group)
    return group


def browser_of(person: User) -> Browser:
    browser = Browser()
    browser.force_login(person)
    return browser


def go_back(browser: Browser, page: HttpResponse) -> HttpResponse:
    """Press the button of the page that says no."""
    action = re.search(r'action="(/oauth/[^"]*)"', page.content.decode())
    assert action
    return browser.post(unescape(action[1]), {"decision": "deny"})


def userinfo(token: str) -> HttpResponse:
    return Browser().get("/oauth/userinfo/", headers={"Authorization": f"Bearer {token}"})


def device_of(app: App) -> dict[str, Any]:
    return app.post("/oauth/device-authorization/", {"scope": "openid"}).json()


def poll(app: App, device: dict[str, Any]) -> HttpResponse:
    return app.post("/oauth/token/", {"grant_type": DEVICE, "device_code": device["device_code"]})


def test_whoever_is_in_the_group_uses_it_as_ever(app: App, team: Group, alice: User) -> None:
    alice.groups.add(team)
    tokens = app.tokens_for(alice, scope="openid email offline_access")
    assert me(tokens["access_token"]).status_code == 403  # its scopes open userinfo alone
    assert userinfo(tokens["access_token"]).status_code == 200
    assert app.introspect(tokens["access_token"])["active"]
    assert app.refresh(tokens["refresh_token"]).status_code == 200


def test_somebody_else_reads_that_it_is_not_open_to_them_and_whom_to_ask(
    app: App, team: Group, alice: User
) -> None:
    page = app.send(browser_of(alice))
    assert page.status_code == 403
    words = page.content.decode()
    assert "You cannot use <bdi>Photo Album</bdi>" in words
    assert "Service desk" in words
    assert "mailto:desk@example.com" in words
    assert 'value="allow"' not in words
    refused = SecurityEvent.objects.get(kind=Event.ACCESS_REFUSED)
    assert (refused.user, refused.client, refused.outcome) == (alice, app.client, "failed")


@pytest.mark.parametrize("decision", ["allow", "deny", ""])
def test_whatever_they_send_the_app_is_told_access_denied(
    app: App, team: Group, alice: User, decision: str
) -> None:
    browser = browser_of(alice)
    page = app.send(browser)
    action = re.search(r'action="(/oauth/[^"]*)"', page.content.decode())
    assert action
    answer = answer_in(browser.post(unescape(action[1]), {"decision": decision, "scope": "openid"}))
    assert answer["error"] == "access_denied"
    assert answer["error_description"]
    assert answer["state"] == "state-of-the-app"
    assert not Authorization.objects.exists()


@pytest.mark.parametrize("mode", ["query", "fragment", "form_post"])
def test_the_app_is_told_in_the_response_mode_that_it_asked_for(
    app: App, team: Group, alice: User, mode: str
) -> None:
    browser = browser_of(alice)
    answer = go_back(browser, app.send(browser, response_mode=mode))
    if mode == "form_post":
        assert 'name="error" value="access_denied"' in answer.content.decode()
    else:
        mark = {"query": "?", "fragment": "#"}[mode]
        assert f"{mark}error=access_denied" in answer["Location"]


def test_an_app_that_may_show_nothing_is_told_at_once(app: App, team: Group, alice: User) -> None:
    answer = app.send(browser_of(alice), prompt="none")
    assert answer_in(answer)["error"] == "access_denied"


def test_trust_in_the_app_opens_it_to_nobody(app: App, team: Group, alice: User) -> None:
    app.client.skip_authorization = True
    app.client.save()
    assert app.send(browser_of(alice)).status_code == 403


def test_an_app_without_a_group_is_open_to_nobody(app: App, team: Group, alice: User) -> None:
    alice.groups.add(team)
    team.delete()
    assert app.send(browser_of(alice)).status_code == 403


# --- once somebody has left the group, whatever was ended by then ---

ENDPOINTS: dict[str, Callable[[App, dict[str, Any]], Any]] = {
    "the API": lambda app, tokens: me(tokens["access_token"]).status_code,
    "userinfo": lambda app, tokens: userinfo(tokens["access_token"]).status_code,
    "introspection, access": lambda app, tokens: app.introspect(tokens["access_token"]),
    "introspection, refresh": lambda app, tokens: app.introspect(tokens["refresh_token"]),
    "refresh": lambda app, tokens: error_in(app.refresh(tokens["refresh_token"])),
    "an old refresh again": lambda app, tokens: error_in(app.refresh(tokens["superseded"])),
    "the code": lambda app, tokens: error_in(app.redeem(tokens["code"])),
}
CLOSED: dict[str, Any] = {
    "the API": 401,
    "userinfo": 401,
    "introspection, access": {"active": False},
    "introspection, refresh": {"active": False},
    "refresh": (400, "invalid_grant"),
    "an old refresh again": (400, "invalid_grant"),
    "the code": (400, "invalid_grant"),
}


@pytest.mark.every_case
@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_every_endpoint_obeys_at_once(app: App, team: Group, alice: User, endpoint: str) -> None:
    alice.groups.add(team)
    first = app.tokens_for(alice, scope="openid profile offline_access")
    tokens = app.refresh(first["refresh_token"]).json()
    tokens |= {"superseded": first["refresh_token"], "code": app.code_for(alice)}
    alice.groups.remove(team)  # and nothing else: no row of the app's has gone
    assert ENDPOINTS[endpoint](app, tokens) == CLOSED[endpoint]
    alice.groups.add(team)
    assert ENDPOINTS["introspection, access"](app, tokens)["active"]


def test_a_client_that_acts_for_itself_has_no_groups(app: App, team: Group) -> None:
    answer = app.post("/oauth/token/", {"grant_type": "client_credentials", "scope": "profile"})
    assert app.introspect(answer.json()["access_token"])["active"]


def test_personal_tokens_and_the_own_pages_know_no_groups(
    app: App, team: Group, alice: User
) -> None:
    scopes = frozenset({"profile"})
    token = PersonalToken.objects.issue(alice, name="Backup", scopes=scopes, expires=None)
    assert me(token).status_code == 200
    assert browser_of(alice).get("/account/").status_code == 200


# --- devices ---


def test_a_device_is_allowed_by_nobody_else(app: App, team: Group, alice: User) -> None:
    device, browser = device_of(app), browser_of(alice)
    page = browser.post("/oauth/device/", {"user_code": device["user_code"]})
    assert page.status_code == 403
    assert "Stop on the device" in page.content.decode()
    sent = {"user_code": device["user_code"], "decision": "allow", "scope": "openid"}
    browser.post("/oauth/device/decision/", sent)
    assert error_in(poll(app, device)) == (400, "access_denied")


def test_a_device_that_was_allowed_gets_nothing_once_its_person_has_left(
    app: App, team: Group, alice: User
) -> None:
    alice.groups.add(team)
    device, browser = device_of(app), browser_of(alice)
    sent = {"user_code": device["user_code"], "decision": "allow", "scope": "openid"}
    browser.post("/oauth/device/decision/", sent)
    alice.groups.remove(team)
    assert error_in(poll(app, device)) == (400, "access_denied")
