"""Who is stopped at the entrance, by whom, and that they are told when that very limit ends."""

import time
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext

from accounts.models import KnownDevice, SecurityEvent, User
from accounts.models.event_kinds import Event
from tests.accounts.account_pages.proof import signed_in
from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db

SIGN_IN = "/accounts/login/"
CODE, RESET = "/accounts/login/code/", "/accounts/password/reset/"
NEW = "a new one of Alice"
OFFICE, ELSEWHERE = "192.0.2.1", "198.51.100.7"


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """What time it is: it stands still unless a test moves it."""
    now = [time.time()]
    monkeypatch.setattr(time, "time", lambda: now[0])
    return now


@pytest.fixture
def home(alice: User) -> Browser:
    """A browser that Alice has signed in with before, and out of again."""
    return known_to(alice)


def known_to(person: User, address: str = OFFICE) -> Browser:
    browser = Browser(REMOTE_ADDR=address)
    assert guess(person.email, PASSWORD, browser).status_code == 302
    browser.post("/accounts/logout/")
    return browser


def guess(address: str, password: str = "wrong", browser: Browser | None = None) -> Any:
    browser = browser or Browser(REMOTE_ADDR=ELSEWHERE)
    return browser.post(SIGN_IN, {"login": address, "password": password})


def ask(path: str, email: str, browser: Browser | None = None) -> Any:
    return (browser or Browser(REMOTE_ADDR=ELSEWHERE)).post(path, {"email": email})


def says(response: Any, seconds: int, words: str) -> bool:
    """Whether the page and its header both say to wait for `seconds`."""
    assert response.status_code == 429
    assert words in response.content.decode()
    return int(response["Retry-After"]) == seconds


def statuses(times: int, act: Callable[[], Any]) -> list[int]:
    return [act().status_code for _ in range(times)]


# --- how long ---


def test_many_wrong_passwords_at_an_address_wait_a_minute() -> None:
    answers = [guess(f"nobody-{number}@example.com") for number in range(61)]
    assert [answer.status_code for answer in answers] == [200] * 60 + [429]
    assert says(answers[-1], 60, "Try again in a minute")


def test_ten_wrong_passwords_for_one_account_wait_five(alice: User) -> None:
    answers = [guess(alice.email) for _ in range(11)]
    assert [answer.status_code for answer in answers] == [200] * 10 + [429]
    assert says(answers[-1], 300, "Try again in 5 minutes")


def test_who_waits_as_long_as_the_page_says_is_let_in(alice: User, clock: list[float]) -> None:
    refused = [guess(alice.email) for _ in range(11)][-1]
    clock[0] += int(refused["Retry-After"]) - 1
    assert guess(alice.email, PASSWORD).status_code == 429
    clock[0] += 1
    assert guess(alice.email, PASSWORD).status_code == 302


def test_an_address_is_the_same_however_it_is_written(alice: User) -> None:
    answers = [guess(f" {alice.email.upper()} ") for _ in range(11)]
    assert says(answers[-1], 300, "Try again in 5 minutes")
    assert guess(alice.email).status_code == 429


def test_changes_to_an_account_are_told_by_the_limit_of_its_person(alice: User) -> None:
    browser = signed_in(alice)
    form = {"oldpassword": "wrong", "password1": "x", "password2": "y"}
    answers = [browser.post("/accounts/password/change/", form) for _ in range(11)]
    assert says(answers[-1], 60, "Try again in a minute")


@pytest.mark.parametrize("host", ["testserver:80", "second.example", "SECOND.example"])
def test_another_name_of_the_site_is_no_new_budget(alice: User, settings: Any, host: str) -> None:
    settings.ALLOWED_HOSTS = ["testserver", "second.example"]
    statuses(10, lambda: guess(alice.email))
    assert guess(alice.email, browser=Browser(headers={"Host": host})).status_code == 429


def test_a_made_up_port_is_no_new_budget(alice: User) -> None:
    for port in range(1, 12):
        browser = Browser(headers={"Host": f"testserver:{port}"})
        assert guess(alice.email, browser=browser).status_code == 400


def test_a_new_password_by_reset_lets_everybody_try_anew(alice: User, mailoutbox: Any) -> None:
    statuses(10, lambda: guess(alice.email))
    browser = Browser()
    ask(RESET, alice.email, browser)
    code = mailoutbox[-1].body.split("\n\n")[1].strip()
    browser.post("/accounts/password/reset/confirm/", {"code": code})
    new = {"password1": "a new one of Alice", "password2": "a new one of Alice"}
    browser.post("/accounts/password/reset/complete/", new)
    assert guess(alice.email, new["password1"]).status_code == 302


# --- known browsers ---


def test_a_stranger_who_guesses_does_not_stop_the_owner_in_a_known_browser(
    home: Browser, alice: User
) -> None:
    assert statuses(11, lambda: guess(alice.email))[-1] == 429
    assert guess(alice.email, PASSWORD).status_code == 429  # in one that she never used
    assert guess(alice.email, PASSWORD, home).status_code == 302


@pytest.mark.parametrize("path", [CODE, RESET])
def test_a_stranger_who_asks_for_codes_does_not_stop_the_owner_in_a_known_browser(
    home: Browser, alice: User, path: str, mailoutbox: Any
) -> None:
    assert statuses(4, lambda: ask(path, alice.email)) == [302] * 3 + [429]
    assert statuses(4, lambda: ask(path, alice.email, home)) == [302] * 3 + [429]
    assert len(mailoutbox) == 6


def test_who_shares_a_network_address_with_a_guesser_signs_in_where_they_are_known(
    home: Browser, alice: User, settings: Any
) -> None:
    settings.RATE_LIMITS = settings.RATE_LIMITS | {"sign_in_failures": "3/m"}
    office = {"REMOTE_ADDR": OFFICE}
    wrong = statuses(4, lambda: guess("nobody@example.com", browser=Browser(**office)))
    assert wrong == [200] * 3 + [429]
    assert guess(alice.email, PASSWORD, Browser(**office)).status_code == 429
    assert guess(alice.email, PASSWORD, home).status_code == 302


@pytest.mark.parametrize("path", [SIGN_IN, CODE, RESET])
def test_who_shares_an_address_with_a_flood_of_forms_signs_in_where_they_are_known(
    home: Browser, alice: User, settings: Any, path: str
) -> None:
    settings.RATE_LIMITS = settings.RATE_LIMITS | {"sign_in": "3/m"}
    flood = statuses(4, lambda: Browser(REMOTE_ADDR=OFFICE).post(path, {"login": "x"}))
    assert flood == [200] * 3 + [429]
    form = {"login": alice.email, "email": alice.email, "password": PASSWORD}
    assert home.post(path, form).status_code == 302


def test_who_shares_an_address_with_a_flood_of_forms_types_their_code_where_they_are_known(
    home: Browser, alice: User, settings: Any, mailoutbox: Any
) -> None:
    settings.RATE_LIMITS = settings.RATE_LIMITS | {"sign_in": "3/m"}
    ask(CODE, alice.email, home)
    code = mailoutbox[-1].body.split("\n\n")[1].strip()
    statuses(4, lambda: Browser(REMOTE_ADDR=OFFICE).post(SIGN_IN, {"login": "x"}))
    home.post("/accounts/login/code/confirm/", {"code": code})
    assert "_auth_user_id" in home.session


def test_a_known_browser_has_a_budget_and_no_more(home: Browser, alice: User) -> None:
    answers = [guess(alice.email, browser=home) for _ in range(11)]
    assert [answer.status_code for answer in answers] == [200] * 10 + [429]
    assert says(answers[-1], 300, "Try again in 5 minutes")
    assert guess(alice.email, PASSWORD).status_code == 302  # and takes nothing from the others


def test_a_known_browser_of_somebody_else_is_none(home: Browser, alice: User, bob: User) -> None:
    statuses(10, lambda: guess(bob.email))
    assert guess(bob.email, PASSWORD, home).status_code == 429


def test_a_browser_that_two_people_share_knows_both(home: Browser, alice: User, bob: User) -> None:
    guess(bob.email, PASSWORD, home)
    home.post("/accounts/logout/")
    for person in (alice, bob):
        statuses(10, partial(guess, person.email))
        assert guess(person.email, PASSWORD, home).status_code == 302
        home.post("/accounts/logout/")


def test_a_cookie_that_mallory_planted_stays_mallorys(alice: User, mallory: User) -> None:
    """Mallory puts the cookie that she is known by into Alice's browser, and Alice signs in."""
    name = settings.DEVICE_COOKIE_NAME
    mallorys, alices = known_to(mallory, ELSEWHERE), Browser(REMOTE_ADDR=OFFICE)
    alices.cookies[name] = mallorys.cookies[name].value
    guess(alice.email, PASSWORD, alices)
    statuses(10, lambda: guess(alice.email))
    assert guess(alice.email, browser=mallorys).status_code == 429


@pytest.mark.parametrize("forged", ["A" * 43, ".".join(["A" * 43] * 500), "é" * 43])
def test_a_forged_cookie_is_worth_nothing(alice: User, forged: str) -> None:
    browser = Browser()
    browser.cookies[settings.DEVICE_COOKIE_NAME] = forged
    statuses(10, lambda: guess(alice.email))
    assert guess(alice.email, PASSWORD, browser).status_code == 429


def test_a_stolen_cookie_signs_nobody_in_and_ends_with_everything(
    home: Browser, alice: User
) -> None:
    stolen = home.cookies[settings.DEVICE_COOKIE_NAME].value
    thief = Browser(REMOTE_ADDR=ELSEWHERE)
    thief.cookies[settings.DEVICE_COOKIE_NAME] = stolen
    assert thief.get("/account/").status_code == 302
    guess(alice.email, PASSWORD, home)
    home.post("/account/sign-out-everywhere/")
    statuses(10, lambda: guess(alice.email))
    assert guess(alice.email, PASSWORD, thief).status_code == 429


@pytest.mark.parametrize(
    ("path", "form", "password"),
    [
        ("/account/sessions/end-others/", {}, PASSWORD),
        (
            "/accounts/password/change/",
            {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW},
            NEW,
        ),
    ],
)
def test_a_stolen_cookie_ends_where_the_other_sessions_do_and_this_browsers_stays(
    home: Browser, alice: User, path: str, form: dict[str, str], password: str
) -> None:
    stolen = known_to(alice, ELSEWHERE)
    guess(alice.email, PASSWORD, home)
    home.post("/accounts/reauthenticate/", {"password": PASSWORD})
    assert home.post(path, form).status_code == 302
    home.post("/accounts/logout/")
    statuses(10, lambda: guess(alice.email))
    assert guess(alice.email, password, stolen).status_code == 429
    assert guess(alice.email, password, home).status_code == 302


@pytest.mark.parametrize("path", [SIGN_IN, CODE, RESET])
def test_a_known_browser_costs_as_many_queries_for_an_address_that_nobody_has(
    home: Browser, alice: User, bob: User, path: str
) -> None:
    counted = set()
    for address in (bob.email, "nobody@example.com"):
        with CaptureQueriesContext(connection) as queries:
            home.post(path, {"login": address, "email": address, "password": ""})
        looks = [query["sql"] for query in queries if "known" in query["sql"]]
        counted.add(len(looks))
    assert counted == {1}


def test_no_more_browsers_of_a_person_are_known_than_fifty(alice: User) -> None:
    first = known_to(alice)
    for _ in range(50):
        known_to(alice)
    assert KnownDevice.objects.filter(user=alice).count() == 50
    statuses(10, lambda: guess(alice.email))
    assert guess(alice.email, PASSWORD, first).status_code == 429


def test_a_person_who_is_signed_in_confirms_it_while_a_stranger_guesses(
    alice: User, mailoutbox: Any
) -> None:
    browser = Browser()
    browser.force_login(alice)
    statuses(10, lambda: guess(alice.email))
    statuses(3, lambda: ask(CODE, alice.email))
    form = {"password": PASSWORD}
    assert browser.post("/accounts/reauthenticate/", form).status_code == 302
    assert browser.post("/accounts/reauthenticate/code/", {"send": ""}).status_code == 302


def test_a_limit_that_is_reached_is_recorded_once(alice: User) -> None:
    statuses(14, lambda: guess(alice.email))
    event = SecurityEvent.objects.get(kind=Event.LIMIT_HIT)
    assert (event.details, event.address) == ({"limit": "password_guesses"}, ELSEWHERE)
