"""The entrance marks how somebody signed in on this device last time, and tells nothing else."""

import pytest
from allauth.socialaccount.models import SocialApp
from django.conf import settings
from django.test import Client as Browser

from accounts.models import User
from tests.accounts.third_parties.conftest import browser as traveller  # noqa: F401
from tests.accounts.third_parties.conftest import provider, register, running_provider  # noqa: F401
from tests.accounts.third_parties.scripted_provider import Browser as Traveller
from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db

MARK = "Last used"


def page(browser: Browser, address: str = "/accounts/login/") -> str:
    return browser.get(address).content.decode()


def test_a_new_device_has_no_mark(client: Browser, example_id: SocialApp) -> None:
    assert MARK not in page(client)


def test_the_third_party_is_marked_and_outlives_the_session(traveller: Traveller) -> None:  # noqa: F811
    traveller.sign_in()
    traveller.client.post("/accounts/logout/")
    for address in ("/accounts/login/", "/accounts/signup/"):
        shown = page(traveller.client, address)
        assert shown.count(MARK) == 1
        assert "Continue with Example ID" in shown[: shown.index(MARK)]


def test_the_password_is_marked_beneath_its_own_button(alice: User, example_id: SocialApp) -> None:
    browser = Browser()
    browser.post("/accounts/login/", {"login": alice.email, "password": PASSWORD})
    browser.post("/accounts/logout/")
    shown = page(browser)
    assert shown.count(MARK) == 1
    assert shown.index("Forgot your password?") < shown.index(MARK)


def test_the_cookie_holds_nobody_and_no_script_reads_it(alice: User) -> None:
    browser = Browser()
    browser.post("/accounts/login/", {"login": alice.email, "password": PASSWORD})
    cookie = browser.cookies[settings.LAST_USED_COOKIE_NAME]
    assert cookie.value.split(":")[0] == "email"
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert cookie["max-age"] == 400 * 24 * 3600


@pytest.mark.parametrize("made_up", ["email", "third_party:example", "email:x:y", "\0", ""])
def test_a_cookie_that_is_not_ours_says_nothing(
    client: Browser, example_id: SocialApp, made_up: str
) -> None:
    client.cookies[settings.LAST_USED_COOKIE_NAME] = made_up
    assert MARK not in page(client)
