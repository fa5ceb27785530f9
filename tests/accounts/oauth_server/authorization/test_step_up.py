"""An app asks for a second factor: who is asked for it, who sets one up, and what tokens say."""

import json
import time
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from django.test import Client as Browser
from django.urls import reverse

from accounts.models import User
from accounts.upstream.mfa import hotp_value
from tests.accounts.oauth_server.app import App, answer_in
from tests.accounts.oauth_server.authorization.test_prompts import browser, claims_of, trusted_app
from tests.conftest import PASSWORD
from tests.upstream import TOTP

__all__ = ["browser", "trusted_app"]

TWO_FACTORS = "urn:latchkey:acr:two-factors"
ESSENTIAL = json.dumps({"id_token": {"acr": {"essential": True, "values": [TWO_FACTORS]}}})
DEMANDS: list[dict[str, Any]] = [{"acr_values": TWO_FACTORS}, {"claims": ESSENTIAL}]
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def onward_from(response: Any) -> str:
    return parse_qs(urlsplit(response["Location"]).query)["next"][0]


def give_code(browser: Browser, response: Any) -> Any:
    """Type the code of the authenticator app; return what comes after."""
    assert response["Location"].startswith("/accounts/2fa/reauthenticate/?next="), response
    code = f"{hotp_value(SECRET, int(time.time()) // 30):06d}"
    done = browser.post(response["Location"], {"code": code, "next": onward_from(response)})
    assert done.status_code == 302, done.content
    return browser.get(done["Location"])


@pytest.mark.parametrize("demand", DEMANDS)
def test_who_has_a_second_factor_is_asked_for_it_and_the_tokens_say_so(
    trusted_app: App, browser: Browser, alice: User, demand: dict[str, Any]
) -> None:
    TOTP.activate(alice, SECRET)
    answer = answer_in(give_code(browser, trusted_app.send(browser, **demand)))
    tokens = trusted_app.redeem(answer["code"]).json()

    told = trusted_app.introspect(tokens["access_token"])
    assert told["acr"] == TWO_FACTORS
    refreshed = trusted_app.refresh(tokens["refresh_token"]).json()
    assert trusted_app.introspect(refreshed["access_token"])["acr"] == TWO_FACTORS
    again = claims_of(trusted_app, answer_in(trusted_app.send(browser, **demand))["code"])
    assert again["acr"] == TWO_FACTORS
    assert {"pwd", "otp", "mfa"} == set(again["amr"])


def test_whoever_has_none_is_led_to_set_one_up(trusted_app: App, browser: Browser) -> None:
    response = trusted_app.send(browser, acr_values=TWO_FACTORS)

    page = browser.get(response["Location"])
    assert "The app that you came from" in page.content.decode()
    assert page.context["onward"] == onward_from(response)


@pytest.mark.parametrize(
    ("demand", "words", "others"),
    [
        ({"acr_values": TWO_FACTORS}, "Continue without it", "will not sign you in"),
        ({"claims": ESSENTIAL}, "will not sign you in", "Continue without it"),
    ],
)
def test_the_page_says_what_comes_of_going_on_without(
    trusted_app: App, browser: Browser, demand: dict[str, Any], words: str, others: str
) -> None:
    page = browser.get(trusted_app.send(browser, **demand)["Location"]).content.decode()

    assert words in page
    assert others not in page


@pytest.mark.parametrize("claims", ["", "x", "[]", '{"id_token": 7}', "[" * 2_000], ids=len)
def test_a_way_onward_that_nobody_sent_is_read_without_an_error(
    browser: Browser, claims: str
) -> None:
    onward = "/oauth/authorize/?" + urlencode({"first_seen": "x", "claims": claims})
    response = browser.get(reverse("second_factor"), {"next": onward})

    assert response.status_code in (200, 302)


def test_who_sets_one_up_on_the_way_is_then_asked_for_it(
    trusted_app: App, browser: Browser, alice: User
) -> None:
    onward = onward_from(trusted_app.send(browser, claims=ESSENTIAL))
    TOTP.activate(alice, SECRET)

    answer = answer_in(give_code(browser, browser.get(onward)))
    assert claims_of(trusted_app, answer["code"])["acr"] == TWO_FACTORS


def test_who_comes_back_without_is_let_on_where_it_was_a_wish(
    trusted_app: App, browser: Browser
) -> None:
    onward = onward_from(trusted_app.send(browser, acr_values=TWO_FACTORS))

    code = answer_in(browser.get(onward))["code"]
    assert claims_of(trusted_app, code)["acr"] == "urn:latchkey:acr:one-factor"


def test_who_comes_back_without_is_refused_where_it_was_demanded(
    trusted_app: App, browser: Browser, alice: User
) -> None:
    TOTP.activate(alice, SECRET)
    onward = onward_from(trusted_app.send(browser, claims=ESSENTIAL))

    assert answer_in(browser.get(onward))["error"] == "unmet_authentication_requirements"


def test_nobody_is_shown_a_page_that_was_forbidden(trusted_app: App, browser: Browser) -> None:
    demanded = answer_in(trusted_app.send(browser, claims=ESSENTIAL, prompt="none"))
    assert demanded["error"] == "interaction_required"
    wished = answer_in(trusted_app.send(browser, acr_values=TWO_FACTORS, prompt="none"))
    assert "code" in wished


def test_a_class_that_is_reached_asks_for_nothing(trusted_app: App, browser: Browser) -> None:
    both = f"{TWO_FACTORS} urn:latchkey:acr:one-factor"

    assert "code" in answer_in(trusted_app.send(browser, acr_values=both))


def test_a_decision_does_not_skip_the_second_factor(app: App, browser: Browser) -> None:
    query = app.request(claims=ESSENTIAL)
    response = browser.post("/oauth/authorize/decision/", {"decision": "allow"}, query_params=query)

    assert "second" in response["Location"]
    assert "code=" not in response["Location"]


@pytest.mark.parametrize("wish", [{"prompt": "login"}, {"max_age": "0"}])
def test_who_is_signed_in_and_signs_in_anew_with_both_factors_gets_back_to_the_app(
    trusted_app: App, browser: Browser, alice: User, wish: dict[str, str]
) -> None:
    TOTP.activate(alice, SECRET)
    onward = onward_from(trusted_app.send(browser, **wish))
    form = {"login": alice.email, "password": PASSWORD, "next": onward}
    second = browser.post("/accounts/login/", form)["Location"]
    assert second.startswith("/accounts/2fa/authenticate/")
    code = f"{hotp_value(SECRET, int(time.time()) // 30):06d}"
    done = browser.post(second, {"code": code})
    claims = claims_of(trusted_app, answer_in(browser.get(done["Location"]))["code"])
    assert set(claims["amr"]) == {"pwd", "otp", "mfa"}
