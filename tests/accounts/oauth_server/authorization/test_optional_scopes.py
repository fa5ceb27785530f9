"""What a person can leave out of what an app asks for, and what the app then gets."""

import json
from typing import Any

import pytest
from django.test import Client as Browser

from accounts.models import User
from accounts.oauth_server.models import Authorization, Client
from tests.accounts.oauth_server.app import App, answer_in, error_in, me, ticked


@pytest.fixture
def browser(alice: User) -> Browser:
    browser = Browser()
    browser.force_login(alice)
    return browser


def redeem(app: App, response: Any) -> dict[str, Any]:
    return app.redeem(answer_in(response)["code"]).json()


def test_all_but_openid_can_be_switched_off(app: App, browser: Browser) -> None:
    page = app.send(browser).content.decode()

    assert ticked(page) == ["profile", "email"]
    assert "Sign you in" in page


def test_the_app_is_told_what_it_got_and_gets_no_more(app: App, browser: Browser) -> None:
    tokens = redeem(app, app.ask(browser, without=["email"]))

    assert tokens["scope"] == "openid profile"
    assert "email" not in me(tokens["access_token"]).json()
    assert app.introspect(tokens["access_token"])["scope"] == "openid profile"
    assert app.refresh(tokens["refresh_token"]).json()["scope"] == "openid profile"


def test_claims_do_not_bring_back_what_was_switched_off(app: App, browser: Browser) -> None:
    claims = json.dumps({"userinfo": {"email": {"essential": True}}})
    tokens = redeem(app, app.ask(browser, without=["email"], claims=claims, scope="openid"))

    header = {"Authorization": f"Bearer {tokens['access_token']}"}
    assert "email" not in Browser().get("/oauth/userinfo/", headers=header).json()


def test_nobody_is_asked_again_for_what_they_declined(app: App, browser: Browser) -> None:
    app.ask(browser, without=["email"])

    assert redeem(app, app.send(browser))["scope"] == "openid profile"
    assert redeem(app, app.send(browser, prompt="none"))["scope"] == "openid profile"


def test_who_is_asked_again_finds_it_switched_off_and_may_change_it(
    app: App, browser: Browser
) -> None:
    app.ask(browser, without=["email"])

    page = app.send(browser, prompt="consent")
    assert ticked(page.content.decode()) == ["profile"]
    query = app.request(prompt="consent")
    form = {"decision": "allow", "scope": ["profile", "email"]}
    response = browser.post("/oauth/authorize/decision/", form, query_params=query)
    assert redeem(app, response)["scope"] == "openid profile email"


def test_taking_back_what_was_allowed_reaches_the_tokens_that_are_out(
    app: App, browser: Browser
) -> None:
    tokens = redeem(app, app.ask(browser))
    app.ask(browser, without=["email"], prompt="consent")

    assert me(tokens["access_token"]).status_code == 401
    assert app.refresh(tokens["refresh_token"]).json()["scope"] == "openid profile"


def test_what_an_app_cannot_do_without_has_no_switch(app: App, browser: Browser) -> None:
    Client.objects.update(required_scopes="email")

    assert ticked(app.send(browser).content.decode()) == ["profile"]
    query = app.request()
    response = browser.post("/oauth/authorize/decision/", {"decision": "allow"}, query_params=query)
    assert redeem(app, response)["scope"] == "openid email"


def test_what_became_necessary_is_asked_for_again(app: App, browser: Browser) -> None:
    app.ask(browser, without=["email"])
    Client.objects.update(required_scopes="email")

    assert app.send(browser).status_code == 200


def test_switching_everything_off_is_a_no(app: App, browser: Browser) -> None:
    answer = answer_in(app.ask(browser, without=["profile"], scope="profile"))

    assert answer["error"] == "access_denied"
    assert not Authorization.objects.exists()


def test_nothing_that_was_not_asked_for_can_be_allowed(app: App, browser: Browser) -> None:
    form = {"decision": "allow", "scope": ["email", "connections", "nonsense"]}
    query = app.request(scope="openid email")
    response = browser.post("/oauth/authorize/decision/", form, query_params=query)

    assert redeem(app, response)["scope"] == "openid email"


def test_an_app_that_may_not_stay_gets_no_refresh_token(app: App, browser: Browser) -> None:
    scope = "openid offline_access"

    assert "refresh_token" not in redeem(
        app, app.ask(browser, without=["offline_access"], scope=scope)
    )


def test_what_is_new_is_marked(app: App, browser: Browser) -> None:
    app.ask(browser, scope="openid profile")
    page = app.send(browser).content.decode()

    assert page.count("badge-new") == 1


def test_a_device_too_gets_what_was_left(app: App, browser: Browser) -> None:
    Client.objects.update(grant_types="urn:ietf:params:oauth:grant-type:device_code")
    started = app.post("/oauth/device-authorization/", {"scope": "openid profile email"}).json()
    form = {"user_code": started["user_code"], "decision": "allow", "scope": ["profile"]}
    browser.post("/oauth/device/decision/", form)

    poll = {"grant_type": "urn:ietf:params:oauth:grant-type:device_code"}
    answer = app.post("/oauth/token/", poll | {"device_code": started["device_code"]})
    assert answer.json()["scope"] == "openid profile"


def test_a_device_that_is_left_with_nothing_is_told_no(app: App, browser: Browser) -> None:
    Client.objects.update(grant_types="urn:ietf:params:oauth:grant-type:device_code")
    started = app.post("/oauth/device-authorization/", {"scope": "profile"}).json()
    browser.post(
        "/oauth/device/decision/", {"user_code": started["user_code"], "decision": "allow"}
    )

    poll = {"grant_type": "urn:ietf:params:oauth:grant-type:device_code"}
    answer = app.post("/oauth/token/", poll | {"device_code": started["device_code"]})
    assert error_in(answer) == (400, "access_denied")
