"""Sign-ins and failures, by method, and sign-outs."""

from typing import Any

import pytest
from django.core import mail
from django.test import Client as Browser

from accounts.models import SecurityEvent, User
from accounts.models.event_kinds import Event
from tests.accounts.security_events.events import recorded
from tests.accounts.third_parties.scripted_provider import Browser as ThirdPartyBrowser
from tests.conftest import PASSWORD
from tests.test_stolen_database import whole_database

pytestmark = pytest.mark.django_db
LOGIN = "/accounts/login/"
BY_EXAMPLE = {"methods": ["third_party"], "provider": "example"}
MISBEHAVED = {"code": "third_party", "provider": "example", "problem": "ThirdPartyMisbehaved"}


def sign_in(browser: Browser, person: User, password: str = PASSWORD) -> Any:
    return browser.post(LOGIN, {"login": person.email, "password": password})


def code_in_the_mailbox(browser: Browser) -> str:
    return browser.session["account_login"]["state"]["stages"]["login_by_code"]["data"]["code"]


def test_a_sign_in_with_a_password(client: Browser, alice: User) -> None:
    client.post(
        LOGIN,
        {"login": alice.email, "password": PASSWORD},
        headers={"User-Agent": "Firefox/130.0"},
        REMOTE_ADDR="192.0.2.7",
    )
    assert recorded(Event.SIGN_IN) == [("succeeded", "Alice", "person", {"methods": ["password"]})]
    event = SecurityEvent.objects.get()
    assert (event.address, event.user_agent) == ("192.0.2.7", "Firefox/130.0")
    assert len(event.request_id) == 36
    assert event.at.utcoffset().total_seconds() == 0


def test_the_request_id_is_the_one_that_the_answer_names(client: Browser, alice: User) -> None:
    response = sign_in(client, alice)
    assert SecurityEvent.objects.get().request_id == response["X-Request-ID"]


def test_a_wrong_password_is_recorded_for_the_person(client: Browser, alice: User) -> None:
    sign_in(client, alice, "wrong horse")
    assert recorded(Event.SIGN_IN) == [("failed", "Alice", "unknown", {"code": "password"})]


def test_the_address_may_be_typed_in_any_case(client: Browser, alice: User) -> None:
    client.post(LOGIN, {"login": "ALICE@Example.com", "password": "wrong horse"})
    assert recorded(Event.SIGN_IN) == [("failed", "Alice", "unknown", {"code": "password"})]


def test_a_person_without_an_address_row_is_found_too(client: Browser, alice: User) -> None:
    alice.emailaddress_set.all().delete()
    sign_in(client, alice, "wrong horse")
    assert recorded(Event.SIGN_IN) == [("failed", "Alice", "unknown", {"code": "password"})]


def test_an_address_that_is_nobodys_is_not_kept(client: Browser) -> None:
    client.post(LOGIN, {"login": "stranger@example.org", "password": "wrong horse"})
    assert recorded(Event.SIGN_IN) == [("failed", None, "unknown", {"code": "password"})]
    assert not [table for table, text in whole_database() if "stranger" in text]


def test_a_person_who_was_switched_off(client: Browser, alice: User) -> None:
    User.objects.update(is_active=False)
    sign_in(client, alice)
    assert recorded(Event.SIGN_IN) == [("failed", "Alice", "unknown", {"code": "inactive"})]


def test_a_sign_in_with_a_code(client: Browser, alice: User) -> None:
    client.post("/accounts/login/code/", {"email": alice.email})
    client.post("/accounts/login/code/confirm/", {"code": "WRONG"})
    client.post("/accounts/login/code/confirm/", {"code": code_in_the_mailbox(client)})
    assert recorded(Event.SIGN_IN) == [
        ("failed", "Alice", "unknown", {"code": "code"}),
        ("succeeded", "Alice", "person", {"methods": ["code"]}),
    ]
    assert len(mail.outbox) == 1


def test_a_sign_in_by_way_of_a_third_party(browser: ThirdPartyBrowser, alice: User) -> None:
    browser.sign_in()
    browser.client.logout()
    browser.sign_in()
    event = ("succeeded", "Alice", "person", BY_EXAMPLE)
    assert recorded(Event.SIGN_IN) == [event, event]
    assert recorded(Event.CONNECTION_ADDED) == [
        ("succeeded", "Alice", "person", {"provider": "example"})
    ]


def test_a_first_sign_in_makes_the_account(browser: ThirdPartyBrowser) -> None:
    browser.sign_in()
    expected = [("succeeded", "Alice Example", "person", BY_EXAMPLE)]
    assert recorded(Event.SIGNED_UP) == expected
    assert recorded(Event.SIGN_IN) == expected


def test_a_third_party_that_cannot_be_believed(browser: ThirdPartyBrowser) -> None:
    browser.provider.claims = {"aud": "another-site"}
    browser.sign_in()
    assert recorded(Event.SIGN_IN) == [("failed", None, "unknown", MISBEHAVED)]


def test_a_switched_off_person_by_way_of_a_third_party(browser: ThirdPartyBrowser) -> None:
    browser.sign_in()
    browser.client.logout()
    User.objects.update(is_active=False)
    browser.sign_in()
    assert recorded(Event.SIGN_IN, outcome="failed") == [
        ("failed", "Alice Example", "person", {"code": "inactive"})
    ]


def test_a_connection_that_fails_is_the_signed_in_persons(
    browser: ThirdPartyBrowser, bob: User
) -> None:
    sign_in(browser.client, bob)
    browser.provider.claims = {"aud": "another-site"}
    browser.sign_in("?process=connect")
    assert recorded(Event.CONNECTION_ADDED) == [("failed", "Bob", "person", MISBEHAVED)]


def test_a_sign_out(client: Browser, alice: User) -> None:
    sign_in(client, alice)
    client.post("/accounts/logout/")
    assert recorded(Event.SIGN_OUT) == [("succeeded", "Alice", "person", {})]


def test_a_sign_out_of_nobody_is_none(client: Browser) -> None:
    client.post("/accounts/logout/")
    assert recorded(Event.SIGN_OUT) == []


def test_signing_out_everywhere_says_what_ended(client: Browser, alice: User) -> None:
    sign_in(client, alice)
    client.post("/account/sign-out-everywhere/")
    assert recorded(Event.EVERYTHING_ENDED) == [
        ("succeeded", "Alice", "person", {"ended": {"sessions": 1}})
    ]


def test_proving_again_who_one_is(client: Browser, alice: User) -> None:
    client.force_login(alice)
    client.post("/accounts/reauthenticate/", {"password": "wrong horse"})
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    assert recorded(Event.CONFIRMED) == [
        ("failed", "Alice", "unknown", {"code": "password"}),
        ("succeeded", "Alice", "person", {"methods": ["password"]}),
    ]
