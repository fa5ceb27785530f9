"""Guessing a second step: who is told, and how long it takes."""

import time
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.core import mail
from django.test import Client as Browser

from accounts.models import SecurityEvent, User
from accounts.models.event_kinds import Event
from tests.accounts.at_once import meet_before
from tests.accounts.second_factors.conftest import give_password
from tests.accounts.second_factors.test_codes import code_of_app, is_signed_in, type_in
from tests.accounts.security_events.events import recorded
from tests.upstream import RecoveryCodes

pytestmark = pytest.mark.django_db

WRONG = "000000"
MINUTE, HOUR, DAY = 60, 3600, 24 * 3600


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [time.time()]
    monkeypatch.setattr(time, "time", lambda: now[0])
    return now


def waiting(address: str = "198.51.100.7") -> Browser:
    """A browser that has given Alice's password, and never signed in."""
    browser = Browser(REMOTE_ADDR=address)
    give_password(browser)
    return browser


def known(app: Authenticator) -> Browser:
    browser = waiting("192.0.2.1")
    type_in(browser, code_of_app())
    assert is_signed_in(browser)
    browser.post("/accounts/logout/")
    give_password(browser)
    return browser


def refused_for(browser: Browser) -> int:
    """How many seconds are to be waited after the tries that there are, all of them wrong."""
    for tries in range(1, 12):
        answer = type_in(browser, WRONG)
        if answer.status_code == 429:
            assert tries == 11
            return int(answer["Retry-After"])
    raise AssertionError("never refused")


# --- who is told ---


@pytest.fixture
def sent(django_capture_on_commit_callbacks: Any) -> Callable[[Callable[[], Any]], list[str]]:
    def subjects(act: Callable[[], Any]) -> list[str]:
        mail.outbox.clear()
        with django_capture_on_commit_callbacks(execute=True):
            act()
        return [str(message.subject) for message in mail.outbox]

    return subjects


TOLD = ["Somebody tried to sign in to your account at Latchkey"]


def test_the_owner_is_told_at_the_first_wrong_second_step_and_once_an_hour(
    app: Authenticator, sent: Any, clock: list[float]
) -> None:
    browser = waiting()
    assert sent(lambda: type_in(browser, WRONG)) == TOLD
    assert "198.51.100.7" in mail.outbox[0].body
    assert mail.outbox[0].to == ["alice@example.com"]
    assert sent(lambda: type_in(waiting(), WRONG)) == []
    told = ("failed", "Alice", "unknown", {"methods": ["password"]})
    assert recorded(Event.SECOND_STEP_REFUSED) == [told]
    clock[0] += HOUR
    assert sent(lambda: type_in(waiting(), WRONG)) == TOLD


def test_a_wrong_password_is_told_to_nobody(app: Authenticator, sent: Any) -> None:
    form = {"login": "alice@example.com", "password": "wrong"}
    assert sent(lambda: Browser().post("/accounts/login/", form)) == []


def test_a_passkey_that_is_refused_is_told_too(app: Authenticator, sent: Any) -> None:
    form = {"credential": "{}"}
    assert sent(lambda: waiting().post("/accounts/2fa/authenticate/", form)) == TOLD


def test_who_mistypes_a_code_in_their_own_browser_is_told_at_the_third(
    app: Authenticator, sent: Any
) -> None:
    browser = known(app)
    for _ in range(2):
        assert sent(lambda: type_in(browser, WRONG)) == []
    assert sent(lambda: type_in(browser, WRONG)) == TOLD


def test_no_address_that_nobody_has_proven_is_told(
    app: Authenticator, alice: User, sent: Any
) -> None:
    EmailAddress.objects.create(user=alice, email="mallory@example.com", verified=False)
    sent(lambda: type_in(waiting(), WRONG))
    assert [message.to for message in mail.outbox] == [["alice@example.com"]]


# --- how long it takes ---


def test_each_time_that_the_tries_are_used_up_the_wait_is_twice_as_long_up_to_a_day(
    app: Authenticator, clock: list[float]
) -> None:
    waits = []
    for _ in range(9):
        waits.append(refused_for(waiting()))
        clock[0] += waits[-1]
    minutes = [15, 30, 60, 120, 240, 480, 960, 1440, 1440]
    assert [wait // MINUTE for wait in waits] == minutes


def test_waiting_does_not_grow_for_who_is_right(app: Authenticator, clock: list[float]) -> None:
    clock[0] += refused_for(waiting())
    browser = waiting()
    type_in(browser, code_of_app())
    assert is_signed_in(browser)
    assert refused_for(waiting()) == 15 * MINUTE


def test_a_stranger_with_the_password_does_not_stop_the_owner_in_a_known_browser(
    app: Authenticator, clock: list[float]
) -> None:
    home = known(app)
    refused_for(waiting())
    clock[0] += MINUTE  # the app's code is good for once
    assert type_in(waiting(), code_of_app()).status_code == 429
    type_in(home, code_of_app())
    assert is_signed_in(home)


def test_a_stranger_with_the_password_does_not_stop_who_comes_by_a_mailed_code(
    app: Authenticator, alice: User
) -> None:
    refused_for(waiting())
    browser = Browser()
    page = browser.post("/accounts/login/code/", {"email": alice.email})["Location"]
    browser.post(page, {"code": mail.outbox[-1].body.split("\n\n")[1].strip()})
    type_in(browser, code_of_app())
    assert is_signed_in(browser)


def test_a_new_password_begins_anew(app: Authenticator, alice: User) -> None:
    refused_for(waiting())
    alice.set_password("a new one of Alice")
    alice.save()
    browser = Browser()
    browser.post("/accounts/login/", {"login": alice.email, "password": "a new one of Alice"})
    type_in(browser, code_of_app())
    assert is_signed_in(browser)


def test_a_right_second_step_clears_nothing_of_the_network_address(
    app: Authenticator, bob: User, settings: Any
) -> None:
    """Mallory has an account of her own, and guesses Bob's password between her sign-ins."""
    settings.RATE_LIMITS = settings.RATE_LIMITS | {"sign_in_failures": "4/m"}
    mallorys = {"REMOTE_ADDR": "198.51.100.7"}
    guess = {"login": bob.email, "password": "wrong"}
    for _ in range(4):
        Browser(**mallorys).post("/accounts/login/", guess)
    browser = known(app)
    type_in(browser, WRONG)
    assert Browser(**mallorys).post("/accounts/login/", guess).status_code == 429


# --- at the same moment ---


@pytest.mark.django_db(transaction=True)
def test_of_simultaneous_wrong_codes_no_more_are_looked_at_than_the_limit(
    app: Authenticator, settings: Any
) -> None:
    settings.RATE_LIMITS = settings.RATE_LIMITS | {"second_factor": "3/15m"}
    steps = [partial(type_in, waiting(), WRONG) for _ in range(6)]
    answers = meet_before(('INSERT INTO "cache"',), *steps)
    assert sorted(answer.status_code for answer in answers) == [200] * 3 + [429] * 3
    wrong = {"kind": "sign_in", "details": {"code": "second_factor"}}
    assert SecurityEvent.objects.filter(**wrong).count() == 3


@pytest.mark.django_db(transaction=True)
def test_of_simultaneous_uses_of_one_recovery_code_one_succeeds(
    app: Authenticator, alice: User
) -> None:
    code = RecoveryCodes.activate(alice).generate_codes()[0]
    steps = [partial(type_in, waiting(), code) for _ in range(4)]
    answers = meet_before(('SELECT "mfa_authenticator"', 'UPDATE "mfa_authenticator"'), *steps)
    assert sorted(answer.status_code for answer in answers) == [200, 200, 200, 302]
    assert [event[3] for event in recorded(Event.RECOVERY_CODE_USED)] == [{"left": 9}]


@pytest.mark.django_db(transaction=True)
def test_of_simultaneous_codes_of_devices_no_more_are_looked_at_than_the_limit(
    alice: User, settings: Any
) -> None:
    settings.RATE_LIMITS = settings.RATE_LIMITS | {"device_code": "3/5m"}
    browsers = [Browser() for _ in range(6)]
    for browser in browsers:
        browser.force_login(alice)
    form = {"user_code": "BBBB-BBBB"}
    steps = [partial(browser.post, "/oauth/device/", form) for browser in browsers]
    answers = meet_before(('INSERT INTO "cache"',), *steps)
    assert sum(answer.status_code == 429 for answer in answers) == 3
