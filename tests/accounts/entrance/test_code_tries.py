"""A mailed code is looked at three times, however many try it at the same moment."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.core import mail
from django.test import Client as Browser

from accounts.models import SecurityEvent, User
from accounts.models.event_kinds import Outcome
from tests.accounts.at_once import meet_before
from tests.accounts.entrance.test_mailed_codes import ASKED_FOR, ask, every_code, type_in

pytestmark = pytest.mark.django_db(transaction=True)

WRONG = "AAAA-AAAA"
AT_ONCE = 6


def same_session(browser: Browser) -> Browser:
    """The same browser in another tab: the test client is good for one request at a time."""
    tab = Browser()
    tab.cookies = browser.cookies.copy()
    return tab


def at_once(browser: Browser, page: str, codes: list[str]) -> list[Any]:
    tabs = [same_session(browser) for _ in codes]
    steps: list[Callable[[], Any]] = [
        partial(type_in, tab, page, code) for tab, code in zip(tabs, codes, strict=True)
    ]
    return meet_before(('INSERT INTO "cache"',), *steps)


def looked_at() -> int:
    return SecurityEvent.objects.filter(outcome=Outcome.FAILED, details={"code": "code"}).count()


@every_code
def test_of_simultaneous_wrong_codes_three_are_looked_at(alice: User, kind: str) -> None:
    browser = Browser()
    page, code = ask(browser, kind)
    answers = at_once(browser, page, [WRONG] * AT_ONCE)
    assert all(answer.status_code in {200, 302} for answer in answers)
    assert looked_at() == 3
    type_in(browser, page, code)
    assert "_auth_user_id" not in browser.session


@pytest.mark.parametrize("kind", ["sign-in", "reset"])
def test_the_same_holds_for_an_address_that_nobody_has(kind: str) -> None:
    browser = Browser()
    address, _ = ASKED_FOR[kind]
    page = browser.post(address, {"email": "nobody@example.com"})["Location"]
    at_once(browser, page, [WRONG] * AT_ONCE)
    assert looked_at() == 3


@every_code
def test_the_right_code_is_nothing_after_three_wrong_ones_in_another_tab(
    alice: User, kind: str
) -> None:
    browser = Browser()
    page, code = ask(browser, kind)
    before = same_session(browser)  # which has seen nothing of what comes
    tab = same_session(browser)
    for _ in range(3):
        type_in(tab, page, WRONG)
    type_in(before, page, code)
    assert "_auth_user_id" not in before.session


def test_a_session_that_is_brought_back_is_no_further_try(alice: User) -> None:
    """As simultaneous requests do that read it before it was written."""
    browser = Browser()
    page, code = ask(browser, "sign-in")
    as_it_was = dict(browser.session.items())
    for _ in range(3):
        type_in(browser, page, WRONG)
    session: Any = browser.session
    session.update(as_it_was)
    session.save()
    type_in(browser, page, code)
    assert "_auth_user_id" not in browser.session


def test_a_code_for_confirming_is_looked_at_three_times_too(alice: User) -> None:
    browser = Browser()
    browser.force_login(alice)
    page = "/accounts/reauthenticate/code/"
    browser.post(page, {"send": ""})
    answers = at_once(browser, page, [WRONG] * AT_ONCE)
    told = [answer.content.decode() for answer in answers]
    assert sum("attempts left" in text or "attempt left" in text for text in told) == 2
    refused = sum("Too many wrong codes were entered" in text for text in told)
    # Whoever comes after the code has been taken away is led to the beginning, where a new one is
    # sent: not to all of them at once.
    assert refused + sum(answer.status_code in {302, 429} for answer in answers) == AT_ONCE - 2
    assert refused > 0


def test_a_new_code_can_be_tried_anew(alice: User) -> None:
    browser = Browser()
    page, _ = ask(browser, "sign-in")
    for _ in range(3):
        type_in(browser, page, WRONG)
    page, code = ask(browser, "sign-in")
    type_in(browser, page, code)
    assert "_auth_user_id" in browser.session
    assert len(mail.outbox) == 2
