"""When a sign-in is told of as one on a new device, and when not."""

from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.core import mail
from django.test import Client as Browser
from django.utils import timezone

from accounts.endings import cleanup
from accounts.models import KnownDevice, User
from accounts.models.event_kinds import Event
from tests.accounts.security_events.events import recorded
from tests.conftest import PASSWORD
from tests.test_stolen_database import whole_database

pytestmark = pytest.mark.django_db

FIREFOX = "Mozilla/5.0 (Windows NT 10.0; rv:140.0) Gecko/20100101 Firefox/140.0"
CHROME = "Mozilla/5.0 (Linux; Android 10) AppleWebKit/537.36 Chrome/139.0.0.0 Mobile Safari/537.36"


def browser(agent: str = FIREFOX, address: str = "192.0.2.7") -> Browser:
    return Browser(REMOTE_ADDR=address, headers={"User-Agent": agent})


def sign_in(used: Browser, person: User) -> Browser:
    used.post("/accounts/login/", {"login": person.email, "password": PASSWORD})
    assert "_auth_user_id" in used.session
    used.post("/accounts/logout/")
    return used


def times_told() -> int:
    return len(recorded(Event.NEW_DEVICE))


@pytest.fixture
def home(alice: User) -> Browser:
    """The browser in which Alice signed up, with nothing told."""
    used = sign_in(browser(), alice)
    assert times_told() == 0
    return used


def test_another_browser_elsewhere_is_told_of_once(
    home: Browser, alice: User, django_capture_on_commit_callbacks: Any
) -> None:
    phone = browser(CHROME, "198.51.100.9")
    with django_capture_on_commit_callbacks(execute=True):
        sign_in(phone, alice)
        sign_in(phone, alice)
    (message,) = mail.outbox
    assert message.subject == "New sign-in to Latchkey"
    assert "Chrome on Android" in message.body
    assert "198.51.100.9" in message.body


def test_a_known_browser_may_move_and_be_renewed(home: Browser, alice: User) -> None:
    moved = browser(FIREFOX.replace("140", "141"), "203.0.113.5")
    moved.cookies = home.cookies
    sign_in(moved, alice)
    assert times_told() == 0


def test_a_private_window_at_the_same_place_is_no_news(home: Browser, alice: User) -> None:
    sign_in(browser(), alice)
    assert times_told() == 0


def test_a_browser_of_somebody_else_is_new_to_this_person(
    home: Browser, alice: User, bob: User
) -> None:
    User.objects.update(date_joined=timezone.now() - timedelta(days=30))
    sign_in(home, bob)
    assert recorded(Event.NEW_DEVICE) == [("succeeded", "Bob", "person", {})]


def test_a_person_of_old_without_any_record_is_told(alice: User) -> None:
    User.objects.update(date_joined=timezone.now() - timedelta(days=800))
    sign_in(browser(), alice)
    assert times_told() == 1


def test_signing_out_everywhere_forgets_every_browser(home: Browser, alice: User) -> None:
    home.post("/accounts/login/", {"login": alice.email, "password": PASSWORD})
    home.post("/account/sign-out-everywhere/")
    assert not KnownDevice.objects.exists()
    sign_in(home, alice)
    assert times_told() == 1


@pytest.mark.parametrize("forged", ["", "x", "x" * 5000, "é" * 43])
def test_a_forged_cookie_is_replaced(home: Browser, alice: User, forged: str) -> None:
    other = browser(CHROME)
    other.cookies[settings.DEVICE_COOKIE_NAME] = forged
    sign_in(other, alice)
    assert times_told() == 1
    assert len(other.cookies[settings.DEVICE_COOKIE_NAME].value) == 43


def test_the_cookie_is_out_of_the_reach_of_scripts_and_not_in_the_database(
    home: Browser, alice: User
) -> None:
    cookie = home.cookies[settings.DEVICE_COOKIE_NAME]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert cookie["max-age"] == 365 * 24 * 3600
    assert [table for table, text in whole_database() if cookie.value in text] == []


def test_a_failed_sign_in_brings_no_cookie(alice: User) -> None:
    used = browser()
    used.post("/accounts/login/", {"login": alice.email, "password": "wrong"})
    assert settings.DEVICE_COOKIE_NAME not in used.cookies


def test_a_browser_is_forgotten_after_a_year(home: Browser) -> None:
    KnownDevice.objects.update(last_used=timezone.now() - timedelta(days=364))
    (chore,) = [each for each in cleanup.chores() if each.name == "known browsers"]
    assert chore.count() == 0
    KnownDevice.objects.update(last_used=timezone.now() - timedelta(days=366))
    assert sum(chore.batches(10)) == 1
    assert not KnownDevice.objects.exists()
