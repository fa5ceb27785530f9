"""Nothing is stored, and nothing opened again, before all steps of a sign-in are done."""

from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.conf import settings
from django.core import mail
from django.db.models import Model
from django.test import Client as Browser
from django.utils import timezone

from accounts.models import ConnectionToken, KnownDevice, SecurityEvent, Session, User
from accounts.models.event_kinds import Event
from accounts.oauth_server.models import Authorization
from tests.accounts.second_factors.authenticators import is_signed_in
from tests.accounts.second_factors.conftest import SECRET, give_password
from tests.accounts.second_factors.test_codes import SECOND_STEP, code_of_app, type_in
from tests.accounts.third_parties.conftest import provider, register, running_provider
from tests.accounts.third_parties.scripted_provider import SUBJECT, ScriptedProvider
from tests.accounts.third_parties.scripted_provider import Browser as ThirdPartyBrowser
from tests.accounts.way_back.test_address import mailed_code
from tests.conftest import PASSWORD
from tests.upstream import TOTP

__all__ = ["provider", "register", "running_provider"]

pytestmark = pytest.mark.django_db

ALICE = "alice@example.com"
NEW = "another one entirely, and long"
COSTLY = (  # PASSWORD, at another cost than this site's
    "argon2$argon2id$v=19$m=102400,t=2,p=8$R2ZTNW1QcWt5WjRMczB1SHRSd1hiMQ$"
    "UZicsgf9DKppUFsS12zeSQpf4uA4o6tjF3jf2727y54"
)
KEPT: list[type[Model]] = [
    *(User, EmailAddress, SocialAccount, ConnectionToken, Authenticator, KnownDevice),
    Authorization,
]


@pytest.fixture
def third_party(provider: ScriptedProvider, register: Any) -> ScriptedProvider:
    register()
    return provider


@pytest.fixture
def alice(alice: User) -> User:
    """Alice, who has an authenticator app, and whose hash is to be made anew at a sign-in."""
    alice.password = COSTLY
    alice.save()
    TOTP.activate(alice, SECRET)
    return alice


@pytest.fixture
def connected(alice: User, third_party: ScriptedProvider) -> SocialAccount:
    """Her connection, whose profile and tokens are older than what will be told."""
    made = SocialAccount.objects.create(user=alice, provider="example", uid=SUBJECT)
    ConnectionToken.objects.create(connection=made, access_token="old", refresh_token="old")
    return made


def by_password(browser: Browser, third_party: ScriptedProvider) -> Any:
    return give_password(browser)


def by_code(browser: Browser, third_party: ScriptedProvider) -> Any:
    page = browser.post("/accounts/login/code/", {"email": ALICE})["Location"]
    return browser.post(page, {"code": mailed_code()})


def by_reset(browser: Browser, third_party: ScriptedProvider) -> Any:
    page = browser.post("/accounts/password/reset/", {"email": ALICE})["Location"]
    choose = browser.post(page, {"code": mailed_code()})["Location"]
    return browser.post(choose, {"password1": NEW, "password2": NEW})


def by_third_party(browser: Browser, third_party: ScriptedProvider) -> Any:
    """It vouches for Alice's address, and is connected to her account or will be."""
    return ThirdPartyBrowser(browser, third_party).sign_in()


FIRST_STEPS = [by_password, by_code, by_reset, by_third_party]
every_first_step = pytest.mark.parametrize("first_step", FIRST_STEPS)


def stored() -> list[Any]:
    """Every row that a sign-in could change, and what was recorded of it."""
    rows = [list(model.objects.order_by("pk").values()) for model in KEPT]
    events = list(SecurityEvent.objects.order_by("pk").values("kind", "outcome"))
    return [*rows, list(Session.objects.exclude(user=None).values_list("pk")), events]


def cookies(browser: Browser) -> set[str]:
    return set(browser.cookies) & {settings.DEVICE_COOKIE_NAME, settings.LAST_USED_COOKIE_NAME}


@every_first_step
def test_a_first_step_alone_stores_nothing(
    alice: User, third_party: ScriptedProvider, first_step: Any
) -> None:
    before, browser = stored(), Browser()
    assert first_step(browser, third_party)["Location"].startswith(SECOND_STEP)
    assert stored() == before
    assert not cookies(browser)

    browser.post(SECOND_STEP, {"code": "000000"})
    told = (Event.SIGN_IN, Event.SECOND_STEP_REFUSED)  # the latter to its owner, at the first one
    failed = [{"kind": kind, "outcome": "failed"} for kind in told]
    assert stored() == [*before[:-1], [*before[-1], *failed]]


def test_a_third_partys_news_of_a_connection_waits_too(
    alice: User, connected: SocialAccount, third_party: ScriptedProvider
) -> None:
    before, browser = stored(), Browser()
    by_third_party(browser, third_party)
    assert stored() == before

    type_in(browser, code_of_app())
    connected.refresh_from_db()
    assert connected.extra_data["userinfo"]["name"] == "Alice Example"
    assert ConnectionToken.objects.get().access_token in third_party.live_access_tokens


@every_first_step
def test_what_was_proven_is_stored_with_the_last_step(
    alice: User, third_party: ScriptedProvider, first_step: Any
) -> None:
    browser = Browser()
    first_step(browser, third_party)
    assert type_in(browser, code_of_app())["Location"] == "/account/"
    assert is_signed_in(browser)
    assert len(cookies(browser)) == 2
    alice.refresh_from_db()
    assert alice.check_password(NEW if first_step is by_reset else PASSWORD)
    assert (alice.password == COSTLY) == (first_step in (by_code, by_third_party))
    assert SocialAccount.objects.exists() == (first_step is by_third_party)
    assert ConnectionToken.objects.exists() == (first_step is by_third_party)


def test_an_unproven_address_waits_for_the_second_step_too(alice: User) -> None:
    EmailAddress.objects.update(verified=False)
    before, browser = stored(), Browser()
    page = give_password(browser)["Location"]
    assert page == "/accounts/confirm-email/"
    asked = browser.post(page, {"code": mailed_code()})["Location"]
    assert asked.startswith(SECOND_STEP)
    assert stored() == before

    type_in(browser, code_of_app())
    assert is_signed_in(browser)
    assert EmailAddress.objects.get().verified
    assert Authenticator.objects.filter(type="totp").exists()  # who shows it, has it


# --- An account that its owner closed ---


@pytest.fixture
def closed(alice: User) -> User:
    alice.is_active, alice.delete_after = False, timezone.now()
    alice.save()
    return alice


@pytest.mark.parametrize("first_step", [by_password, by_code, by_third_party])
def test_a_closed_account_is_opened_again_by_all_steps_alone(
    closed: User, third_party: ScriptedProvider, first_step: Any
) -> None:
    browser = Browser()
    assert first_step(browser, third_party)["Location"].startswith(SECOND_STEP)
    for method in (browser.get, browser.post):
        answer = method("/account/closed/", {"decision": "keep"})
        assert answer["Location"] == "/accounts/login/"
    assert User.objects.closed().exists()

    assert type_in(browser, code_of_app())["Location"] == "/account/closed/"
    assert not is_signed_in(browser)
    assert not SocialAccount.objects.exists()
    browser.post("/account/closed/", {"decision": "keep"})
    assert not User.objects.closed().exists()


def test_a_wrong_second_step_opens_no_closed_account(
    closed: User, third_party: ScriptedProvider
) -> None:
    browser = Browser()
    give_password(browser)
    assert type_in(browser, "000000").status_code == 200
    browser.post("/account/closed/", {"decision": "keep"})
    assert User.objects.closed().exists()


def test_a_closed_account_is_not_reset(closed: User) -> None:
    Browser().post("/accounts/password/reset/", {"email": ALICE})
    assert "No account at" in mail.outbox[-1].subject


# --- What changes between two steps ---


@every_first_step
def test_who_is_switched_off_meanwhile_is_not_let_in(
    alice: User, third_party: ScriptedProvider, first_step: Any
) -> None:
    browser = Browser()
    first_step(browser, third_party)
    User.objects.update(is_active=False)
    before = stored()
    type_in(browser, code_of_app())
    assert stored()[:-1] == before[:-1]
    assert not is_signed_in(browser)


def test_a_connection_that_was_removed_meanwhile_is_not_back(
    alice: User, connected: SocialAccount, third_party: ScriptedProvider
) -> None:
    browser = Browser()
    by_third_party(browser, third_party)
    connected.delete()
    page = browser.post(SECOND_STEP, {"code": code_of_app()}, follow=True)
    assert "Your account has changed in the meantime. Sign in again." in page.content.decode()
    assert not is_signed_in(browser)
    assert not SocialAccount.objects.exists()


def test_a_connection_that_somebody_else_made_meanwhile_stays_theirs(
    alice: User, bob: User, third_party: ScriptedProvider
) -> None:
    browser = Browser()
    by_third_party(browser, third_party)
    SocialAccount.objects.create(user=bob, provider="example", uid=SUBJECT)
    type_in(browser, code_of_app())
    assert not is_signed_in(browser)
    assert SocialAccount.objects.get().user == bob


def test_two_who_are_linked_at_once_are_linked_once(
    alice: User, third_party: ScriptedProvider
) -> None:
    Authenticator.objects.all().delete()
    browsers = [Browser(), Browser()]
    for browser in browsers:
        by_third_party(browser, third_party)
    assert SocialAccount.objects.get().user == alice
    assert all(map(is_signed_in, browsers))
