"""Credentials, addresses and connections that change."""

import pytest
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from django.test import Client as Browser

from accounts.models import User
from accounts.models.event_kinds import Event
from tests.accounts.security_events.events import recorded
from tests.accounts.third_parties.scripted_provider import Browser as ThirdPartyBrowser
from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db
EMAIL = "/accounts/email/"
NEW = "quite another horse battery"


@pytest.fixture
def desk(client: Browser, alice: User) -> Browser:
    """Alice's browser, in which she has just proved who she is."""
    client.post("/accounts/login/", {"login": alice.email, "password": PASSWORD})
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    return client


def test_a_password_that_is_changed(desk: Browser) -> None:
    form = {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW}
    desk.post("/accounts/password/change/", form)
    assert recorded(Event.PASSWORD_CHANGED) == [("succeeded", "Alice", "person", {})]


def test_a_password_that_is_set_for_the_first_time(desk: Browser, alice: User) -> None:
    alice.set_unusable_password()
    alice.save()
    desk.force_login(alice)
    desk.post("/accounts/reauthenticate/code/", {"send": ""})
    code = desk.session["accounts_reauthentication_code"]["code"]
    desk.post("/accounts/reauthenticate/code/", {"code": code})
    desk.post("/accounts/password/set/", {"password1": NEW, "password2": NEW})
    assert recorded(Event.PASSWORD_SET) == [("succeeded", "Alice", "person", {})]


def test_a_password_that_is_reset(client: Browser, alice: User) -> None:
    client.post("/accounts/password/reset/", {"email": alice.email})
    code = client.session["account_password_reset_verification"]["code"]
    client.post("/accounts/password/reset/confirm/", {"code": code})
    form = {"password1": NEW, "password2": NEW}
    client.post("/accounts/password/reset/complete/", form)
    assert recorded(Event.PASSWORD_RESET) == [("succeeded", "Alice", "person", {})]
    assert [event[1:3] for event in recorded(Event.EVERYTHING_ENDED)] == [("Alice", "person")]


def test_addresses_that_come_and_go(desk: Browser, alice: User) -> None:
    second = "alice@second.example"
    desk.post(EMAIL, {"action_add": "", "email": second})
    code = desk.session["account_email_verification_code"]["code"]
    desk.post("/accounts/confirm-email/", {"code": "WRONG"})
    desk.post("/accounts/confirm-email/", {"code": code})
    desk.post(EMAIL, {"action_primary": "", "email": second})
    desk.post(EMAIL, {"action_remove": "", "email": alice.email})

    assert EmailAddress.objects.get().email == second
    of_second = ("succeeded", "Alice", "person", {"email": second})
    assert recorded(Event.EMAIL_ADDED) == [of_second]
    assert recorded(Event.EMAIL_VERIFIED) == [
        ("failed", "Alice", "unknown", {"code": "code"}),
        of_second,
    ]
    assert recorded(Event.EMAIL_PRIMARY) == [of_second]
    assert recorded(Event.EMAIL_REMOVED) == [
        ("succeeded", "Alice", "person", {"email": alice.email})
    ]


def test_a_connection_that_comes_and_goes(browser: ThirdPartyBrowser, alice: User) -> None:
    browser.client.post("/accounts/login/", {"login": alice.email, "password": PASSWORD})
    browser.client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    browser.sign_in("?process=connect")
    connection = SocialAccount.objects.get()
    browser.client.post("/accounts/3rdparty/", {"account": connection.pk})
    expected = [("succeeded", "Alice", "person", {"provider": "example"})]
    assert recorded(Event.CONNECTION_ADDED) == expected
    assert recorded(Event.CONNECTION_REMOVED) == expected


def test_a_squatter_who_has_to_go_is_recorded(browser: ThirdPartyBrowser) -> None:
    form = {"email": "alice@example.com", "password1": PASSWORD}
    Browser().post("/accounts/signup/", form)
    browser.sign_in()
    (event,) = recorded(Event.TAKEN_OVER)
    assert event == ("succeeded", "", "person", {"email": "alice@example.com"})
