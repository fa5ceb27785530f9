"""Codes that are mistyped, too old, used up or somebody else's, and how they may be typed."""

import re
import time
from collections.abc import Callable
from typing import Any

import pytest
from django.core import mail
from django.test import Client as Browser

from accounts.models import User
from accounts.upstream.mfa import (
    format_hotp_value,
    hotp_value,
)
from tests.accounts.account_pages.proof import signed_in
from tests.accounts.second_factors.conftest import SECRET
from tests.test_bad_input import between_two_steps

pytestmark = pytest.mark.django_db

CODE = r"^ *([A-Z0-9]{3,}-[A-Z0-9]+) *$"
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
    (code,) = re.findall(CODE, str(mail.outbox[-1].body), re.MULTILINE)
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
    code = format_hotp_value(hotp_value(SECRET, int(time.time()) // 30))
    answer = browser.post("/accounts/2fa/authenticate/", {"code": way(code)})
    assert answer.status_code == 302


@every_code
def test_a_wrong_code_is_not_taken_however_it_is_typed(alice: User, kind: str) -> None:
    browser = Browser()
    page, _ = ask(browser, kind)
    answer = type_in(browser, page, full_width("AAAA-AAAA"))
    assert "This code is wrong" in answer.content.decode()


@every_code
def test_a_wrong_code_says_how_many_tries_remain_and_an_empty_one_costs_none(
    alice: User, kind: str
) -> None:
    browser = Browser()
    page, code = ask(browser, kind)
    assert "You have 2 attempts left." in type_in(browser, page, "AAAA-AAAA").content.decode()
    assert "left." not in type_in(browser, page, " ").content.decode()
    assert "You have 1 attempt left." in type_in(browser, page, "AAAA-AAAA").content.decode()
    assert type_in(browser, page, code).status_code == 302


def too_old(browser: Browser, page: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    now = time.time
    monkeypatch.setattr(time, "time", lambda: now() + 1200)
    return browser.post(page, {"code": "AAAA-AAAA", "next": ONWARD}, follow=True)


def mistyped(browser: Browser, page: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    for _ in range(3):
        answer = browser.post(page, {"code": "AAAA-AAAA", "next": ONWARD}, follow=True)
    monkeypatch.setattr(time, "time", lambda now=time.time: now() + 20)  # codes come 10 s apart
    return answer


ENDS = {too_old: "Codes are valid for", mistyped: "Too many wrong codes were entered"}
every_end = pytest.mark.parametrize("end", ENDS)


def forms(page: str) -> list[tuple[str, dict[str, str]]]:
    """Return where each form of a page is sent to, and its hidden fields."""
    hidden = r'<input type="hidden" name="([^"]+)" value="([^"]*)"'
    found = re.findall(r"<form([^>]*)>(.*?)</form>", page, re.DOTALL)
    actions = [re.search(r'action="([^"]+)"', head) for head, _ in found]
    return [
        (a[1], dict(re.findall(hidden, f))) for a, (_, f) in zip(actions, found, strict=True) if a
    ]


def press_for_a_new_code(browser: Browser, page: str) -> Any:
    (action, fields), *_ = [form for form in forms(page) if form[1].get("action") == "new"]
    return browser.post(action, fields)


@every_code
@every_end
def test_a_code_that_has_ended_says_so_and_a_new_one_is_one_press_away(
    alice: User, kind: str, end: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = Browser()
    page, old = ask(browser, kind)
    ended = end(browser, page, monkeypatch).content.decode()
    assert "This code has expired" in ended
    assert ENDS[end] in ended
    assert ASKED_FOR[kind][1]["email"] in ended
    assert type_in(browser, page, old).status_code == 200  # it is worth nothing any more

    again = press_for_a_new_code(browser, ended)["Location"]
    assert ONWARD in again.replace("%2F", "/")
    shown = browser.get(again).content.decode()
    assert "This code has expired" not in shown
    assert "This code is wrong" in type_in(browser, again, old).content.decode()
    new = re.findall(CODE, str(mail.outbox[-1].body), re.MULTILINE)[0]
    arrived = type_in(browser, again, new)
    if kind == "reset":
        assert arrived["Location"].startswith("/accounts/password/reset/complete/")
    else:
        assert arrived["Location"] == ONWARD


@every_code
@every_end
def test_an_ended_code_does_not_tell_who_is_known(
    alice: User, kind: str, end: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    told = []
    for email in ("alice@example.com", "nobody@example.com"):
        browser = Browser()
        address, form = ASKED_FOR[kind]
        page = browser.post(address, form | {"email": email, "next": ONWARD})["Location"]
        with monkeypatch.context() as later:
            ended = end(browser, page, later).content.decode()
            sent = len(mail.outbox)
            again = press_for_a_new_code(browser, ended)
            shown = browser.get(again["Location"]).content.decode()
        pages = (same(ended, email), same(shown, email))
        told.append((*pages, again.status_code, again["Location"], len(mail.outbox) - sent))
    assert told[0] == told[1]


def same(page: str, email: str) -> str:
    """The page without what differs each time."""
    page = re.sub(r'csrfmiddlewaretoken" value="[^"]*"', "", page).replace(email, "")
    return re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "", page)


def test_a_new_code_is_there_for_the_asking_before_the_old_one_has_ended(alice: User) -> None:
    browser = Browser()
    page, old = ask(browser, "sign-in")
    press_for_a_new_code(browser, browser.get(page).content.decode())
    assert type_in(browser, page, old).status_code == 200
    assert len(mail.outbox) == 2


def test_who_has_had_too_many_letters_gets_no_further_tries(alice: User) -> None:
    browser = Browser()
    page, _ = ask(browser, "sign-up")
    shown = type_in(browser, page, "AAAA-AAAA").content.decode()
    for _ in range(2):
        shown = browser.get(press_for_a_new_code(browser, shown)["Location"]).content.decode()
    type_in(browser, page, "AAAA-AAAA")
    assert press_for_a_new_code(browser, shown).status_code == 429
    assert "You have 1 attempt left." in type_in(browser, page, "AAAA-AAAA").content.decode()


@every_end
def test_an_added_address_gets_a_new_code_too(
    alice: User, end: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = signed_in(alice)
    form = {"action_add": "", "email": "second@example.com"}
    page = browser.post("/accounts/email/", form)["Location"]
    ended = end(browser, page, monkeypatch).content.decode()
    assert ENDS[end] in ended
    assert "second@example.com" in ended
    browser.get(press_for_a_new_code(browser, ended)["Location"])
    new = re.findall(CODE, str(mail.outbox[-1].body), re.MULTILINE)[0]
    browser.post(page, {"code": new})
    assert alice.emailaddress_set.get(email="second@example.com").verified
    assert "This code has expired" not in browser.get(page, follow=True).content.decode()


def test_what_is_left_of_a_code_is_not_for_whoever_signs_in_then(
    alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = Browser()
    page, _ = ask(browser, "sign-up")
    mistyped(browser, page, monkeypatch)
    browser.force_login(alice)
    assert "carol@example.com" not in browser.get(page, follow=True).content.decode()


@every_code
def test_a_code_is_worth_nothing_in_another_browser(alice: User, kind: str) -> None:
    browser, other = Browser(), Browser()
    page, code = ask(browser, kind)
    answer = other.post(page, {"code": code}, follow=True)
    assert "There is no code to enter here." in answer.content.decode()
    assert "_auth_user_id" not in other.session
    assert type_in(browser, page, code).status_code == 302


@every_code
def test_a_code_that_is_sent_off_twice_does_no_harm(alice: User, kind: str) -> None:
    browser = Browser()
    page, code = ask(browser, kind)
    first, second = (type_in(browser, page, code) for _ in range(2))
    assert first.status_code == second.status_code == 302
    assert first["Location"] == second["Location"]
