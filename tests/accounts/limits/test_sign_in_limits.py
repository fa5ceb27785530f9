"""Whom a limit of signing in refused is told when that very limit ends, and no other."""

import time
from typing import Any

import pytest
from django.test import Client as Browser

from accounts.models import User
from tests.accounts.account_pages.proof import signed_in

pytestmark = pytest.mark.django_db

SIGN_IN = "/accounts/login/"
LESS_THAN_IT_TAKES = 20  # seconds by which a slow machine may shorten what is left


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How many seconds later it is than it is."""
    later, now = [0.0], time.time
    monkeypatch.setattr(time, "time", lambda: now() + later[0])
    return later


def guess(address: str) -> Any:
    return Browser().post(SIGN_IN, {"login": address, "password": "wrong"})


def says(response: Any, seconds: int, words: str) -> bool:
    """Whether the page and its header both say to wait for `seconds`."""
    left = int(response["Retry-After"])
    assert response.status_code == 429
    assert words in response.content.decode()
    return seconds - LESS_THAN_IT_TAKES < left <= seconds


def test_ten_addresses_with_wrong_passwords_wait_a_minute(db: None) -> None:
    answers = [guess(f"nobody-{number}@example.com") for number in range(11)]
    assert [answer.status_code for answer in answers] == [200] * 10 + [429]
    assert says(answers[-1], 60, "Try again in a minute")


def test_ten_wrong_passwords_for_one_address_wait_for_the_longer_of_two(alice: User) -> None:
    answers = [guess(alice.email) for _ in range(11)]
    assert says(answers[-1], 300, "Try again in 5 minutes")


def test_who_waits_as_long_as_the_page_says_is_let_in(alice: User, clock: list[float]) -> None:
    refused = [guess(alice.email) for _ in range(11)][-1]
    clock[0] = int(refused["Retry-After"]) - LESS_THAN_IT_TAKES * 2
    assert guess(alice.email).status_code == 429
    clock[0] = int(refused["Retry-After"])
    assert guess(alice.email).status_code == 200


def test_an_address_is_the_same_however_it_is_written(alice: User) -> None:
    answers = [guess(f" {alice.email.upper()} ") for _ in range(11)]
    assert says(answers[-1], 300, "Try again in 5 minutes")


def test_what_was_reached_on_another_page_does_not_lengthen_it(alice: User) -> None:
    codes = [Browser().post("/accounts/login/code/", {"email": alice.email}) for _ in range(4)]
    assert says(codes[-1], 300, "Try again in 5 minutes")
    guesses = [guess(f"nobody-{number}@example.com") for number in range(11)]
    assert says(guesses[-1], 60, "Try again in a minute")


def test_changes_to_an_account_are_told_by_the_limit_of_its_person(
    alice: User, settings: Any
) -> None:
    browser = signed_in(alice)
    form = {"oldpassword": "wrong", "password1": "x", "password2": "y"}
    answers = [browser.post("/accounts/password/change/", form) for _ in range(11)]
    assert says(answers[-1], 60, "Try again in a minute")


@pytest.mark.parametrize("host", ["testserver:80", "second.example", "SECOND.example"])
def test_another_name_of_the_site_is_no_new_budget(alice: User, settings: Any, host: str) -> None:
    settings.ALLOWED_HOSTS = ["testserver", "second.example"]
    for _ in range(10):
        guess(alice.email)

    response = Browser(headers={"Host": host}).post(
        SIGN_IN, {"login": alice.email, "password": "wrong"}
    )
    assert response.status_code == 429


def test_a_made_up_port_is_no_new_budget(alice: User) -> None:
    for port in range(1, 12):
        browser = Browser(headers={"Host": f"testserver:{port}"})
        response = browser.post(SIGN_IN, {"login": alice.email, "password": "wrong"})
        assert response.status_code == 400
