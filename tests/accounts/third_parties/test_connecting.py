"""Connecting a third party while signed in: what changes meanwhile stays changed."""

from collections.abc import Callable
from typing import Any

import pytest
from allauth.socialaccount.models import SocialAccount
from django.test import Client
from django.utils import timezone

from accounts.models import ConnectionToken, User
from tests.accounts.account_pages.proof import signed_in
from tests.accounts.at_once import just_before
from tests.accounts.third_parties.scripted_provider import (
    SUBJECT,
    TOKEN,
    Answer,
    Browser,
)
from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser(browser: Browser, alice: User) -> Browser:
    """Alice's, who has just confirmed that it is her."""
    browser.client = signed_in(alice)
    return browser


def connect_while(browser: Browser, do: Callable[[], Any]) -> None:
    """Come back from the third party, and `do` something when the site knows who asked for it."""
    answer = browser.provider.approve(browser.start("?process=connect")["Location"])
    with just_before('AS "a" FROM "socialaccount_socialaccount"', do):
        browser.come_back(answer)


def test_a_connection_is_made_and_made_anew(browser: Browser, alice: User) -> None:
    for _ in range(2):
        page = browser.sign_in("?process=connect")["Location"]
        assert page == "/accounts/3rdparty/"
        told = browser.client.get(page).content.decode()
        assert "The account was connected." in told
    assert SocialAccount.objects.get().user == alice
    assert ConnectionToken.objects.get().access_token in browser.provider.live_access_tokens


def test_what_is_changed_meanwhile_is_not_undone(browser: Browser, alice: User) -> None:
    connect_while(browser, lambda: User.objects.filter(pk=alice.pk).update(name="Alice anew"))
    assert SocialAccount.objects.get().user == alice
    assert User.objects.get().name == "Alice anew"


def test_an_account_that_is_closed_meanwhile_stays_closed(browser: Browser, alice: User) -> None:
    closed = {"is_active": False, "delete_after": timezone.now()}
    connect_while(browser, lambda: User.objects.filter(pk=alice.pk).update(**closed))
    assert User.objects.closed().exists()
    assert not SocialAccount.objects.exists()


def test_somebody_elses_connection_stays_theirs(browser: Browser, bob: User) -> None:
    theirs = SocialAccount.objects.create(
        user=bob, provider="example", uid=SUBJECT, extra_data={"as": "it was"}
    )
    page = browser.client.get(browser.sign_in("?process=connect")["Location"])
    assert [message.level_tag for message in page.context["messages"]] == ["error"]
    theirs.refresh_from_db()
    assert (theirs.user, theirs.extra_data) == (bob, {"as": "it was"})
    assert not ConnectionToken.objects.exists()


def test_who_has_to_confirm_first_is_connected_after_it(browser: Browser, alice: User) -> None:
    browser.client = Client()
    browser.client.force_login(alice)
    page = browser.sign_in("?process=connect&next=/account/apps/")["Location"]
    assert page == "/accounts/reauthenticate/"
    assert not SocialAccount.objects.exists()
    onward = browser.client.post(page, {"password": PASSWORD})["Location"]
    assert onward == "/account/apps/"
    assert SocialAccount.objects.get().user == alice


def test_who_was_signed_out_meanwhile_connects_nothing(browser: Browser) -> None:
    location = browser.start("?process=connect")["Location"]
    answer = browser.provider.approve(location)
    kept = browser.client.session["socialaccount_states"]
    browser.client.post("/accounts/logout/")
    session = browser.client.session
    session["socialaccount_states"] = kept
    session.save()
    browser.client.cookies["latchkey-session"] = session.session_key
    browser.come_back(answer)
    assert not SocialAccount.objects.exists()


def test_a_third_party_that_fails_connects_nothing(browser: Browser) -> None:
    browser.provider.answers[TOKEN] = Answer({"error": "invalid_grant"}, status=400)
    assert browser.sign_in("?process=connect").status_code == 502
    assert not SocialAccount.objects.exists()
