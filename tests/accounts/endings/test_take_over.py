"""Pre-hijacking: whatever Mallory prepared, Alice gets an account that is hers alone."""

from typing import Any

import jwt
import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.core import mail
from django.core.cache import cache
from django.core.management import call_command
from django.test import Client as Browser

from accounts.models import SecurityEvent, User
from accounts.models.event_kinds import Event
from tests.accounts.at_once import meet_before
from tests.accounts.endings.squatters import (
    ALICE,
    CLASSES,
    MALLORY,
    OF_MALLORY,
    OWN,
    WAYS,
    Site,
    by_mailed_code,
    by_reset,
    by_trusted_third_party,
    classic_federated_merge,
    left_in,
    trojan_identifier,
    unexpired_session,
    ways_back_in,
)
from tests.accounts.oauth_server.app import App
from tests.accounts.oauth_server.conftest import app
from tests.accounts.oauth_server.listener import listening
from tests.accounts.second_factors.authenticators import is_signed_in
from tests.accounts.second_factors.conftest import at_localhost
from tests.accounts.third_parties.conftest import provider, register, running_provider
from tests.accounts.third_parties.scripted_provider import ScriptedProvider

__all__ = ["app", "at_localhost", "provider", "register", "running_provider"]

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_localhost")]

by_address_alone = pytest.mark.parametrize(
    "way", [by_trusted_third_party, by_mailed_code, by_reset]
)


@pytest.fixture
def site(app: App, provider: ScriptedProvider, register: Any) -> Site:
    register("example")
    register("careless", trusted=False)
    return Site(app, provider)


def owner(browser: Browser) -> User:
    """Who is signed in, whose address Alice's is now."""
    alice = User.objects.get(pk=browser.session["_auth_user_id"])
    assert EmailAddress.objects.get(email=ALICE, verified=True).user == alice
    return alice


@pytest.mark.every_case("squat")
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("squat", CLASSES)
def test_nothing_that_was_prepared_opens_the_account(site: Site, squat: Any, way: Any) -> None:
    left = squat(site)
    browser = way(site)

    alice = owner(browser)
    assert ways_back_in(site, left, alice) == []
    assert is_signed_in(browser)

    found = left_in(alice)
    assert [email for email, _ in found.pop("addresses")][-1] == ALICE
    assert OF_MALLORY not in found.pop("connections")
    assert "Mallory's phone" not in str(found.pop("authenticators"))
    assert {kind: len(rows) for kind, rows in found.items()} == {
        "sessions": 1,
        "known browsers": 1,
        "personal tokens": 0,
        "apps": 0,
    }
    assert not EmailAddress.objects.filter(verified=False).exists()


@by_address_alone
def test_an_account_that_was_used_becomes_another_for_apps_and_pages(site: Site, way: Any) -> None:
    """An app that knew who was here before must not take Alice for them."""
    unexpired_session(site)
    before = User.objects.get(email=ALICE)
    alice = owner(way(site))
    assert alice.pk == before.pk
    assert alice.sub != before.sub
    assert (alice.name, alice.phone_number, alice.phone_number_verified) == ("", "", False)
    assert not SecurityEvent.objects.filter(user=alice, sub=before.sub).exists()


@by_address_alone
def test_a_squatters_second_step_keeps_nobody_out(site: Site, way: Any) -> None:
    unexpired_session(site)
    browser = way(site)
    assert is_signed_in(browser)
    assert not Authenticator.objects.filter(user=owner(browser)).exists()


@pytest.mark.django_db(transaction=True)
@by_address_alone
def test_apps_and_alice_are_told(site: Site, way: Any) -> None:
    with listening() as app:
        site.app.client.backchannel_logout_uri = app.uri
        site.app.client.save()
        unexpired_session(site)
        before = User.objects.get(email=ALICE).sub
        way(site)
    heard = [jwt.decode(token, options={"verify_signature": False}) for token in app.heard]
    assert before in {claims["sub"] for claims in heard}
    assert "We removed what somebody else added to your account at Latchkey" in [
        each.subject for each in mail.outbox
    ]


@by_address_alone
def test_what_alice_began_herself_is_hers_but_for_the_password(site: Site, way: Any) -> None:
    """Nobody knows who chose it. The account itself, its name and its `sub`, stays."""
    classic_federated_merge(site)
    before = User.objects.get(email=ALICE)
    alice = owner(way(site))
    assert (alice.pk, alice.sub) == (before.pk, before.sub)
    assert alice.has_usable_password() == (way is by_reset)
    assert SecurityEvent.objects.filter(user=alice, kind=Event.TAKEN_OVER).count() == 1


def test_who_an_admin_made_comes_for_the_first_time_to_all_that_was_given(site: Site) -> None:
    User.objects.create_user(ALICE, name="Alice", is_staff=True)
    alice = owner(by_mailed_code(site))
    assert (alice.name, alice.is_staff) == ("Alice", True)
    assert not SecurityEvent.objects.filter(kind=Event.TAKEN_OVER).exists()


@pytest.mark.parametrize("address", ["/accounts/login/code/", "/accounts/password/reset/"])
def test_staff_who_were_here_are_nobodys_for_an_address_that_nobody_has_proven(
    site: Site, alice: User, address: str
) -> None:
    User.objects.filter(pk=alice.pk).update(is_staff=True, is_superuser=True)
    Browser().force_login(alice)
    EmailAddress.objects.filter(user=alice).update(verified=False)
    Browser().post(address, {"email": ALICE})
    assert [letter.subject for letter in mail.outbox] == [
        "No account at Latchkey uses your e-mail address"
    ]

    browser = Browser()
    site.third_party(browser, "example", "subject-of-alice", ALICE)
    assert not is_signed_in(browser)
    assert not EmailAddress.objects.filter(verified=True).exists()
    assert User.objects.get().is_superuser


@by_address_alone
def test_an_address_that_stands_beside_a_proven_one_opens_nothing(site: Site, way: Any) -> None:
    """Not even where an admin made it the main one."""
    trojan_identifier(site)
    mallory = User.objects.get(email=MALLORY)
    User.objects.filter(pk=mallory.pk).update(email=ALICE)
    alice = owner(way(site))
    assert alice != mallory
    mallory.refresh_from_db()
    assert mallory.email == MALLORY


def test_of_two_who_come_at_once_for_an_unfinished_sign_up_each_reads_the_mail(site: Site) -> None:
    """The second code is as good as the first; but what was seen before the first is not."""
    classic_federated_merge(site)
    first, second = Browser(), Browser()
    pages = [
        browser.post("/accounts/password/reset/", {"email": ALICE})["Location"]
        for browser in (first, second)
    ]
    codes = [
        browser.session["account_password_reset_verification"]["code"]
        for browser in (first, second)
    ]
    choose = [
        browser.post(page, {"code": code})["Location"]
        for browser, page, code in zip((first, second), pages, codes, strict=True)
    ]
    first.post(choose[0], {"password1": OWN, "password2": OWN})
    late = second.post(
        choose[1], {"password1": "another long one", "password2": "another long one"}, follow=True
    )
    assert "Your account has changed in the meantime. Sign in again." in late.content.decode()
    assert User.objects.get(email=ALICE).check_password(OWN)
    assert is_signed_in(first)
    assert not is_signed_in(second)


@pytest.mark.django_db(transaction=True)
def test_of_several_ways_at_once_one_empties_the_account_and_none_fails(site: Site) -> None:
    """The others are asked to sign in again, or have come to the account as it is then."""
    left = unexpired_session(site)
    browsers = [Browser(), Browser()]
    pages = [
        browser.post("/accounts/login/code/", {"email": ALICE})["Location"] for browser in browsers
    ]
    codes = [
        browser.session["account_login"]["state"]["stages"]["login_by_code"]["data"]["code"]
        for browser in browsers
    ]

    def take(index: int) -> Any:
        return lambda: browsers[index].post(pages[index], {"code": codes[index]}).status_code

    def come() -> Any:
        return site.third_party(Browser(), "example", "subject-of-alice", ALICE).status_code

    cache.clear()
    answers = meet_before(("UPDATE", "DELETE"), take(0), take(1), come)
    assert answers == [302, 302, 302]
    alice = User.objects.get(email=ALICE)
    assert ways_back_in(site, left, alice) == []
    assert list(alice.emailaddress_set.values_list("email", "verified")) == [(ALICE, True)]
    assert SecurityEvent.objects.filter(user=alice, kind=Event.TAKEN_OVER).count() == 1


def who_ended_everything() -> set[str]:
    events = SecurityEvent.objects.filter(kind=Event.EVERYTHING_ENDED)
    return set(events.values_list("actor", flat=True))


def vouch(desk: Browser, person: User, **fields: str) -> Any:
    """Mark the person's one address as verified in Django admin."""
    row = person.emailaddress_set.get()
    prefix = "emailaddress_set"
    form = {
        "email": person.email,
        "is_active": "on",
        f"{prefix}-TOTAL_FORMS": 1,
        f"{prefix}-INITIAL_FORMS": 1,
        f"{prefix}-0-id": row.pk,
        f"{prefix}-0-user": person.pk,
        f"{prefix}-0-email": row.email,
        f"{prefix}-0-verified": "on",
        f"{prefix}-0-primary": "on",
    }
    return desk.post(f"/admin/accounts/user/{person.pk}/change/", form | fields, follow=True)


@pytest.mark.parametrize("squat", [classic_federated_merge, unexpired_session])
def test_an_admin_who_vouches_for_an_address_does_not_vouch_for_what_was_left(
    site: Site, desk: Browser, squat: Any
) -> None:
    left = squat(site)
    page = vouch(desk, User.objects.get(email=ALICE))
    assert "Everything that was in the account before was removed" in page.content.decode()
    assert who_ended_everything() <= {"admin"}
    alice = owner(by_mailed_code(site))
    assert ways_back_in(site, left, alice) == []
    assert left_in(alice)["addresses"] == [(ALICE, True)]


def test_an_admin_who_changes_somebody_that_is_known_takes_nothing(
    desk: Browser, alice: User
) -> None:
    vouch(desk, alice, name="Alice anew")
    alice.refresh_from_db()
    assert (alice.name, alice.has_usable_password()) == ("Alice anew", True)


def test_a_command_that_vouches_for_an_address_leaves_no_squatter_a_way_in(site: Site) -> None:
    left = unexpired_session(site)
    call_command("create_person", email=ALICE, name="Alice", password="")
    assert who_ended_everything() == {"admin"}
    alice = owner(by_mailed_code(site))
    assert ways_back_in(site, left, alice) == []
    assert alice.name == "Alice"
