"""What a client can demand of the person: sign in anew, somebody in particular, an account."""

import json
import time
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
from django.test import Client as Browser

from accounts.models import User
from tests.accounts.oauth_server.app import App, answer_in
from tests.conftest import PASSWORD


def sign_in(browser: Browser, address: str, person: str = "alice@example.com") -> Any:
    """Fill in the sign-in form at `address`; return the page that follows."""
    form = {"login": person, "password": PASSWORD}
    following = parse_qs(urlsplit(address).query)["next"][0]
    response = browser.post("/accounts/login/", form | {"next": following})
    assert response.status_code == 302, response.content
    return browser.get(response["Location"])


@pytest.fixture
def browser(alice: User) -> Browser:
    """Alice's browser: she has just signed in with her password."""
    browser = Browser()
    browser.post("/accounts/login/", {"login": alice.email, "password": PASSWORD})
    return browser


@pytest.fixture
def trusted_app(app: App, browser: Browser) -> App:
    """An app that Alice has let in before."""
    app.ask(browser)
    return app


def claims_of(app: App, code: str) -> dict[str, Any]:
    id_token = app.redeem(code).json()["id_token"]
    return jwt.decode(id_token, options={"verify_signature": False})


@pytest.mark.parametrize("demand", [{"prompt": "login"}, {"max_age": "0"}])
def test_a_fresh_sign_in_is_really_asked_for(
    trusted_app: App, browser: Browser, demand: dict[str, str]
) -> None:
    before = time.time()
    response = trusted_app.send(browser, **demand)
    assert response["Location"].startswith("/accounts/login/?next=")
    page = browser.get(response["Location"])
    assert page.status_code == 200
    assert "Photo Album" in page.content.decode()

    answer = answer_in(sign_in(browser, response["Location"]))
    assert claims_of(trusted_app, answer["code"])["auth_time"] >= int(before)


def test_coming_back_without_signing_in_is_not_enough(trusted_app: App, browser: Browser) -> None:
    response = trusted_app.send(browser, prompt="login")
    onward = parse_qs(urlsplit(response["Location"]).query)["next"][0]

    again = browser.get(onward)
    assert again["Location"].startswith("/accounts/login/?next=")
    forged = browser.get(onward.split("&first_seen=")[0] + "&first_seen=forged")
    assert forged["Location"].startswith("/accounts/login/?next=")


def test_a_decision_does_not_skip_the_sign_in(app: App, browser: Browser) -> None:
    query = app.request(prompt="login")
    response = browser.post("/oauth/authorize/decision/", {"decision": "allow"}, query_params=query)

    assert response["Location"].startswith("/accounts/login/")


def test_max_age_asks_only_when_it_was_too_long_ago(trusted_app: App, browser: Browser) -> None:
    assert "code" in answer_in(trusted_app.send(browser, max_age="1000"))
    session = browser.session
    for record in (records := session["account_authentication_methods"]):
        record["at"] -= 2000
    session["account_authentication_methods"] = records
    session.save()

    response = trusted_app.send(browser, max_age="1000")
    assert response["Location"].startswith("/accounts/login/")
    answer = answer_in(trusted_app.send(browser, max_age="1000", prompt="none"))
    assert answer["error"] == "login_required"
    assert "code" in answer_in(sign_in(browser, response["Location"]))


@pytest.mark.parametrize("max_age", ["-1", "x", "1.5", "9" * 20])
def test_max_age_is_a_number(app: App, browser: Browser, max_age: str) -> None:
    assert answer_in(app.send(browser, max_age=max_age))["error"] == "invalid_request"


def test_prompt_none_with_login_is_login_required(trusted_app: App, browser: Browser) -> None:
    answer = answer_in(trusted_app.send(browser, prompt="none", max_age="0"))

    assert answer["error"] == "login_required"
    assert "code" in answer_in(trusted_app.send(browser, prompt="none"))


def test_select_account_offers_the_choice_once(trusted_app: App, browser: Browser) -> None:
    page = trusted_app.send(browser, prompt="select_account")
    words = page.content.decode()
    assert "alice@example.com" in words

    assert "code" in answer_in(browser.get(page.context["continue_url"]))
    assert browser.get(page.context["other_account_url"]).status_code == 200


def test_another_account_may_be_chosen(trusted_app: App, browser: Browser, bob: User) -> None:
    page = trusted_app.send(browser, prompt="select_account")
    consent = sign_in(browser, page.context["other_account_url"], "bob@example.com")

    assert "bob@example.com" in consent.content.decode()


def test_create_leads_to_sign_up(app: App, db: None) -> None:
    response = app.send(Browser(), prompt="create")

    assert response["Location"].startswith("/accounts/signup/?next=")


def test_a_hint_of_somebody_else_is_not_answered_for_the_wrong_person(
    trusted_app: App, browser: Browser, bob: User
) -> None:
    hint = trusted_app.tokens_for(bob)["id_token"]

    answer = answer_in(trusted_app.send(browser, id_token_hint=hint, prompt="none"))
    assert answer["error"] == "login_required"
    response = trusted_app.send(browser, id_token_hint=hint)
    assert response["Location"].startswith("/accounts/login/")
    assert "code" in answer_in(sign_in(browser, response["Location"], "bob@example.com"))


def test_the_wrong_person_is_asked_once_and_then_refused(
    trusted_app: App, browser: Browser, bob: User
) -> None:
    hint = trusted_app.tokens_for(bob)["id_token"]
    response = trusted_app.send(browser, id_token_hint=hint)

    answer = answer_in(sign_in(browser, response["Location"]))
    assert answer["error"] == "login_required"


def test_a_hint_of_the_person_themselves_is_fine(
    trusted_app: App, browser: Browser, alice: User
) -> None:
    hint = trusted_app.tokens_for(alice)["id_token"]

    assert "code" in answer_in(trusted_app.send(browser, id_token_hint=hint, prompt="none"))


@pytest.mark.parametrize("hint", ["nonsense", "a.b.c", "eyJhbGciOiJub25lIn0.e30."])
def test_a_hint_that_this_site_did_not_sign_is_refused(
    trusted_app: App, browser: Browser, hint: str
) -> None:
    answer = answer_in(trusted_app.send(browser, id_token_hint=hint))

    assert answer["error"] == "invalid_request"


def test_a_subject_may_be_demanded_by_claims(
    trusted_app: App, browser: Browser, alice: User, bob: User
) -> None:
    def asked(person: User) -> dict[str, str]:
        claims = {"id_token": {"sub": {"value": person.sub}}}
        return answer_in(trusted_app.send(browser, claims=json.dumps(claims), prompt="none"))

    assert "code" in asked(alice)
    assert asked(bob)["error"] == "login_required"


@pytest.mark.parametrize("claims", ["{", "[]", '"x"', '{"id_token": 1}', "[" * 2000])
def test_claims_that_cannot_be_read_are_refused(app: App, browser: Browser, claims: str) -> None:
    assert answer_in(app.send(browser, claims=claims))["error"] == "invalid_request"


def test_the_id_token_says_how_the_person_signed_in(trusted_app: App, browser: Browser) -> None:
    claims = claims_of(trusted_app, answer_in(trusted_app.send(browser))["code"])

    assert claims["amr"] == ["pwd"]
    assert claims["acr"] == "urn:latchkey:acr:one-factor"
    assert claims["sid"]


def test_an_acr_that_nobody_can_reach_is_told_so_when_essential(
    trusted_app: App, browser: Browser
) -> None:
    for essential in (True, False):
        acr = {"essential": essential, "values": ["urn:example:three-factors"]}
        claims = json.dumps({"id_token": {"acr": acr}})
        answer = answer_in(trusted_app.send(browser, claims=claims))
        assert answer.get("error", "none") == (
            "unmet_authentication_requirements" if essential else "none"
        )


def test_a_login_hint_fills_the_form_in(app: App, db: None) -> None:
    response = app.send(Browser(), login_hint="alice@example.com")

    assert 'value="alice@example.com"' in Browser().get(response["Location"]).content.decode()


def test_whoever_is_signed_in_needs_no_sign_in_page(browser: Browser) -> None:
    assert browser.get("/accounts/login/")["Location"] == "/account/"
    assert browser.get("/accounts/signup/")["Location"] == "/account/"
    assert browser.get("/accounts/login/?next=//evil.example/")["Location"] == "/account/"


def test_the_answer_may_be_posted(app: App, browser: Browser) -> None:
    page = app.ask(browser, response_mode="form_post")
    words = page.content.decode()

    assert page["Cache-Control"] == "no-store"
    assert 'action="https://app.example/callback"' in words
    for name in ("code", "state", "iss"):
        assert f'name="{name}"' in words


def test_errors_are_posted_too(app: App, browser: Browser) -> None:
    page = app.send(browser, response_mode="form_post", scope="introspection")

    assert 'value="invalid_scope"' in page.content.decode()


@pytest.mark.parametrize("mode", ["jwt.query", "web_message", "x"])
def test_other_response_modes_are_refused(app: App, browser: Browser, mode: str) -> None:
    assert answer_in(app.send(browser, response_mode=mode))["error"] == "invalid_request"


def test_parameters_that_nobody_knows_are_ignored(trusted_app: App, browser: Browser) -> None:
    unknown = {"display": "popup", "ui_locales": "fr-CA en", "claims_locales": "de", "x": "y"}

    assert "code" in answer_in(trusted_app.send(browser, **unknown))
