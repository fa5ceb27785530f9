"""Two tabs of one browser: what the earlier one sends ends on a page that helps."""

from typing import Any

import pytest
from django.test import Client as Browser

from accounts.models import User
from tests.accounts.entrance.test_mailed_codes import (
    ASKED_FOR,
    ONWARD,
    ask,
    every_code,
    press_for_a_new_code,
    type_in,
)
from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db

SIGNED_IN = "/account/"


def sign_in(browser: Browser) -> Any:
    return browser.post("/accounts/login/", {"login": "alice@example.com", "password": PASSWORD})


@every_code
def test_who_signed_in_in_another_tab_goes_on_from_the_page_for_a_code(
    alice: User, kind: str
) -> None:
    browser = Browser()
    page, code = ask(browser, kind)
    browser.get(page)
    sign_in(browser)
    for answer in (browser.get(page, follow=True), type_in(browser, page, code)):
        assert answer.status_code in (200, 302)
    assert browser.get(SIGNED_IN).status_code == 200
    assert browser.session["_auth_user_id"] == str(alice.pk)


@every_code
@pytest.mark.parametrize("later", ASKED_FOR)
def test_a_code_that_was_begun_earlier_helps_on(alice: User, kind: str, later: str) -> None:
    browser = Browser()
    page, code = ask(browser, kind)
    browser.get(page)
    ask(browser, later) if later != "sign-up" or kind != "sign-up" else browser.get("/")
    answer = browser.post(page, {"code": code, "next": ONWARD}, follow=True)
    assert answer.status_code == 200
    assert "There is no code to enter here." not in answer.content.decode()


def test_who_began_to_sign_in_after_signing_up_is_offered_a_new_code(
    alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = Browser()
    page, code = ask(browser, "sign-up")
    browser.get(page)
    ask(browser, "sign-in")
    shown = browser.post(page, {"code": code, "next": ONWARD}).content.decode()
    assert "You have started something else in this browser in the meantime." in shown
    assert "carol@example.com" in shown
    new = press_for_a_new_code(browser, shown)
    assert "carol@example.com" in browser.get(new["Location"]).content.decode()


def test_a_code_typed_into_an_older_page_costs_no_try_of_the_newer_one(
    alice: User, bob: User
) -> None:
    browser = Browser()
    page, code = ask(browser, "sign-in")
    browser.get(page)
    browser.post("/accounts/login/code/", {"email": bob.email})
    typed = {"code": code, "sent_to": alice.email, "next": ONWARD}
    shown = browser.post(page, typed, follow=True).content.decode()
    assert bob.email in shown
    assert "That page was out of date." in shown
    assert "You have 2 attempts left." in type_in(browser, page, "AAAA-AAAA").content.decode()
