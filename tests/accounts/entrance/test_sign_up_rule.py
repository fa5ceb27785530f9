"""Who may sign up by password or passkey, what the others read, and that nobody learns more."""

from typing import Any

import pytest
from django.core import mail
from django.test import Client as Browser
from django.urls import reverse

from accounts.models import User
from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db

PAGES = ("account_signup", "account_signup_by_passkey")
SHUT = ("closed", "invited")


def sign_up(browser: Browser, page: str, email: str) -> Any:
    form = {"email": email} | ({"password1": PASSWORD} if page == "account_signup" else {})
    return browser.post(reverse(page), form)


@pytest.mark.parametrize("mode", SHUT)
@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("email", ["alice@example.com", "mallory@example.com"])
def test_who_may_not_sign_up_reads_why_and_makes_nothing(
    alice: User, settings: Any, mode: str, page: str, email: str
) -> None:
    settings.SIGN_UP, settings.SUPPORT_ADDRESS = mode, "help@example.com"
    browser = Browser()
    shown, sent = browser.get(reverse(page)), sign_up(browser, page, email)
    assert (shown.status_code, sent.status_code) == (403, 403)
    for answer in (shown, sent):
        text = answer.content.decode()
        assert ("invitation" if mode == "invited" else "cannot be created") in text
        assert "mailto:help@example.com" in text
    assert list(User.objects.all()) == [alice]
    assert mail.outbox == []


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("email", ["alice@example.com", "mallory@example.com"])
def test_an_address_of_another_domain_is_refused_for_its_domain_whoever_has_it(
    alice: User, settings: Any, page: str, email: str
) -> None:
    settings.SIGN_UP, settings.SIGN_UP_DOMAINS = "domains", ["example.org", "*.müller.example"]
    answer = sign_up(Browser(), page, email)
    text = answer.content.decode()
    assert answer.status_code == 200
    assert "You need" not in text
    assert text.count("you need an e-mail address at example.org, *.müller.example") >= 2
    assert list(User.objects.all()) == [alice]
    assert mail.outbox == []


@pytest.mark.parametrize("page", PAGES)
def test_an_address_of_the_domain_gets_a_code(settings: Any, page: str) -> None:
    settings.SIGN_UP, settings.SIGN_UP_DOMAINS = "domains", ["example.org"]
    browser = Browser()
    assert "at example.org" in browser.get(reverse(page)).content.decode()
    assert sign_up(browser, page, "Bob@EXAMPLE.org").status_code == 302
    assert User.objects.get().email == "bob@example.org"
    assert len(mail.outbox) == 1


@pytest.mark.parametrize("mode", SHUT)
def test_the_sign_in_page_does_not_lead_where_nobody_gets_in(settings: Any, mode: str) -> None:
    link = reverse("account_signup")
    assert link in Browser().get(reverse("account_login")).content.decode()
    settings.SIGN_UP = mode
    assert link not in Browser().get(reverse("account_login")).content.decode()


@pytest.mark.parametrize("mode", ["open", *SHUT])
def test_a_code_is_asked_for_by_known_and_unknown_alike(
    alice: User, settings: Any, mode: str
) -> None:
    settings.SIGN_UP = mode
    answers = []
    for email in ("alice@example.com", "mallory@example.com"):
        browser = Browser()
        asked = browser.post(reverse("account_request_login_code"), {"email": email})
        page = browser.get(asked["Location"]).content.decode().replace(email, "")
        answers.append((asked.status_code, asked["Location"], len(page)))
    assert answers[0] == answers[1]
    assert [letter.to for letter in mail.outbox] == [["alice@example.com"], ["mallory@example.com"]]
    assert ("or sign up" in str(mail.outbox[1].body)) is (mode == "open")


def test_who_has_an_account_signs_in_whoever_may_sign_up(alice: User, settings: Any) -> None:
    settings.SIGN_UP = "closed"
    form = {"login": "alice@example.com", "password": PASSWORD}
    assert Browser().post(reverse("account_login"), form)["Location"] == "/account/"


@pytest.mark.parametrize("mode", ["open", "domains", *SHUT])
def test_prompt_create_is_offered_where_somebody_may_sign_up(settings: Any, mode: str) -> None:
    settings.SIGN_UP, settings.SIGN_UP_DOMAINS = mode, ["example.org"]
    known = Browser().get("/.well-known/openid-configuration").json()["prompt_values_supported"]
    assert ("create" in known) is (mode != "closed")


def test_an_app_that_asks_for_an_account_keeps_its_way_back(settings: Any) -> None:
    settings.SIGN_UP = "closed"
    answer = Browser().get(reverse("account_signup"), {"next": "/oauth/authorize/?client_id=x"})
    onward = "/accounts/login/?next=%2Foauth%2Fauthorize%2F%3Fclient_id%3Dx"
    assert onward in answer.content.decode()
