"""RP-initiated logout: an app sends a person to sign out (OpenID Connect RP-Initiated Logout)."""

import html
import re
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client as Browser
from django.utils import timezone

from accounts.models import Session, User
from accounts.oauth_server.models import AccessToken, Client
from tests.accounts.oauth_server.app import App, answer_in, error_in, me

BACK = "https://app.example/signed-out"
LOGOUT = "/oauth/logout/"


@pytest.fixture
def app(app: App) -> App:
    app.client.post_logout_redirect_uris = f"{BACK} https://app.example/bye?from=latchkey"
    app.client.save()
    return app


@pytest.fixture
def browser(alice: User) -> Browser:
    browser = Browser()
    browser.force_login(alice)
    return browser


def sign_in(app: App, browser: Browser) -> dict[str, Any]:
    """Let the app in from this browser, and return its tokens."""
    response = app.send(browser)
    if response.status_code == 200:
        response = app.ask(browser)
    return app.redeem(answer_in(response)["code"]).json()


def is_signed_in(browser: Browser) -> bool:
    return browser.get("/account/").status_code == 200


def say_yes(page: Any, browser: Browser) -> Any:
    action = re.search(r'action="(/oauth/logout/decision/[^"]*)"', page.content.decode())
    assert action, "there is no form to decide with"
    return browser.post(html.unescape(action[1]))


def refused(response: Any, words: str) -> bool:
    assert (response.status_code, response.has_header("Location")) == (400, False)
    return words in html.unescape(response.content.decode())


# --- with the ID token of this session ---


def test_the_app_of_this_session_signs_the_person_out_without_a_question(
    app: App, browser: Browser
) -> None:
    tokens = sign_in(app, browser)
    asked = {
        "id_token_hint": tokens["id_token"],
        "post_logout_redirect_uri": BACK,
        "state": "a b&c",
    }

    response = browser.get(LOGOUT, asked)

    assert response.status_code == 302
    assert response["Location"].startswith(f"{BACK}?")
    assert answer_in(response) == {"state": "a b&c"}
    assert "no-store" in response["Cache-Control"]
    assert not is_signed_in(browser)
    assert not Session.objects.filter(user__isnull=False).exists()


def test_what_the_app_earned_from_this_session_ends_and_nothing_else(
    app: App, other_app: App, alice: User, bob: User, browser: Browser
) -> None:
    here = sign_in(app, browser)
    elsewhere = app.tokens_for(alice)
    of_bob = app.tokens_for(bob)
    of_other_app = sign_in(other_app, browser)

    browser.get(LOGOUT, {"id_token_hint": here["id_token"]})

    assert me(here["access_token"]).status_code == 401
    assert error_in(app.refresh(here["refresh_token"])) == (400, "invalid_grant")
    for lives_on in (elsewhere, of_bob, of_other_app):
        assert me(lives_on["access_token"]).status_code in (200, 403)
    assert app.refresh(elsewhere["refresh_token"]).status_code == 200
    assert other_app.refresh(of_other_app["refresh_token"]).status_code == 200
    assert Session.objects.filter(user=bob).exists()


def test_a_code_that_was_not_redeemed_is_good_for_nothing_afterwards(
    app: App, browser: Browser
) -> None:
    tokens = sign_in(app, browser)
    code = answer_in(app.send(browser))["code"]

    browser.get(LOGOUT, {"id_token_hint": tokens["id_token"]})

    assert error_in(app.redeem(code)) == (400, "invalid_grant")


def test_an_expired_id_token_will_do(app: App, browser: Browser, settings: Any) -> None:
    settings.ID_TOKEN_LIFETIME = -timedelta(days=30)
    tokens = sign_in(app, browser)

    assert browser.get(LOGOUT, {"id_token_hint": tokens["id_token"]}).status_code == 200
    assert not is_signed_in(browser)


def test_without_an_address_to_go_to_a_page_says_so(app: App, browser: Browser) -> None:
    tokens = sign_in(app, browser)

    page = browser.get(LOGOUT, {"id_token_hint": tokens["id_token"], "state": "unused"})

    assert page.status_code == 200
    assert "You are signed out" in page.content.decode()


def test_a_query_of_the_registered_address_is_kept(app: App, browser: Browser) -> None:
    tokens = sign_in(app, browser)
    uri = "https://app.example/bye?from=latchkey"

    response = browser.get(
        LOGOUT,
        {"id_token_hint": tokens["id_token"], "post_logout_redirect_uri": uri, "state": "s"},
    )

    assert response["Location"] == f"{uri}&state=s"


def test_a_posted_request_becomes_one_that_brings_the_session_along(
    app: App, browser: Browser
) -> None:
    tokens = sign_in(app, browser)
    from_elsewhere = Browser(enforce_csrf_checks=True)
    form = {"id_token_hint": tokens["id_token"], "post_logout_redirect_uri": BACK}

    response = from_elsewhere.post(LOGOUT, form, headers={"Origin": "https://app.example"})

    assert response.status_code == 303
    assert urlsplit(response["Location"]).path == LOGOUT
    assert browser.get(response["Location"])["Location"] == BACK
    assert not is_signed_in(browser)


def test_signing_out_again_goes_straight_back(app: App, browser: Browser) -> None:
    tokens = sign_in(app, browser)
    asked = {"id_token_hint": tokens["id_token"], "post_logout_redirect_uri": BACK, "state": "s"}

    answers = [browser.get(LOGOUT, asked) for _ in range(3)]

    assert [answer["Location"] for answer in answers] == [f"{BACK}?state=s"] * 3


def test_a_second_app_of_the_session_can_sign_out_after_the_first(
    app: App, other_app: App, browser: Browser
) -> None:
    first, second = sign_in(app, browser), sign_in(other_app, browser)

    browser.get(LOGOUT, {"id_token_hint": first["id_token"]})
    page = browser.get(LOGOUT, {"id_token_hint": second["id_token"]})

    assert page.status_code == 200
    assert "You are signed out" in page.content.decode()


# --- when the person has to be asked ---


@pytest.mark.parametrize("asked", [{}, {"state": "s"}, {"logout_hint": "x", "ui_locales": "de en"}])
def test_a_bare_link_asks(app: App, browser: Browser, asked: dict[str, str]) -> None:
    page = browser.get(LOGOUT, asked)
    assert "Sign out?" in page.content.decode()
    assert is_signed_in(browser)

    assert "You are signed out" in say_yes(page, browser).content.decode()
    assert not is_signed_in(browser)


def test_an_app_without_an_id_token_asks_and_is_then_returned_to(
    app: App, browser: Browser
) -> None:
    tokens = sign_in(app, browser)
    asked = {
        "client_id": app.client.client_id,
        "post_logout_redirect_uri": BACK,
        "state": "s",
    }

    page = browser.get(LOGOUT, asked)
    assert "Photo Album" in page.content.decode()
    assert "form-action" not in page["Content-Security-Policy"]
    assert me(tokens["access_token"]).status_code == 200
    response = say_yes(page, browser)

    assert response["Location"] == f"{BACK}?state=s"
    assert me(tokens["access_token"]).status_code == 401
    assert not is_signed_in(browser)


def test_an_id_token_of_another_browser_asks(app: App, alice: User, browser: Browser) -> None:
    elsewhere = app.tokens_for(alice)

    page = browser.get(LOGOUT, {"id_token_hint": elsewhere["id_token"]})
    assert is_signed_in(browser)
    say_yes(page, browser)

    assert not is_signed_in(browser)
    assert me(elsewhere["access_token"]).status_code == 200


def test_an_id_token_of_somebody_else_asks(app: App, mallory: User, browser: Browser) -> None:
    hers = app.tokens_for(mallory)

    page = browser.get(LOGOUT, {"id_token_hint": hers["id_token"]})

    assert "alice@example.com" in page.content.decode()
    assert is_signed_in(browser)


def test_a_form_of_another_site_cannot_say_yes(app: App, alice: User) -> None:
    browser = Browser(enforce_csrf_checks=True)
    browser.force_login(alice)

    assert browser.post("/oauth/logout/decision/").status_code == 403
    assert is_signed_in(browser)


def test_a_yes_of_somebody_who_is_signed_out_by_then_is_fine(app: App, browser: Browser) -> None:
    page = browser.get(LOGOUT)
    browser.logout()

    assert "You are signed out" in say_yes(page, browser).content.decode()


# --- what is refused ---


def test_an_unregistered_address_is_named_and_not_gone_to(app: App, browser: Browser) -> None:
    tokens = sign_in(app, browser)
    for uri in (f"{BACK}/", f"{BACK}?more=1", "https://evil.example/", "//evil.example", "x"):
        asked = {"id_token_hint": tokens["id_token"], "post_logout_redirect_uri": uri}
        assert refused(browser.get(LOGOUT, asked), "not registered for it")
    assert is_signed_in(browser)


def test_an_address_of_another_app_is_refused(app: App, other_app: App, browser: Browser) -> None:
    tokens = sign_in(other_app, browser)
    asked = {"id_token_hint": tokens["id_token"], "post_logout_redirect_uri": BACK}

    assert refused(browser.get(LOGOUT, asked), "not registered for it")


def test_an_address_of_nobody_knows_which_app_is_refused(app: App, browser: Browser) -> None:
    assert refused(browser.get(LOGOUT, {"post_logout_redirect_uri": BACK}), "which app it is")


def test_a_client_id_that_is_not_the_hints_is_refused(
    app: App, other_app: App, browser: Browser
) -> None:
    tokens = sign_in(app, browser)
    asked = {"id_token_hint": tokens["id_token"], "client_id": other_app.client.client_id}

    assert refused(browser.get(LOGOUT, asked), "id_token_hint")
    assert is_signed_in(browser)


def test_an_id_token_that_is_none_is_refused(app: App, browser: Browser) -> None:
    tokens = sign_in(app, browser)
    head, body, signature = tokens["id_token"].split(".")
    wrong = [
        "x",
        "..",
        "a.b.c",
        f"{head}.{body}.",
        f"{head}.{body}.{'A' * len(signature)}",
        tokens["access_token"],
    ]
    for hint in wrong:
        assert refused(browser.get(LOGOUT, {"id_token_hint": hint}), "id_token_hint")
    assert is_signed_in(browser)


def test_an_unknown_app_is_refused_and_so_is_one_that_was_switched_off(
    app: App, browser: Browser
) -> None:
    Client.objects.update(is_active=False)
    for client_id in ("nobody", app.client.client_id):
        assert refused(browser.get(LOGOUT, {"client_id": client_id}), "is not registered")


def test_strange_parameters_are_refused_and_never_an_error_of_ours(
    app: App, browser: Browser
) -> None:
    for query in (
        "client_id=a&client_id=b",
        "state=%00",
        "client_id=%00",
        f"client_id={app.client.client_id}&post_logout_redirect_uri=http://[",
    ):
        assert browser.get(f"{LOGOUT}?{query}").status_code == 400
    assert browser.put(LOGOUT).status_code == 405


def test_tokens_of_devices_stay(app: App, alice: User, browser: Browser) -> None:
    """They belong to no session, so no session's end is theirs."""
    tokens = sign_in(app, browser)
    device = app.tokens_for(alice)
    later = timezone.now() + timedelta(hours=1)
    AccessToken.objects.exclude(sid=browser.session["sid"]).update(sid="", expires=later)

    browser.get(LOGOUT, {"id_token_hint": tokens["id_token"]})

    assert me(device["access_token"]).status_code == 200
