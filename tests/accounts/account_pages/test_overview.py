"""The overview: what needs attention, and each with something to do."""

from datetime import timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.test import Client as Browser
from django.test import RequestFactory
from django.utils import timezone

from accounts.models import User
from accounts.models.event_kinds import Event, Outcome
from accounts.oauth_server.models import Authorization, Client
from tests.accounts.security_events.events import happens

pytestmark = pytest.mark.django_db


def shown(browser: Browser) -> str:
    return " ".join(browser.get("/account/").content.decode().split())


def test_an_app_unused_for_a_year_is_named(
    alices_browser: Browser, alice: User, notes: Client
) -> None:
    Authorization.objects.record(alice, notes, frozenset({"openid"}), address="192.0.2.1")
    words = "1 app that you have not used for a year still has access to your account."
    assert words not in shown(alices_browser)
    Authorization.objects.update(last_used=timezone.now() - timedelta(days=366))
    assert words in shown(alices_browser)


def test_the_user_name_is_named(alices_browser: Browser, alice: User) -> None:
    assert f"Username: <bdi>{alice.preferred_username}</bdi>" in shown(alices_browser)


def test_an_address_that_is_not_confirmed_is_named(alices_browser: Browser, alice: User) -> None:
    words = "You have no verified e-mail address"
    assert words not in shown(alices_browser)
    EmailAddress.objects.filter(user=alice).update(verified=False)
    assert words in shown(alices_browser)


def test_failed_sign_ins_are_named_but_for_ones_own_typing_errors(
    alices_browser: Browser, alice: User, rf: RequestFactory
) -> None:
    words = "sign in from an unfamiliar address and failed"
    home, far = rf.get("/", REMOTE_ADDR="192.0.2.1"), rf.get("/", REMOTE_ADDR="203.0.113.9")
    happens(Event.SIGN_IN, request=home, user=alice)
    happens(Event.SIGN_IN, request=home, user=alice, outcome=Outcome.FAILED)
    assert words not in shown(alices_browser)
    happens(Event.SIGN_IN, request=far, user=alice, outcome=Outcome.FAILED)
    assert words in shown(alices_browser)


def test_what_is_bobs_is_not_alices(alices_browser: Browser, bob: User, notes: Client) -> None:
    Authorization.objects.record(bob, notes, frozenset({"openid"}), address="192.0.2.1")
    page = shown(alices_browser)
    assert "Garden" not in page
    assert "No apps have access" in page


def test_the_page_costs_as_much_however_much_there_is(
    alices_browser: Browser, alice: User, django_assert_max_num_queries: Any
) -> None:
    for number in range(20):
        client = Client.objects.create(
            name=f"App {number}", client_id=f"app{number}", client_type="public"
        )
        Authorization.objects.record(alice, client, frozenset({"openid"}), address="192.0.2.1")
        happens(Event.CONSENT_GIVEN, user=alice, client=client)
    shown(alices_browser)
    with django_assert_max_num_queries(16):
        assert "20 in total" in shown(alices_browser)
