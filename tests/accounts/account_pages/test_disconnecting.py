"""Taking a connection away."""

import pytest
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount, SocialApp
from django.test import Client as Browser

from accounts.models import User
from accounts.own_account.ways_in import WaysIn
from tests.accounts.conftest import alices_browser, example_id
from tests.accounts.security_events.events import Event, recorded
from tests.conftest import PASSWORD

__all__ = ["alices_browser", "example_id"]

pytestmark = pytest.mark.django_db
PAGE = "/accounts/3rdparty/"


def connect(person: User, provider: str) -> SocialAccount:
    return SocialAccount.objects.create(user=person, provider=provider, uid=f"{person.pk}")


def confirm(browser: Browser) -> None:
    browser.post("/accounts/reauthenticate/", {"password": PASSWORD})


def test_one_whose_provider_is_gone_can_be_removed(alices_browser: Browser, alice: User) -> None:
    gone = connect(alice, "long-gone")
    confirm(alices_browser)
    page = alices_browser.post(PAGE, {"account": gone.pk}, follow=True)
    assert "The account was disconnected." in page.content.decode()
    assert recorded(Event.CONNECTION_REMOVED) == [
        ("succeeded", "Alice", "person", {"provider": "long-gone"})
    ]


def test_the_last_way_in_stays_and_the_page_says_what_to_do_first(
    alices_browser: Browser, alice: User, example_id: SocialApp
) -> None:
    connection = connect(alice, "example")
    connect(alice, "long-gone")  # is no way in
    alice.set_unusable_password()
    alice.save()
    EmailAddress.objects.update(verified=False)
    alices_browser.force_login(alice)
    page = alices_browser.post(PAGE, {"account": connection.pk}).content.decode()
    assert "Verify an e-mail address, add a passkey or connect another account first" in page
    assert SocialAccount.objects.count() == 2


def test_the_page_says_what_lets_one_in_without_it(
    alices_browser: Browser, alice: User, example_id: SocialApp
) -> None:
    connect(alice, "example")
    page = alices_browser.get(PAGE).content.decode()
    assert "If you remove it, you can still sign in with your password or a code by e-mail." in page
    assert 'name="account"' in page
    User.objects.update(password="!")
    EmailAddress.objects.update(verified=False)
    alices_browser.force_login(User.objects.get(pk=alice.pk))
    page = alices_browser.get(PAGE).content.decode()
    assert "it is your only way to sign in" in page
    assert 'name="account"' not in page


def test_a_verified_address_is_a_way_in_by_codes(
    alices_browser: Browser, alice: User, example_id: SocialApp
) -> None:
    connection = connect(alice, "example")
    confirm(alices_browser)
    User.objects.update(password="!")
    alice.refresh_from_db()
    assert not WaysIn.of(alice).need(connection)
    EmailAddress.objects.update(verified=False)
    assert WaysIn.of(alice).need(connection)


def test_removing_one_asks_again_who_it_is(alices_browser: Browser, alice: User) -> None:
    gone = connect(alice, "long-gone")
    response = alices_browser.post(PAGE, {"account": gone.pk})
    assert response["Location"].startswith("/accounts/reauthenticate/")
    assert SocialAccount.objects.exists()


def test_mallory_removes_none_of_alices(alice: User, mallory: User) -> None:
    connection = connect(alice, "long-gone")
    browser = Browser()
    browser.force_login(mallory)
    confirm(browser)
    assert browser.post(PAGE, {"account": connection.pk}).status_code == 200
    assert SocialAccount.objects.exists()


def test_adding_an_address_asks_again_who_it_is(alices_browser: Browser, alice: User) -> None:
    form = {"action_add": "", "email": "new@example.com"}
    response = alices_browser.post("/accounts/email/", form)
    assert response["Location"].startswith("/accounts/reauthenticate/")
    assert not alice.emailaddress_set.filter(email="new@example.com").exists()
