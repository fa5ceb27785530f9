"""Whose account a third party's person is."""

import re
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from django.core import mail
from django.core.cache import cache
from django.test import Client as DjangoBrowser

from accounts.models import ConnectionToken, User
from tests.accounts.security_events.events import Event, recorded
from tests.accounts.third_parties.scripted_provider import SUBJECT, Browser, ScriptedProvider
from tests.accounts.way_back.test_address import mailed_code
from tests.conftest import PASSWORD

NOT_TRUE = ["false", "true", "True", 1, [True], {"yes": True}, None, False]


def is_signed_in(browser: Browser, person: User) -> bool:
    return browser.client.session.get("_auth_user_id") == str(person.pk)


def test_a_verified_address_of_a_trusted_provider_links(browser: Browser, alice: User) -> None:
    browser.sign_in()
    assert is_signed_in(browser, alice)
    assert SocialAccount.objects.get().user == alice
    assert ConnectionToken.objects.get().connection.user == alice
    alice.refresh_from_db()
    assert alice.check_password(PASSWORD)


@pytest.mark.parametrize("verified", NOT_TRUE, ids=repr)
def test_only_the_boolean_true_links(browser: Browser, alice: User, verified: Any) -> None:
    browser.provider.userinfo["email_verified"] = verified
    response = browser.sign_in()
    assert response["Location"] == "/accounts/confirm-email/"
    assert "_auth_user_id" not in browser.client.session
    assert not SocialAccount.objects.exists()


@pytest.mark.parametrize("verified", NOT_TRUE, ids=repr)
def test_only_the_boolean_true_verifies_a_new_persons_address(
    browser: Browser, verified: Any
) -> None:
    browser.provider.userinfo["email_verified"] = verified
    assert browser.sign_in()["Location"] == "/accounts/confirm-email/"
    assert not EmailAddress.objects.exists()
    assert "_auth_user_id" not in browser.client.session


@pytest.mark.parametrize("said_in", ["userinfo", "ID token"])
@pytest.mark.parametrize("verified", [*NOT_TRUE, True], ids=repr)
def test_of_a_provider_that_says_it_as_text_the_text_true_links(
    client: DjangoBrowser,
    provider: ScriptedProvider,
    register: Any,
    alice: User,
    verified: Any,
    said_in: str,
) -> None:
    register(true_as_text=True)
    if said_in == "ID token":
        del provider.userinfo["email_verified"], provider.userinfo["email"]
        provider.claims = {"email": alice.email, "email_verified": verified}
        provider.claims |= {} if verified is not None else {"email_verified": False}
    else:
        provider.userinfo["email_verified"] = verified
    links = verified is True or verified == "true"
    browser = Browser(client, provider)
    assert (browser.sign_in()["Location"] == "/account/") is links
    assert SocialAccount.objects.exists() is links


def test_a_text_of_one_claim_does_not_vouch_for_what_another_denies(
    client: DjangoBrowser, provider: ScriptedProvider, register: Any, alice: User
) -> None:
    register(true_as_text=True)
    provider.userinfo |= {"email_verified": "true", "verified_email": "false"}
    assert Browser(client, provider).sign_in()["Location"] == "/accounts/confirm-email/"


def test_an_address_is_not_verified_by_what_the_id_token_says_of_another(browser: Browser) -> None:
    browser.provider.claims = {"email": "mallory@example.com", "email_verified": True}
    del browser.provider.userinfo["email_verified"]
    assert browser.sign_in()["Location"] == "/accounts/confirm-email/"
    assert not EmailAddress.objects.exists()


def test_an_untrusted_provider_neither_links_nor_tells(
    wary_browser: Browser, alice: User, provider: ScriptedProvider
) -> None:
    taken = wary_browser.sign_in()
    page = wary_browser.client.get(taken["Location"])
    assert not SocialAccount.objects.exists()
    assert "_auth_user_id" not in wary_browser.client.session
    assert [message.to for message in mail.outbox] == [["alice@example.com"]]

    wary_browser.client = type(wary_browser.client)()
    provider.userinfo["email"] = "newcomer@example.com"
    free = wary_browser.sign_in()
    assert (free.status_code, free["Location"]) == (taken.status_code, taken["Location"])
    newcomers_page = wary_browser.client.get(free["Location"])
    assert shown(page) == shown(newcomers_page)


def shown(page: Any) -> str:
    """What a page shows, but for the address, and for what differs on every page."""
    text = re.sub(r'csrfmiddlewaretoken" value="[^"]+"|[0-9a-f-]{36}', "", page.content.decode())
    return text.replace("newcomer@example.com", "alice@example.com")


def test_an_untrusted_providers_newcomer_proves_the_address(wary_browser: Browser) -> None:
    response = wary_browser.sign_in()
    assert "_auth_user_id" not in wary_browser.client.session
    code = wary_browser.client.session["account_email_verification_code"]["code"]
    response = wary_browser.client.post(response["Location"], {"code": code})
    person = User.objects.get()
    assert is_signed_in(wary_browser, person)
    assert EmailAddress.objects.get().verified
    assert SocialAccount.objects.get().user == person


def test_nothing_is_stored_of_a_newcomer_before_the_address_is_proven(
    wary_browser: Browser, provider: ScriptedProvider
) -> None:
    wary_browser.sign_in()
    for model in (User, EmailAddress, SocialAccount, ConnectionToken):
        assert not model.objects.exists()

    wary_browser.client.post("/accounts/confirm-email/", {"code": mailed_code()})
    assert EmailAddress.objects.get().verified
    assert ConnectionToken.objects.get().access_token in provider.live_access_tokens


def start_account(password: str = PASSWORD) -> Any:
    """Start an account under Alice's address; return the browser, which waits for the code."""
    browser = DjangoBrowser()
    browser.post("/accounts/signup/", {"email": "alice@example.com", "password1": password})
    cache.clear()  # the next code may be asked for at once
    return browser


@pytest.mark.django_db
@pytest.mark.parametrize("page", ["/accounts/login/code/", "/accounts/password/reset/"])
def test_a_code_that_somebody_else_asked_for_leaves_a_squatter_no_password(
    client: DjangoBrowser, page: str
) -> None:
    mallorys = start_account()
    asked = client.post(page, {"email": "alice@example.com"})["Location"]
    choose = client.post(asked, {"code": mailed_code()})["Location"]
    own = "chosen by the owner of the address"
    client.post(choose, {"password1": own, "password2": own})
    assert EmailAddress.objects.get().verified
    assert not User.objects.get().check_password(PASSWORD)
    form = {"login": "alice@example.com", "password": PASSWORD}
    assert mallorys.post("/accounts/login/", form).status_code == 200
    assert recorded(Event.TAKEN_OVER) == [
        ("succeeded", "", "person", {"email": "alice@example.com"})
    ]


@pytest.mark.django_db
def test_who_resets_a_squatters_password_has_their_own(client: DjangoBrowser) -> None:
    start_account("chosen by the squatter")
    asked = client.post("/accounts/password/reset/", {"email": "alice@example.com"})["Location"]
    choose = client.post(asked, {"code": mailed_code()})["Location"]
    client.post(choose, {"password1": PASSWORD, "password2": PASSWORD})
    assert User.objects.get().check_password(PASSWORD)
    assert client.get("/account/").status_code == 200


@pytest.mark.django_db
@pytest.mark.parametrize("again", [False, True])
def test_who_chose_or_typed_the_password_keeps_it(again: bool) -> None:
    browser = start_account()
    if again:
        browser = DjangoBrowser()
        browser.post("/accounts/login/", {"login": "alice@example.com", "password": PASSWORD})
    browser.post("/accounts/confirm-email/", {"code": mailed_code()})
    assert User.objects.get().check_password(PASSWORD)
    assert not recorded(Event.TAKEN_OVER)


def test_a_signed_in_person_connects(
    browser: Browser, bob: User, provider: ScriptedProvider
) -> None:
    browser.client.post("/accounts/login/", {"login": bob.email, "password": PASSWORD})
    response = browser.sign_in("?process=connect")
    if response["Location"] == "/accounts/reauthenticate/":
        browser.client.post(response["Location"], {"password": PASSWORD})
    assert SocialAccount.objects.get().user == bob
    assert ConnectionToken.objects.get().connection.user == bob
    assert not EmailAddress.objects.filter(email="alice@example.com").exists()


def test_connecting_asks_for_fresh_authentication(browser: Browser, bob: User) -> None:
    browser.client.force_login(bob)
    response = browser.sign_in("?process=connect")
    assert response["Location"] == "/accounts/reauthenticate/"
    page = browser.client.get(response["Location"]).content.decode()
    assert "You are about to connect an account." in page
    assert not SocialAccount.objects.exists()


def test_a_connection_of_somebody_else_stays_theirs(
    browser: Browser, alice: User, bob: User
) -> None:
    browser.sign_in()
    browser.client = type(browser.client)()
    browser.client.post("/accounts/login/", {"login": bob.email, "password": PASSWORD})
    response = browser.sign_in("?process=connect")
    if response["Location"] == "/accounts/reauthenticate/":
        browser.client.post(response["Location"], {"password": PASSWORD})
    assert SocialAccount.objects.get(uid=SUBJECT).user == alice


def test_a_deactivated_person_is_not_linked(browser: Browser, alice: User) -> None:
    User.objects.update(is_active=False)
    assert browser.sign_in()["Location"] == "/accounts/inactive/"
    assert not SocialAccount.objects.exists()
