"""The challenges of passkeys: several tabs of one browser, each of which may be the one used."""

import time
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client as Browser

from accounts.models import User
from tests.accounts.at_once import meet_before
from tests.accounts.second_factors.authenticators import (
    ADD,
    CONFIRM,
    SECOND_STEP,
    SIGN_IN,
    Device,
    asked_at_sign_in,
    asked_on,
    confirmed,
    given,
    is_signed_in,
)
from tests.accounts.second_factors.conftest import give_password
from tests.accounts.way_back.test_address import mailed_code

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_localhost")]

TOO_LATE = "This page was open for too long, or was used already. Try again."
SIGN_UP = "/accounts/2fa/webauthn/signup/"
KEPT = "passkey_challenges"


class Place:
    """Where a passkey is asked for: a browser that is there, its page, and what comes of it."""

    def __init__(self, name: str, alice: User, device: Device | None = None) -> None:
        self.name, self.alice = name, alice
        is_made_there = name in ("add", "sign up")
        self.device = device or (Device("new") if is_made_there else given(alice))
        self.browser = getattr(self, f"_{name.replace(' ', '_')}")()
        self.url = {
            "sign in": SIGN_IN,
            "second step": SECOND_STEP,
            "confirm": CONFIRM,
            "add": ADD,
            "sign up": SIGN_UP,
        }[name]

    def _sign_in(self) -> Browser:
        return Browser()

    def _second_step(self) -> Browser:
        browser = Browser()
        give_password(browser)
        return browser

    def _confirm(self) -> Browser:
        browser = Browser()
        browser.force_login(self.alice)
        return browser

    def _add(self) -> Browser:
        return confirmed(self.alice)

    def _sign_up(self) -> Browser:
        browser = Browser()
        page = browser.post("/accounts/signup/passkey/", {"email": "carol@example.com"})["Location"]
        browser.post(page, {"code": mailed_code()})
        return browser

    def asked(self) -> dict[str, Any]:
        """What a further tab is asked."""
        if self.name == "sign in":
            return asked_at_sign_in(self.browser)
        page = self.browser.get(self.url)
        if self.name in ("add", "sign up"):
            options: dict[str, Any] = page.context["js_data"]["creation_options"]
            return options
        return asked_on(page)

    def answer(self, options: dict[str, Any]) -> str:
        making = self.name in ("add", "sign up")
        return self.device.make(options) if making else self.device.show(options)

    def send(self, credential: str) -> Any:
        return self.browser.post(self.url, {"credential": credential}, follow=True)

    def is_through(self) -> bool:
        if self.name in ("add", "sign up"):
            return Authenticator.objects.filter(type="webauthn").exists()
        if self.name == "confirm":
            records = self.browser.session.get("account_authentication_methods", [])
            return any(record.get("reauthenticated") for record in records)
        return is_signed_in(self.browser)

    def grow_older(self, seconds: float) -> None:
        session = self.browser.session
        session[KEPT] = [each | {"at": each["at"] - seconds} for each in session[KEPT]]
        session.save()


PLACES = ["sign in", "second step", "confirm", "add", "sign up"]


@pytest.fixture(params=PLACES)
def place(request: pytest.FixtureRequest, alice: User, at_localhost: None) -> Place:
    return Place(request.param, alice)


@pytest.mark.parametrize("tabs", [2, 5])
def test_the_oldest_of_the_last_tabs_works(place: Place, tabs: int) -> None:
    oldest = place.answer(place.asked())
    for _ in range(tabs - 1):
        place.asked()
    place.send(oldest)
    assert place.is_through()


def test_the_one_before_the_last_five_is_gone_and_the_page_says_so_kindly(place: Place) -> None:
    oldest = place.answer(place.asked())
    newer = place.answer(place.asked())
    for _ in range(4):
        place.asked()
    assert TOO_LATE in place.send(oldest).content.decode()
    assert not place.is_through()
    if place.name == "sign in":  # elsewhere the page is shown again, and asks for a sixth time
        place.send(newer)
        assert place.is_through()


def test_a_challenge_is_good_for_ten_minutes(place: Place) -> None:
    shown = place.answer(place.asked())
    place.grow_older(601)
    assert TOO_LATE in place.send(shown).content.decode()
    assert not place.is_through()
    shown = place.answer(place.asked())
    place.grow_older(590)
    place.send(shown)
    assert place.is_through()


def test_a_challenge_that_was_answered_wrongly_is_gone(place: Place) -> None:
    options = place.asked()
    wrong, place.device.is_unlocked = place.device, False
    place.send(place.answer(options))
    wrong.is_unlocked = True
    assert TOO_LATE in place.send(place.answer(options)).content.decode()
    assert not place.is_through()


@pytest.mark.parametrize("asked_in", ["sign in", "second step", "confirm"])
@pytest.mark.parametrize("shown_in", ["sign in", "second step", "confirm"])
def test_a_challenge_is_good_for_what_it_was_asked_for(
    alice: User, asked_in: str, shown_in: str
) -> None:
    """A session that has been at each of the places."""
    place = Place(asked_in, alice)
    other = Place(shown_in, alice, place.device)
    credential = place.answer(place.asked())
    session = other.browser.session
    session[KEPT] = place.browser.session[KEPT]
    session.save()
    other.send(credential)
    assert other.is_through() is (asked_in == shown_in)


def test_what_mallory_was_asked_is_not_alices(alice: User, mallory: User) -> None:
    alices, mallorys = Place("confirm", alice), Place("confirm", mallory)
    credential = alices.answer(mallorys.asked())
    session = alices.browser.session
    session[KEPT] = mallorys.browser.session[KEPT]
    session.save()
    assert TOO_LATE in alices.send(credential).content.decode()
    assert not alices.is_through()


def test_a_credential_is_no_answer_twice_though_a_slow_tab_brings_its_challenge_back(
    alice: User,
) -> None:
    """Sessions are written whole: a tab that began before may undo what another one has done."""
    place = Place("confirm", alice)
    credential = place.answer(place.asked())
    before = place.browser.session[KEPT]
    place.send(credential)
    session = place.browser.session
    session[KEPT] = before
    session["account_authentication_methods"] = []
    session.save()
    assert TOO_LATE in place.send(credential).content.decode()
    assert not place.is_through()


@pytest.mark.django_db(transaction=True)
def test_of_three_answers_at_once_with_one_credential_one_is_taken(alice: User) -> None:
    place = Place("sign in", alice)
    credential = place.answer(place.asked())

    def send() -> bool:
        browser = Browser()
        browser.cookies = place.browser.cookies.copy()
        browser.post(SIGN_IN, {"credential": credential})
        return is_signed_in(browser)

    # All have read the session by then, in which the challenge is.
    assert sum(meet_before(('UPDATE "mfa_authenticator"',), send, send, send)) == 1


def test_what_is_remembered_of_challenges_ends(alice: User) -> None:
    place = Place("sign in", alice)
    place.send(place.answer(place.asked()))
    row = Authenticator.objects.get(type="webauthn")
    (digest,) = row.data["used_challenges"]
    row.data["used_challenges"] = {digest: time.time() - 601}
    row.save()
    again = Place("sign in", alice, place.device)
    again.send(again.answer(again.asked()))
    row.refresh_from_db()
    assert digest not in row.data["used_challenges"]
    assert len(row.data["used_challenges"]) == 1
