"""Closing an account, having it back, and what is left once it is deleted."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.contrib.admin.models import LogEntry
from django.core import mail
from django.core.management import call_command
from django.db import connection
from django.http import HttpResponse
from django.test import Client as Browser
from django.utils import timezone

from accounts.models import SecurityEvent, Session, User
from accounts.models.event_kinds import Event
from accounts.oauth_server.models import Authorization, PersonalToken
from tests.accounts.account_pages.proof import let_proof_expire, signed_in
from tests.accounts.oauth_server.app import App, error_in, me
from tests.accounts.oauth_server.conftest import app
from tests.accounts.second_factors.authenticators import confirmed
from tests.conftest import PASSWORD
from tests.test_stolen_database import whole_database

__all__ = ["app"]

pytestmark = pytest.mark.django_db

PAGE = "/account/delete/"


@pytest.fixture
def browser(alice: User) -> Browser:
    return signed_in(alice)


def text(response: HttpResponse) -> str:
    return response.content.decode()


def close(browser: Browser, email: str = "alice@example.com") -> HttpResponse:
    return browser.post(PAGE, {"email": email}, follow=True)


def sign_in(email: str = "alice@example.com") -> tuple[Browser, HttpResponse]:
    browser = Browser()
    form = {"login": email, "password": PASSWORD}
    return browser, browser.post("/accounts/login/", form, follow=True)


def let_time_pass() -> None:
    """Let every cooling-off period be over, and the janitor come."""
    User.objects.exclude(delete_after=None).update(delete_after=timezone.now())
    call_command("cleartokens")


def kinds(**whose: Any) -> set[str]:
    return set(SecurityEvent.objects.filter(**whose).values_list("kind", flat=True))


# --- Closing ---


def test_the_page_says_what_will_happen(browser: Browser, settings: Any) -> None:
    page = text(browser.get(PAGE))
    assert "within 14 days" in page
    assert "365 days" in page
    settings.DELETION_COOLING_OFF_DAYS = 0
    page = text(browser.get(PAGE))
    assert "Delete my account now" in page
    assert "will be closed" not in page


def test_a_closed_account_is_refused_everywhere_at_once(
    app: App, alice: User, browser: Browser
) -> None:
    tokens, code = app.tokens_for(alice), app.code_for(alice)
    elsewhere = signed_in(alice)
    expires = timezone.now() + timedelta(days=1)
    own = PersonalToken.objects.issue(
        alice, name="mine", scopes=frozenset({"profile"}), expires=expires
    )
    page = text(close(browser))

    assert "Your account is closed and will be deleted on" in page
    assert "1 personal access token" in page
    assert me(tokens["access_token"]).status_code == 401
    assert me(own).status_code == 401
    assert error_in(app.refresh(tokens["refresh_token"])) == (400, "invalid_grant")
    assert error_in(app.redeem(code)) == (400, "invalid_grant")
    assert app.introspect(tokens["access_token"]) == {"active": False}
    for each in (browser, elsewhere):
        assert each.get("/account/").status_code == 302
    assert not Session.objects.filter(user=alice).exists()
    assert Event.DELETION_ASKED in kinds(user=alice)


def test_closing_asks_for_a_confirmation_first(alice: User) -> None:
    browser = Browser()
    browser.force_login(alice)
    response = browser.post(PAGE, {"email": alice.email})
    assert response["Location"].startswith("/accounts/reauthenticate/")
    assert User.objects.get().is_active


def test_an_expired_confirmation_closes_nothing(browser: Browser) -> None:
    let_proof_expire(browser)
    response = browser.post(PAGE, {"email": "alice@example.com"})
    assert response["Location"].startswith("/accounts/reauthenticate/")
    assert User.objects.get().is_active


@pytest.mark.parametrize("typed", ["", "bob@example.com", "alice", "x" * 300])
def test_another_address_closes_nothing(browser: Browser, typed: str) -> None:
    page = text(close(browser, typed))
    assert "There is a problem" in page
    assert User.objects.get().is_active


def test_the_address_may_be_typed_in_any_case(browser: Browser) -> None:
    close(browser, " Alice@Example.com ")
    assert not User.objects.get().is_active


def test_the_page_is_for_those_who_signed_in_and_closes_only_ones_own(
    client: Browser, alice: User, mallory: User
) -> None:
    assert client.get(PAGE)["Location"] == f"/accounts/login/?next={PAGE}"
    close(signed_in(mallory), alice.email)
    assert User.objects.filter(is_active=True).count() == 2


def test_the_last_admin_cannot_leave_and_is_told_why(alice: User, bob: User) -> None:
    browser = confirmed(alice)
    User.objects.filter(pk=alice.pk).update(is_staff=True, is_superuser=True)
    assert "You are the only admin of Latchkey with all permissions." in text(browser.get(PAGE))
    close(browser)
    assert User.objects.get(pk=alice.pk).is_active

    User.objects.filter(pk=bob.pk).update(is_staff=True, is_superuser=True)
    close(browser)
    assert not User.objects.get(pk=alice.pk).is_active


@pytest.mark.django_db(transaction=True)
def test_of_two_last_admins_at_once_one_stays(alice: User, bob: User) -> None:
    User.objects.update(is_staff=True, is_superuser=True)
    browsers = [(confirmed(person), person.email) for person in (alice, bob)]

    def leave(who: tuple[Browser, str]) -> int:
        try:
            return who[0].post(PAGE, {"email": who[1]}).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(leave, browsers)) == [200, 302]
    assert User.objects.filter(is_active=True).count() == 1


# --- Coming back ---


def test_signing_in_leads_to_a_way_to_keep_it(app: App, alice: User, browser: Browser) -> None:
    app.tokens_for(alice)
    close(browser)
    browser, page = sign_in()

    assert "Your account will be deleted on" in text(page)
    assert browser.get("/account/").status_code == 302  # nobody is signed in
    page = browser.post("/account/closed/", {"decision": "keep"}, follow=True)
    assert "Your account will not be deleted. Sign in again to use it." in text(page)
    assert browser.get("/account/").status_code == 302
    browser, page = sign_in()
    assert "Hello, Alice" in text(page)
    assert Event.DELETION_CANCELLED in kinds(user=alice)
    assert app.send(browser).status_code == 302  # consent is as before
    let_time_pass()
    assert User.objects.filter(pk=alice.pk).exists()


def test_a_mailed_code_leads_there_too(browser: Browser) -> None:
    close(browser)
    mail.outbox.clear()
    back = Browser()
    back.post("/accounts/login/code/", {"email": "alice@example.com"})
    found = re.search(r"^\s*([A-Z0-9]{3,}(?:-[A-Z0-9]+)*)\s*$", mail.outbox[-1].body, re.MULTILINE)
    assert found
    page = back.post("/accounts/login/code/confirm/", {"code": found[1]}, follow=True)
    assert "Your account will be deleted on" in text(page)


def test_leaving_it_closed_changes_nothing(browser: Browser) -> None:
    close(browser)
    browser, _ = sign_in()
    browser.post("/account/closed/", {"decision": "leave"})
    assert browser.get("/account/closed/")["Location"] == "/accounts/login/"
    assert User.objects.closed().exists()


def test_nobody_else_keeps_it(browser: Browser, mallory: User) -> None:
    close(browser)
    for other in (Browser(), signed_in(mallory)):
        response = other.post("/account/closed/", {"decision": "keep"})
        assert response["Location"] == "/accounts/login/"
    wrong = Browser()
    wrong.post("/accounts/login/", {"login": "alice@example.com", "password": "a wrong one"})
    wrong.post("/account/closed/", {"decision": "keep"})
    assert User.objects.closed().exists()


def test_the_proof_of_a_sign_in_does_not_last(browser: Browser) -> None:
    close(browser)
    browser, _ = sign_in()
    session: Any = browser.session
    session["closed_account"] = session["closed_account"] | {"at": 0}
    session.save()
    browser.post("/account/closed/", {"decision": "keep"})
    assert User.objects.closed().exists()


def test_two_tabs_keep_it_once_and_none_after_the_deletion(browser: Browser, alice: User) -> None:
    close(browser)
    (one, _), (other, _) = sign_in(), sign_in()
    one.post("/account/closed/", {"decision": "keep"})
    assert other.post("/account/closed/", {"decision": "keep"}).status_code == 302
    cancelled = SecurityEvent.objects.filter(kind=Event.DELETION_CANCELLED)
    assert cancelled.count() == 1

    close(signed_in(alice))
    late, _ = sign_in()
    let_time_pass()
    assert late.post("/account/closed/", {"decision": "keep"})["Location"] == "/accounts/login/"
    assert not User.objects.exists()


def test_who_was_switched_off_by_an_admin_does_not_come_back(alice: User) -> None:
    User.objects.update(is_active=False)
    browser, page = sign_in()
    assert "This account is disabled" in text(page)
    browser.post("/account/closed/", {"decision": "keep"})
    assert not User.objects.get().is_active


def test_an_admin_can_open_a_closed_account(browser: Browser, alice: User, bob: User) -> None:
    close(browser)
    User.objects.filter(pk=bob.pk).update(is_staff=True, is_superuser=True)
    desk = confirmed(bob)
    url = f"/admin/accounts/user/{alice.pk}/change/"
    inline = {"emailaddress_set-TOTAL_FORMS": 0, "emailaddress_set-INITIAL_FORMS": 0}
    assert desk.get(url).status_code == 200
    desk.post(url, {"email": alice.email, "is_active": "on"} | inline)
    let_time_pass()

    assert User.objects.get(pk=alice.pk).is_active
    assert Event.DELETION_CANCELLED in kinds(user=alice)


# --- Deleting ---


def test_the_janitor_deletes_what_is_due_and_nothing_sooner(
    app: App, alice: User, bob: User, browser: Browser
) -> None:
    app.tokens_for(alice)
    close(browser)
    call_command("cleartokens")
    assert User.objects.filter(pk=alice.pk).exists()
    let_time_pass()

    assert list(User.objects.all()) == [bob]
    assert not Authorization.objects.exists()
    assert not EmailAddress.objects.filter(email=alice.email).exists()


def test_events_stay_without_what_tells_who_it_was(alice: User, bob: User) -> None:
    EmailAddress.objects.create(user=alice, email="second@alice.example", verified=True)
    browser = signed_in(alice)
    browser.post("/accounts/email/", {"email": "second@alice.example", "action_primary": ""})
    signed_in(bob)
    alice.refresh_from_db()
    close(browser, alice.email)
    let_time_pass()

    left = SecurityEvent.objects.filter(sub=alice.sub)
    assert {Event.SIGN_IN, Event.DELETION_ASKED, Event.ACCOUNT_DELETED} <= kinds(sub=alice.sub)
    for event in left:
        assert (event.user, event.address, event.user_agent, event.details) == (None, "", "", {})
    assert [table for table, kept in whole_database() if "alice" in kept.lower()] == []
    assert SecurityEvent.objects.filter(user=bob).exclude(address="").exists()


def test_without_a_cooling_off_period_it_is_deleted_at_once(
    alice: User, browser: Browser, settings: Any
) -> None:
    settings.DELETION_COOLING_OFF_DAYS = 0
    page = close(browser)

    assert "Your account was deleted." in text(page)
    assert not User.objects.exists()
    assert Event.ACCOUNT_DELETED in kinds(sub=alice.sub, user=None)
    assert browser.get("/account/").status_code == 302


def test_the_address_is_free_again_for_a_stranger(
    alice: User, browser: Browser, settings: Any
) -> None:
    settings.DELETION_COOLING_OFF_DAYS = 0
    close(browser)
    new = User.objects.create_user(alice.email)
    assert new.sub != alice.sub
    assert not SecurityEvent.objects.filter(user=new).exists()


def test_an_admin_who_deletes_a_person_leaves_as_little(alice: User, bob: User) -> None:
    signed_in(alice)
    User.objects.filter(pk=bob.pk).update(is_staff=True, is_superuser=True)
    desk = confirmed(bob)
    desk.post(f"/admin/accounts/user/{alice.pk}/delete/", {"post": "yes"})

    assert not User.objects.filter(pk=alice.pk).exists()
    assert set(SecurityEvent.objects.filter(sub=alice.sub).values_list("address")) == {("",)}
    assert LogEntry.objects.get().object_repr == alice.sub


@pytest.mark.django_db(transaction=True)
def test_each_step_is_told_by_mail_the_last_one_too(browser: Browser) -> None:
    mail.outbox.clear()
    close(browser)
    let_time_pass()

    assert [message.subject for message in mail.outbox] == [
        "Your account at Latchkey will be deleted",
        "Your account at Latchkey was deleted",
    ]
    assert all(message.to == ["alice@example.com"] for message in mail.outbox)
