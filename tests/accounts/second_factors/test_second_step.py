"""Whichever step comes first, the second one is asked for, and leads on to where it was to lead."""

import time
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client as Browser

from accounts.models import User
from accounts.sessions.authentication import sign_in_of
from accounts.upstream.account import PENDING_LOGIN_KEY
from tests.accounts.second_factors.conftest import give_password
from tests.accounts.second_factors.test_codes import (
    SECOND_STEP,
    code_of_app,
    is_signed_in,
    type_in,
)
from tests.accounts.way_back.test_address import mailed_code
from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db

ALICE = "alice@example.com"
NEW_PASSWORD = "another one entirely, and long"
WAY_BACK = "/account/activity/"


def _by_code(browser: Browser) -> Any:
    page = browser.post("/accounts/login/code/", {"email": ALICE, "next": WAY_BACK})["Location"]
    return browser.post(page, {"code": mailed_code(), "next": WAY_BACK})


def _by_password(browser: Browser) -> Any:
    return browser.post(
        "/accounts/login/", {"login": ALICE, "password": PASSWORD, "next": WAY_BACK}
    )


def _by_reset(browser: Browser) -> Any:
    page = browser.post("/accounts/password/reset/", {"email": ALICE})["Location"]
    choose = browser.post(page, {"code": mailed_code()})["Location"]
    return browser.post(choose, {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD}, follow=True)


@pytest.mark.parametrize("first_step", [_by_password, _by_code])
def test_the_app_is_asked_for_after_every_first_step(app: Authenticator, first_step: Any) -> None:
    browser = Browser()
    assert first_step(browser)["Location"].startswith(SECOND_STEP)
    assert not is_signed_in(browser)
    assert type_in(browser, code_of_app())["Location"] == WAY_BACK
    assert is_signed_in(browser)


def test_a_new_password_is_no_way_around_the_app(app: Authenticator, alice: User) -> None:
    """Nor does a mailbox alone change the password, or end anything."""
    elsewhere = Browser()
    elsewhere.force_login(alice)
    browser = Browser()
    page = _by_reset(browser).content.decode()
    assert "Your new password will be saved when you have signed in." in page
    alice.refresh_from_db()
    assert alice.check_password(PASSWORD)
    assert not is_signed_in(browser)
    assert Authenticator.objects.filter(pk=app.pk).exists()
    assert elsewhere.get("/account/").status_code == 200

    type_in(browser, code_of_app())
    alice.refresh_from_db()
    assert alice.check_password(NEW_PASSWORD)
    assert browser.get("/account/").status_code == 200
    assert elsewhere.get("/account/").status_code == 302


def test_a_code_by_mail_and_the_app_are_two_factors(app: Authenticator) -> None:
    browser = Browser()
    _by_code(browser)
    type_in(browser, code_of_app())
    sign_in = sign_in_of(browser.get("/account/").wsgi_request)
    assert "urn:latchkey:acr:two-factors" in sign_in.acrs


def test_a_second_code_by_mail_is_no_second_step(app: Authenticator) -> None:
    """Whoever reads a person's mail has one factor, and not two by reading it twice."""
    browser = Browser()
    _by_code(browser)
    browser.post("/accounts/login/code/", {"email": ALICE})
    type_in(browser, mailed_code())
    browser.post("/accounts/login/code/confirm/", {"code": mailed_code()})
    assert not is_signed_in(browser)


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_second_step_that_took_too_long_begins_again_and_leads_on(
    app: Authenticator, method: str
) -> None:
    browser = Browser()
    give_password(browser, next="/account/apps/")
    session = browser.session
    session[PENDING_LOGIN_KEY] |= {"initiated_at": time.time() - 3600}
    session.save()
    answer = getattr(browser, method)(SECOND_STEP, {"code": "123456"}, follow=True)
    assert answer.request["PATH_INFO"] == "/accounts/login/"
    page = answer.content.decode()
    assert "For your security, your sign-in timed out. Sign in again." in page
    assert 'name="next" value="/account/apps/"' in page
