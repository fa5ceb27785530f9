"""The page "Profile": what a person tells of themselves."""

import pytest
from django.test import Client as Browser

from accounts.models import User
from accounts.oauth_server.models import Authorization, Client
from accounts.templatetags.initials import initials
from tests.accounts.security_events.events import Event, recorded

pytestmark = [pytest.mark.django_db, pytest.mark.every_case]
PAGE = "/account/profile/"


def save(browser: Browser, **typed: str) -> str:
    return browser.post(PAGE, typed, follow=True).content.decode()


def test_what_was_typed_is_saved_and_recorded_without_its_words(
    alices_browser: Browser, alice: User
) -> None:
    before = alice.updated_at
    assert "Your profile was saved." in save(
        alices_browser, name="Alice A.", birthdate="1990-12-31"
    )
    alice.refresh_from_db()
    assert (alice.name, alice.birthdate) == ("Alice A.", "1990-12-31")
    assert alice.updated_at > before
    assert recorded(Event.PROFILE_CHANGED) == [
        ("succeeded", "Alice A.", "person", {"fields": ["name", "birthdate"]})
    ]


def test_saving_nothing_new_records_nothing(alices_browser: Browser) -> None:
    save(alices_browser, name="Alice")
    assert recorded(Event.PROFILE_CHANGED) == []


@pytest.mark.parametrize(
    "typed", [{"name": "x" * 300}, {"birthdate": "yesterday"}, {"zoneinfo": "../etc"}]
)
def test_a_mistake_is_said_at_its_field_and_nothing_is_lost(
    alices_browser: Browser, alice: User, typed: dict[str, str]
) -> None:
    page = save(alices_browser, nickname="Al", **typed)
    assert "There is a problem" in page
    assert 'value="Al"' in page
    alice.refresh_from_db()
    assert (alice.name, alice.nickname) == ("Alice", "")


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Al\u202eice\u2066", "Alice"),
        ("Al\x07ice\u200f", "Alice"),
        ("\u200b\u2060", ""),
        (" Alice\t\u2028 Example ", "Alice Example"),
        ("<b>Alice</b>", "<b>Alice</b>"),
        ("👩‍💻 أليس", "👩‍💻 أليس"),
    ],
)
def test_a_name_cannot_rearrange_a_page(
    alices_browser: Browser, alice: User, typed: str, kept: str
) -> None:
    page = save(alices_browser, name=typed)
    alice.refresh_from_db()
    assert alice.name == kept
    assert "<b>Alice" not in page


def test_a_changed_phone_number_is_unverified_again(alices_browser: Browser, alice: User) -> None:
    User.objects.update(phone_number="+4930123456", phone_number_verified=True)
    save(alices_browser, name="Alice", phone_number="+4930123457")
    alice.refresh_from_db()
    assert not alice.phone_number_verified


def test_the_apps_that_can_read_it_are_named(
    alices_browser: Browser, alice: User, notes: Client
) -> None:
    Authorization.objects.record(alice, notes, frozenset({"openid", "phone"}), address="192.0.2.1")
    page = alices_browser.get(PAGE).content.decode()
    assert page.count("Garden &lt;b&gt;Notes") == 1
    assert page.count("No apps can see this.") == 2


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Alice Liddell", "AL"),
        ("alice", "A"),
        ("", "?"),
        ("  \u200d ", "?"),
        ("e\u0301milie du Châtelet", "E\u0301C"),
        ("👩‍💻", "👩‍💻"),
        ("🇩🇪 Team", "🇩🇪T"),
        (
            "🇩🇪🇫🇷 🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f",
            "🇩🇪🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f",
        ),
        ("👩🏽‍❤️‍💋‍👨🏿 👨‍👩‍👧‍👦", "👩🏽‍❤️‍💋‍👨🏿👨‍👩‍👧‍👦"),
        ("क्षितिज", "क्षि"),
        ("\u1112\u1161\u11ab\u1100\u1173\u11af", "\u1112\u1161\u11ab"),  # a syllable of Hangul
        ("“(Bob)” 1️⃣", "B1️⃣"),
        ("أليس ليدل", "أل"),
        ("<b> x", "<X"),
    ],
)
def test_initials_are_whole_characters(name: str, shown: str) -> None:
    assert initials(name) == shown
