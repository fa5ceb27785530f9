"""Sessions end: unused, all in all, and sooner for staff. Their key changes with a new proof."""

from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings as current
from django.test import Client as Browser
from django.utils import timezone

from accounts.models import Session, User
from accounts.sessions.store import NOBODYS, STARTED
from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db

PAGE = "/account/sessions/"


def signed_in(person: User) -> Browser:
    browser = Browser()
    browser.force_login(person)
    assert is_open(browser)
    return browser


def is_open(browser: Browser) -> bool:
    return browser.get(PAGE).status_code == 200


def aged(*, started: timedelta, seen: timedelta) -> None:
    """Make the one session there is so old, as if it had been kept alive ever since."""
    now = timezone.now()
    row = Session.objects.filter(user__isnull=False)
    far = now + timedelta(days=1_000)
    row.update(started=now - started, last_seen=now - seen, expire_date=far)


def began(browser: Browser, ago: timedelta) -> None:
    session = browser.session
    session[STARTED] = (timezone.now() - ago).timestamp()
    session.save()


NOW = timedelta()


@pytest.mark.parametrize(
    ("started", "seen", "expected"),
    [
        (timedelta(days=29), NOW, True),
        (timedelta(days=30), NOW, False),
        (timedelta(days=400), NOW, False),
        (timedelta(days=20), timedelta(days=13), True),
        (timedelta(days=20), timedelta(days=14), False),
    ],
)
def test_a_session_has_an_idle_and_an_absolute_limit(
    alice: User, started: timedelta, seen: timedelta, expected: bool
) -> None:
    browser = signed_in(alice)
    aged(started=started, seen=seen)

    assert Session.objects.of(alice).exists() == expected
    assert is_open(browser) == expected


@pytest.mark.parametrize(
    ("started", "seen", "expected"),
    [
        (timedelta(hours=11), NOW, True),
        (timedelta(hours=12), NOW, False),
        (timedelta(hours=5), timedelta(minutes=119), True),
        (timedelta(hours=5), timedelta(hours=2), False),
    ],
)
def test_those_of_staff_are_shorter(
    alice: User, settings: Any, started: timedelta, seen: timedelta, expected: bool
) -> None:
    settings.SECOND_FACTOR = "off"  # of which they would be asked on every page
    browser = signed_in(alice)
    User.objects.filter(pk=alice.pk).update(is_staff=True)  # while they are signed in
    alice.refresh_from_db()
    aged(started=started, seen=seen)

    assert Session.objects.of(alice).exists() == expected
    assert is_open(browser) == expected


def test_writing_to_a_session_moves_its_end_no_further_than_the_limit(alice: User) -> None:
    browser = signed_in(alice)
    began(browser, timedelta(days=29))

    row = Session.objects.get(user=alice)
    left = row.expire_date - timezone.now()
    assert timedelta() < left <= timedelta(days=1)


def test_a_new_key_does_not_make_a_session_younger(alice: User) -> None:
    browser = signed_in(alice)
    began(browser, timedelta(days=29))
    before = browser.cookies[current.SESSION_COOKIE_NAME].value
    browser.post("/accounts/reauthenticate/", {"password": PASSWORD})
    assert browser.cookies[current.SESSION_COOKIE_NAME].value != before

    assert timezone.now() - Session.objects.get(user=alice).started >= timedelta(days=28)


def test_a_new_proof_brings_a_new_key_and_ends_the_old_one(alice: User) -> None:
    browser = signed_in(alice)
    before = browser.cookies[current.SESSION_COOKIE_NAME].value

    browser.post("/accounts/reauthenticate/", {"password": PASSWORD})

    assert browser.cookies[current.SESSION_COOKIE_NAME].value != before
    assert is_open(browser)
    thief = Browser()
    thief.cookies[current.SESSION_COOKIE_NAME] = before
    assert not is_open(thief)
    assert Session.objects.filter(user=alice).count() == 1


def test_a_wrong_proof_changes_nothing(alice: User) -> None:
    browser = signed_in(alice)
    before = browser.cookies[current.SESSION_COOKIE_NAME].value
    browser.post("/accounts/reauthenticate/", {"password": "wrong"})
    assert browser.cookies[current.SESSION_COOKIE_NAME].value == before


def test_a_session_of_nobody_is_short(db: None, settings: Any) -> None:
    browser = Browser()
    browser.post("/accounts/login/code/", {"email": "somebody@example.com"})

    row = Session.objects.get()
    assert row.user_id is None
    assert row.expire_date - timezone.now() <= NOBODYS
