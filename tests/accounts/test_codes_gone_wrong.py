"""Codes that are mistyped, too old, used up or somebody else's, and how they may be typed."""

import re
import time
from collections.abc import Callable
from typing import Any

import pytest
from allauth.mfa.totp.internal.auth import (
    format_hotp_value,
    hotp_value,
    yield_hotp_counters_from_time,
)
from django.core import mail
from django.test import Client as Browser

from accounts.models import User
from tests.accounts.second_factors.conftest import SECRET
from tests.accounts.test_bad_input import between_two_steps

pytestmark = pytest.mark.django_db

ONWARD = "/account/profile/"
ASKED_FOR = {
    "sign-in": ("/accounts/login/code/", {"email": "alice@example.com"}),
    "reset": ("/accounts/password/reset/", {"email": "alice@example.com"}),
    "sign-up": (
        "/accounts/signup/",
        {"email": "carol@example.com", "password1": "another good long password"},
    ),
}
every_code = pytest.mark.parametrize("kind", ASKED_FOR)


def ask(browser: Browser, kind: str) -> tuple[str, str]:
    """Return the page to type the code into, and the code."""
    address, form = ASKED_FOR[kind]
    page = browser.post(address, form | {"next": ONWARD})["Location"]
    (code,) = re.findall(r"^ *([A-Z0-9]{3,}-[A-Z0-9]+) *$", str(mail.outbox[-1].body), re.MULTILINE)
    return page, code


def type_in(browser: Browser, page: str, code: str) -> Any:
    return browser.post(page, {"code": code, "next": ONWARD})


def full_width(code: str) -> str:
    return "".join(chr(ord(character) + 0xFEE0) for character in code)


def arabic_digits(code: str) -> str:
    return code.translate({ord(str(digit)): chr(0x0660 + digit) for digit in range(10)})


WAYS: list[Callable[[str], str]] = [
    str.lower,
    lambda code: f" {' '.join(code)} ",
    lambda code: code.replace("-", ""),
    lambda code: code.replace("-", "–"),
    full_width,
    arabic_digits,
]


@every_code
@pytest.mark.parametrize("way", WAYS)
def test_a_code_is_taken_however_it_is_typed(
    alice: User, kind: str, way: Callable[[str], str]
) -> None:
    browser = Browser()
    page, code = ask(browser, kind)
    assert type_in(browser, page, way(code)).status_code == 302


@pytest.mark.parametrize("way", [full_width, arabic_digits])
def test_so_is_that_of_an_authenticator_app(alice: User, way: Callable[[str], str]) -> None:
    browser = between_two_steps(alice)
    counter = next(iter(yield_hotp_counters_from_time()))
    code = format_hotp_value(hotp_value(SECRET, counter))
    answer = browser.post("/accounts/2fa/authenticate/", {"code": way(code)})
    assert answer.status_code == 302


@every_code
def test_a_wrong_code_is_not_taken_however_it_is_typed(alice: User, kind: str) -> None:
    browser = Browser()
    page, _ = ask(browser, kind)
    answer = type_in(browser, page, full_width("AAAA-AAAA"))
    assert "That is not the code" in answer.content.decode()


@every_code
def test_a_code_that_is_too_old_says_so_and_keeps_the_way_back(
    alice: User, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = Browser()
    page, code = ask(browser, kind)
    now = time.time
    monkeypatch.setattr(time, "time", lambda: now() + 3600)
    answer = browser.post(page, {"code": code, "next": ONWARD}, follow=True)
    assert "There is no code to type in here any more" in answer.content.decode()
    assert f'value="{ONWARD}"' in answer.content.decode()
    assert "_auth_user_id" not in browser.session


@every_code
def test_a_code_is_worth_nothing_in_another_browser(alice: User, kind: str) -> None:
    browser, other = Browser(), Browser()
    page, code = ask(browser, kind)
    answer = other.post(page, {"code": code}, follow=True)
    assert "There is no code to type in here any more" in answer.content.decode()
    assert "_auth_user_id" not in other.session
    assert type_in(browser, page, code).status_code == 302


@every_code
def test_a_code_that_is_sent_off_twice_does_no_harm(alice: User, kind: str) -> None:
    browser = Browser()
    page, code = ask(browser, kind)
    first, second = (type_in(browser, page, code) for _ in range(2))
    assert first.status_code == second.status_code == 302
    assert first["Location"] == second["Location"]
