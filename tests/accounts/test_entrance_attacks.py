"""What is tried at the entrance: planted sessions, forged forms, bent redirects, guessed people."""

import re
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.core import mail
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Session, User
from tests.conftest import PASSWORD

EVIL = ["https://evil.example/", "//evil.example/", "/\\evil.example", "http:evil.example"]


def sign_in(browser: Browser, email: str, password: str = PASSWORD, **form: str) -> Any:
    return browser.post("/accounts/login/", {"login": email, "password": password} | form)


def words(response: Any) -> str:
    """The page without what differs each time: the form's token and the request's id."""
    page = response.content.decode()
    page = re.sub(r'csrfmiddlewaretoken" value="[^"]*"', "", page)
    return re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "", page)


def test_a_session_that_was_planted_is_not_the_one_that_is_signed_in(alice: User) -> None:
    browser = Browser()
    browser.get("/accounts/login/")
    session = browser.session
    session["planted"] = "by Mallory"
    session.save()
    browser.cookies[settings.SESSION_COOKIE_NAME] = planted = session.session_key

    sign_in(browser, alice.email)

    assert browser.get("/account/").status_code == 200
    assert browser.cookies[settings.SESSION_COOKIE_NAME].value != planted
    mallory = Browser()
    mallory.cookies[settings.SESSION_COOKIE_NAME] = planted
    assert mallory.get("/account/").status_code == 302


def test_signing_out_ends_the_session_itself(alice: User) -> None:
    browser = Browser()
    sign_in(browser, alice.email)
    kept = browser.cookies[settings.SESSION_COOKIE_NAME].value

    browser.post("/accounts/logout/")

    thief = Browser()
    thief.cookies[settings.SESSION_COOKIE_NAME] = kept
    assert thief.get("/account/").status_code == 302
    assert not Session.objects.filter(user=alice).exists()


@pytest.mark.parametrize(
    "address",
    [
        "/accounts/login/",
        "/accounts/logout/",
        "/accounts/signup/",
        "/accounts/password/reset/",
        "/accounts/email/",
        "/accounts/3rdparty/",
        "/account/sign-out-everywhere/",
        "/account/apps/1/remove/",
        "/oauth/authorize/decision/",
        "/oauth/device/",
        "/oauth/device/decision/",
    ],
)
def test_no_form_is_taken_from_another_site(alice: User, address: str) -> None:
    browser = Browser(enforce_csrf_checks=True)
    browser.force_login(alice)

    assert browser.post(address, {}).status_code == 403


@pytest.mark.parametrize("evil", EVIL)
def test_nobody_is_sent_elsewhere_after_signing_in_or_out(alice: User, evil: str) -> None:
    browser = Browser()

    assert sign_in(browser, alice.email, next=evil)["Location"] == "/account/"
    signed_out = browser.post("/accounts/logout/", {"next": evil})
    assert signed_out["Location"] == "/accounts/login/"


def test_sign_in_does_not_tell_who_is_known(alice: User) -> None:
    known = sign_in(Browser(), alice.email, "wrong")
    unknown = sign_in(Browser(), "nobody@example.com", "wrong")

    assert known.status_code == unknown.status_code
    assert words(known).replace(alice.email, "") == words(unknown).replace("nobody@example.com", "")


@pytest.mark.parametrize(
    ("address", "field"),
    [("/accounts/password/reset/", "email"), ("/accounts/login/code/", "email")],
)
def test_reset_and_codes_do_not_tell_who_is_known(alice: User, address: str, field: str) -> None:
    known = Browser().post(address, {field: alice.email}, follow=True)
    unknown = Browser().post(address, {field: "nobody@example.com"}, follow=True)

    assert known.redirect_chain == unknown.redirect_chain
    assert words(known).replace(alice.email, "") == words(unknown).replace("nobody@example.com", "")


def test_a_code_costs_no_more_queries_for_whom_it_is_not_meant(alice: User, bob: User) -> None:
    """allauth looks once more for an unknown address: that query is all that there may be."""
    bob.is_active, bob.delete_after = False, timezone.now()
    bob.save()
    counted = []
    for email in (alice.email, bob.email, "nobody@example.com"):
        with CaptureQueriesContext(connection) as queries:
            Browser().post("/accounts/login/code/", {"email": email})
        counted.append(len(queries))
    known, closed, unknown = counted
    assert known == closed
    assert unknown - known <= 1


def test_sign_up_does_not_tell_who_is_known_but_their_mail_does(alice: User) -> None:
    form = {"password1": "another good long password"}
    known = Browser().post("/accounts/signup/", form | {"email": alice.email}, follow=True)
    new = Browser().post("/accounts/signup/", form | {"email": "carol@example.com"}, follow=True)

    assert known.redirect_chain == new.redirect_chain
    assert words(known).replace(alice.email, "") == words(new).replace("carol@example.com", "")
    assert [message.to for message in mail.outbox] == [[alice.email], ["carol@example.com"]]


def test_sign_up_hashes_as_often_for_an_address_that_is_known(
    alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    hashed = []
    encode = Argon2PasswordHasher.encode

    def counted(hasher: Argon2PasswordHasher, password: str, salt: str) -> str:
        hashed.append(password)
        return encode(hasher, password, salt)

    monkeypatch.setattr(Argon2PasswordHasher, "encode", counted)
    work = []
    for email in (alice.email, "carol@example.com"):
        form = {"email": email, "password1": "another good long password"}
        Browser().post("/accounts/signup/", form)
        work.append(len(hashed))
        hashed.clear()
    assert work[0] == work[1] == 1
