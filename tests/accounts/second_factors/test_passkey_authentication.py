"""Passkeys as they are shown: by whom, for which page, how often, and what they open."""

from dataclasses import replace
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.core import mail
from django.test import Client as Browser

from accounts.models import SecurityEvent, User
from tests.accounts.second_factors import authenticators as devices
from tests.accounts.second_factors.authenticators import (
    CONFIRM,
    SECOND_STEP,
    SIGN_IN,
    Device,
    asked_at_sign_in,
    asked_on,
    given,
    is_signed_in,
    sign_in_with,
)
from tests.accounts.second_factors.conftest import give_password

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_localhost")]


@pytest.fixture
def phone(alice: User, at_localhost: None) -> Device:
    return given(alice)


# --- Whose, for what, how often ---


def test_a_passkey_signs_its_person_in(phone: Device, alice: User) -> None:
    browser = Browser()
    answer = sign_in_with(phone, browser, next="/account/activity/")
    assert answer["Location"] == "/account/activity/"
    assert browser.session["_auth_user_id"] == str(alice.pk)


@pytest.mark.parametrize(
    "wrong",
    [
        {"origin": "http://evil.example"},
        {"origin": "http://sub.localhost"},
        {"origin": "http://localhost:8001"},
        {"rp_id": "evil.example"},
        {"is_unlocked": False},
        {"handle": b"nobody"},
        {"name": "another"},
    ],
    ids=str,
)
def test_what_was_shown_elsewhere_or_is_not_unlocked_signs_nobody_in(
    phone: Device, wrong: dict[str, Any]
) -> None:
    browser = Browser()
    assert sign_in_with(replace(phone, **wrong), browser)["Location"] == "/accounts/login/"
    assert not is_signed_in(browser)


def test_another_key_under_the_same_id_signs_nobody_in(phone: Device) -> None:
    forged = Device(name=phone.name, handle=phone.handle)
    browser = Browser()
    sign_in_with(forged, browser)
    assert not is_signed_in(browser)


def test_mallorys_passkey_under_alices_handle_signs_nobody_in(phone: Device, mallory: User) -> None:
    forged = replace(given(mallory), handle=phone.handle)
    browser = Browser()
    sign_in_with(forged, browser)
    assert not is_signed_in(browser)


def test_a_challenge_is_answered_once(phone: Device) -> None:
    browser = Browser()
    credential = phone.show(asked_at_sign_in(browser))
    browser.post(SIGN_IN, {"credential": credential})
    assert is_signed_in(browser)
    browser.post("/accounts/logout/")
    browser.post(SIGN_IN, {"credential": credential})
    assert not is_signed_in(browser)


def test_a_challenge_is_good_in_the_browser_that_was_asked(phone: Device) -> None:
    credential = phone.show(asked_at_sign_in(Browser()))
    mallorys = Browser()
    asked_at_sign_in(mallorys)
    mallorys.post(SIGN_IN, {"credential": credential})
    assert not is_signed_in(mallorys)


def test_a_challenge_ends_with_its_session(phone: Device) -> None:
    browser = Browser()
    credential = phone.show(asked_at_sign_in(browser))
    browser.session.flush()
    browser.post(SIGN_IN, {"credential": credential})
    assert not is_signed_in(browser)


# --- As the second step ---


def test_a_passkey_is_the_second_step_of_its_person(phone: Device) -> None:
    browser = Browser()
    give_password(browser)
    credential = phone.show(asked_on(browser.get(SECOND_STEP)))
    browser.post(SECOND_STEP, {"credential": credential})
    assert is_signed_in(browser)


def test_mallorys_passkey_is_no_second_step_of_alices(phone: Device, mallory: User) -> None:
    """Mallory knows Alice's password, and has a passkey of her own here."""
    hers = given(mallory)
    browser = Browser()
    give_password(browser)
    for shown in (hers, replace(hers, handle=phone.handle)):
        credential = shown.show(asked_on(browser.get(SECOND_STEP)))
        assert browser.post(SECOND_STEP, {"credential": credential}).status_code == 200
    assert not is_signed_in(browser)


def test_mallorys_passkey_does_not_confirm_for_alice(phone: Device, mallory: User) -> None:
    """Mallory sits at Alice's open browser."""
    hers = given(mallory)
    browser = Browser()
    browser.force_login(phone_owner := User.objects.get(name="Alice"))
    credential = hers.show(asked_on(browser.get(CONFIRM)))
    browser.post(CONFIRM, {"credential": credential})
    assert "account_authentication_methods" not in browser.session
    assert browser.session["_auth_user_id"] == str(phone_owner.pk)


@pytest.mark.parametrize("mode", ["all", "staff"])
def test_a_passkey_alone_is_enough_where_two_factors_are_demanded(
    alice: User, settings: Any, mode: str
) -> None:
    alice.is_staff = True
    alice.save()
    phone = given(alice)
    settings.SECOND_FACTOR = mode
    browser = Browser()
    sign_in_with(phone, browser)
    assert browser.get("/account/").status_code == 200
    assert browser.get("/admin/").status_code == 200


# --- Counters ---


def test_a_counter_that_rises_signs_in_each_time(alice: User) -> None:
    key = given(alice, counter=7)
    for counter in (8, 9, 20):
        browser = Browser()
        sign_in_with(replace(key, counter=counter), browser)
        assert is_signed_in(browser)


def test_a_passkey_that_never_counts_signs_in_each_time(phone: Device) -> None:
    for _ in range(2):
        browser = Browser()
        sign_in_with(phone, browser)
        assert is_signed_in(browser)


@pytest.mark.parametrize("counter", [0, 7, 8])
def test_a_counter_that_does_not_rise_tells_of_a_copy(alice: User, counter: int) -> None:
    key = given(alice, counter=7)
    sign_in_with(replace(key, counter=8), Browser())
    mail.outbox.clear()
    browser = Browser()
    answer = sign_in_with(replace(key, counter=counter), browser)
    assert answer["Location"] == "/accounts/login/"
    assert not is_signed_in(browser)
    event = SecurityEvent.objects.get(kind="passkey_refused")
    assert (event.user, event.outcome) == (alice, "failed")


def test_a_copy_is_no_second_step_and_confirms_nothing(alice: User) -> None:
    key = given(alice, counter=7)
    browser = Browser()
    give_password(browser)
    credential = key.show(asked_on(browser.get(SECOND_STEP)))
    assert browser.post(SECOND_STEP, {"credential": credential}).status_code == 200
    assert not is_signed_in(browser)
    browser = Browser()
    browser.force_login(alice)
    browser.post(CONFIRM, {"credential": key.show(asked_on(browser.get(CONFIRM)))})
    assert "account_authentication_methods" not in browser.session
    assert SecurityEvent.objects.filter(kind="passkey_refused").count() == 2


@pytest.mark.django_db(transaction=True)
def test_the_person_is_told_of_a_copy(alice: User) -> None:
    key = given(alice, counter=7)
    sign_in_with(key, Browser())
    assert any("rejected a passkey" in sent.subject for sent in mail.outbox)


def test_renaming_keeps_the_counter(alice: User) -> None:
    key = given(alice, counter=7)
    sign_in_with(replace(key, counter=9), Browser())
    row = Authenticator.objects.get(type="webauthn")
    url = f"/accounts/2fa/webauthn/keys/{row.pk}/edit/"
    devices.confirmed(alice).post(url, {"name": "Renamed"})
    browser = Browser()
    sign_in_with(replace(key, counter=8), browser)
    assert not is_signed_in(browser)
