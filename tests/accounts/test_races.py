"""What people do at the same moment: each is done once or by one, and nobody meets an error."""

import re
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.test import Client as Browser
from django.urls import reverse

from accounts.models import SecurityEvent, User
from accounts.models.event_kinds import Event
from accounts.oauth_server.models import Authorization, Client, DeviceGrant
from tests.accounts.account_pages.proof import signed_in
from tests.accounts.at_once import meet_before
from tests.accounts.entrance.test_mailed_codes import CODE, ask
from tests.accounts.oauth_server.app import App
from tests.accounts.oauth_server.conftest import register
from tests.accounts.oauth_server.grants.test_device_flow import television
from tests.conftest import PASSWORD

__all__ = ["television"]

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("unlimited")]

NEW = "carol@example.com"
GOOD = "another good long password"


@pytest.fixture
def unlimited(settings: Any) -> None:
    settings.RATE_LIMITS = dict.fromkeys(settings.RATE_LIMITS, "1000/m")


def race(before: tuple[str, ...], *steps: Callable[[], Any]) -> list[int]:
    """Take all steps at once; return the statuses of what they are answered, none of them 500."""
    statuses = sorted(answer.status_code for answer in meet_before(before, *steps))
    assert statuses[-1] < 500, statuses
    return statuses


def quiet() -> Browser:
    return Browser(raise_request_exception=False)


def a_tab_of(browser: Browser) -> Browser:
    """The same browser once more: the test client is good for one request at a time."""
    tab = quiet()
    tab.cookies = browser.cookies.copy()
    return tab


def browsers_of(person: User, number: int = 2) -> list[Browser]:
    """Browsers in which `person` has just confirmed that it is them."""
    browsers = [signed_in(person) for _ in range(number)]
    for browser in browsers:
        browser.raise_request_exception = False
    return browsers


def count(kind: Event) -> int:
    return SecurityEvent.objects.filter(kind=kind).count()


# --- signing up ---


@pytest.mark.parametrize("page", ["account_signup", "account_signup_by_passkey"])
def test_of_many_who_sign_up_with_one_address_all_are_answered_alike(page: str) -> None:
    form = {"email": NEW, "password1": GOOD}
    steps = [partial(quiet().post, reverse(page), form) for _ in range(5)]
    assert race(('INSERT INTO "accounts_user"',), *steps) == [302] * 5
    assert User.objects.filter(email=NEW).count() == 1
    assert EmailAddress.objects.filter(email=NEW).count() == 1
    assert count(Event.SIGNED_UP) == 1
    assert len(mail.outbox) == 5
    with_code = [each for each in mail.outbox if re.search(CODE, str(each.body), re.MULTILINE)]
    assert len(with_code) == 1


def test_many_who_would_get_one_user_name_get_one_each() -> None:
    forms = [{"email": f"carol@{n}.example", "password1": GOOD} for n in range(5)]
    steps = [partial(quiet().post, reverse("account_signup"), form) for form in forms]
    assert race(('INSERT INTO "accounts_user"',), *steps) == [302] * 5
    names = set(User.objects.values_list("preferred_username", flat=True))
    assert "carol" in names
    assert len(names) == len(set(User.objects.values_list("username_key", flat=True))) == 5


def test_of_two_who_choose_one_user_name_one_is_told_that_it_is_gone(
    alice: User, bob: User
) -> None:
    steps = []
    for person in (alice, bob):
        (browser,) = browsers_of(person, 1)
        shown = browser.get("/account/profile/").context["form"]
        filled = {field.html_name: field.value() or "" for field in shown}
        form = filled | {"preferred_username": "wonderland"}
        steps.append(partial(browser.post, "/account/profile/", form))
    assert race(('UPDATE "accounts_user"',), *steps) in ([302, 409], [200, 302])
    assert User.objects.filter(username_key="wonderland").count() == 1


def test_of_two_tabs_that_finish_a_sign_up_both_are_answered() -> None:
    browser = quiet()
    page, code = ask(browser, "sign-up")
    steps = [partial(a_tab_of(browser).post, page, {"code": code}) for _ in range(2)]
    race(('UPDATE "account_emailaddress"', 'INSERT INTO "account_emailaddress"'), *steps)
    assert EmailAddress.objects.get(email=NEW).verified
    assert count(Event.EMAIL_VERIFIED) == 1


# --- coming back ---


def test_two_who_reset_a_password_at_once_leave_one_password(alice: User) -> None:
    browsers = [quiet(), quiet()]
    for browser in browsers:
        page, code = ask(browser, "reset")
        browser.post(page, {"code": code})
    passwords = ["the first good password", "the second good password"]
    steps = [
        partial(
            browser.post,
            "/accounts/password/reset/complete/",
            {"password1": password, "password2": password},
        )
        for browser, password in zip(browsers, passwords, strict=True)
    ]
    race(('UPDATE "accounts_user"',), *steps)
    alice.refresh_from_db()
    assert sum(alice.check_password(password) for password in passwords) == 1
    assert count(Event.PASSWORD_RESET) == 1


# --- addresses ---


def adding(person: User) -> tuple[Browser, str]:
    (browser,) = browsers_of(person, 1)
    browser.post("/accounts/email/", {"action_add": "", "email": NEW})
    (code,) = re.findall(CODE, str(mail.outbox[-1].body), re.MULTILINE)
    return browser, code


def test_of_two_people_who_prove_one_address_one_gets_it(alice: User, bob: User) -> None:
    added = [adding(person) for person in (alice, bob)]
    page = "/accounts/confirm-email/"
    steps = [partial(browser.post, page, {"code": code}) for browser, code in added]
    race(('INSERT INTO "account_emailaddress"',), *steps)
    assert EmailAddress.objects.filter(email=NEW, verified=True).count() == 1
    assert count(Event.EMAIL_ADDED) == 1


def test_an_address_that_is_added_in_two_tabs_is_added_once(alice: User) -> None:
    browser, code = adding(alice)
    steps = [
        partial(a_tab_of(browser).post, "/accounts/confirm-email/", {"code": code})
        for _ in range(2)
    ]
    race(('INSERT INTO "account_emailaddress"',), *steps)
    assert EmailAddress.objects.filter(email=NEW, user=alice).count() == 1
    assert count(Event.EMAIL_ADDED) == 1


def test_two_main_addresses_chosen_at_once_leave_one(alice: User) -> None:
    for email in ("second@example.com", "third@example.com"):
        EmailAddress.objects.create(user=alice, email=email, verified=True)
    steps = [
        partial(browser.post, "/accounts/email/", {"action_primary": "", "email": email})
        for browser, email in zip(
            browsers_of(alice), ("second@example.com", "third@example.com"), strict=True
        )
    ]
    race(('UPDATE "account_emailaddress"',), *steps)
    main = EmailAddress.objects.get(user=alice, primary=True)
    alice.refresh_from_db()
    assert alice.email == main.email


def test_the_last_two_addresses_are_not_both_removed(alice: User) -> None:
    EmailAddress.objects.create(user=alice, email="second@example.com", verified=True)
    alice.set_unusable_password()
    alice.save()
    browsers = []
    for _ in range(2):
        browser = quiet()
        browser.force_login(alice)
        browsers.append(browser)
    emails = (alice.email, "second@example.com")
    steps = [
        partial(browser.post, "/accounts/email/", {"action_remove": "", "email": email})
        for browser, email in zip(browsers, emails, strict=True)
    ]
    race(('DELETE FROM "account_emailaddress"',), *steps)
    assert EmailAddress.objects.filter(user=alice, verified=True).exists()


# --- closing, and having it back ---


def test_an_account_that_is_closed_in_two_browsers_is_closed_once(alice: User) -> None:
    steps = [
        partial(browser.post, "/account/delete/", {"email": alice.email})
        for browser in browsers_of(alice)
    ]
    race(('UPDATE "accounts_user"',), *steps)
    assert count(Event.DELETION_ASKED) == 1


def closed(person: User) -> Browser:
    """A browser in which a person who closed their account has come to have it back."""
    browser = quiet()
    browser.post("/accounts/login/", {"login": person.email, "password": PASSWORD})
    return browser


def test_an_account_that_is_taken_back_in_two_browsers_is_opened_once(alice: User) -> None:
    browsers_of(alice, 1)[0].post("/account/delete/", {"email": alice.email})
    steps = [
        partial(closed(alice).post, "/account/closed/", {"decision": "keep"}) for _ in range(2)
    ]
    race(('UPDATE "accounts_user"',), *steps)
    alice.refresh_from_db()
    assert alice.is_active
    assert alice.delete_after is None
    assert count(Event.DELETION_CANCELLED) == 1


# --- apps ---


def test_of_two_browsers_that_decide_one_device_one_does(
    alice: User, bob: User, television: App
) -> None:
    _, user_code = DeviceGrant.objects.start(television.client, frozenset({"openid", "profile"}))
    steps = [
        partial(
            browsers_of(person, 1)[0].post,
            "/oauth/device/decision/",
            {"user_code": user_code, "decision": "allow"},
        )
        for person in (alice, bob)
    ]
    race(('INSERT INTO "oauth_server_authorization"', 'UPDATE "oauth_server_devicegrant"'), *steps)
    assert count(Event.DEVICE_APPROVED) == 1


def test_of_allowing_and_denying_a_device_at_once_one_counts(alice: User, television: App) -> None:
    _, user_code = DeviceGrant.objects.start(television.client, frozenset({"openid"}))
    steps = [
        partial(browser.post, "/oauth/device/decision/", {"user_code": user_code, "decision": said})
        for browser, said in zip(browsers_of(alice), ("allow", "deny"), strict=True)
    ]
    race(('UPDATE "oauth_server_devicegrant"',), *steps)
    assert count(Event.DEVICE_APPROVED) + count(Event.DEVICE_REFUSED) == 1


def test_two_consents_at_once_are_one_authorization(alice: User) -> None:
    app = register(
        "Garden Notes",
        client_type=Client.CLIENT_PUBLIC,
        grant_types="authorization_code",
        redirect_uris="https://garden.example/callback",
        scopes="openid profile",
    ).client
    asked = {
        "client_id": app.client_id,
        "response_type": "code",
        "scope": "openid profile",
        "redirect_uri": app.redirect_uris,
        "code_challenge": "x" * 43,
        "state": "s",
        "code_challenge_method": "S256",
    }
    answer = {"decision": "allow", "scope": ["openid", "profile"]}
    steps = [
        partial(browser.post, "/oauth/authorize/decision/", answer, query_params=asked)
        for browser in browsers_of(alice)
    ]
    assert race(('INSERT INTO "oauth_server_authorization"',), *steps) == [302, 302]
    assert Authorization.objects.filter(user=alice, client=app).count() == 1
    assert count(Event.CODE_ISSUED) == 2
    assert count(Event.CONSENT_GIVEN) >= 1
