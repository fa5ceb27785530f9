"""The letters that signing in needs: codes, and why there is none."""

import re
from typing import Any

import pytest
from django.core import mail
from django.test import Client as Browser

from accounts.models import User
from tests.accounts.security_events.test_sign_in import code_in_the_mailbox

pytestmark = pytest.mark.django_db


def html_of(message: Any) -> str:
    return str(message.alternatives[0][0])


def test_a_sign_in_code_is_big_and_says_how_long_and_for_whom_it_works(alice: User) -> None:
    firefox = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:130.0) Gecko/20100101 Firefox/130.0"
    browser = Browser(REMOTE_ADDR="192.0.2.7", headers={"User-Agent": firefox})
    browser.post("/accounts/login/code/", {"email": alice.email})
    code = code_in_the_mailbox(browser)
    (message,) = mail.outbox
    html = html_of(message)
    assert re.search(rf"font-size: 34px[^>]*>{re.escape(code)}<", html)
    assert f"\n    {code}\n" in message.body
    for part in (message.body, html):
        assert "valid for 3 minutes" in part
        assert "Firefox on Windows" in part
        assert "192.0.2.7" in part
        assert "http" not in part
    assert code not in message.subject
    assert message.extra_headers["Auto-Submitted"] == "auto-generated"


@pytest.mark.parametrize("path", ["/accounts/login/code/", "/accounts/password/reset/"])
def test_an_unknown_address_is_told_that_it_has_no_account(path: str, db: None) -> None:
    Browser().post(path, {"email": "nobody@example.com"})
    (message,) = mail.outbox
    assert message.subject == "No account at Latchkey uses your e-mail address"
    assert "http" not in message.body + html_of(message)


def test_a_known_address_learns_that_somebody_tried_to_sign_up(alice: User) -> None:
    form = {"email": alice.email, "password1": "another good long password"}
    Browser().post("/accounts/signup/", form)
    (message,) = mail.outbox
    assert message.subject == "You already have an account at Latchkey"
    assert "http" not in message.body + html_of(message)


def test_a_letter_follows_the_readers_language(alice: User, settings: Any) -> None:
    settings.LANGUAGES = [("en", "English"), ("he", "עברית")]
    User.objects.update(locale="he")
    Browser().post("/accounts/login/code/", {"email": alice.email})
    assert '<html lang="he" dir="rtl">' in html_of(mail.outbox[0])


def test_a_site_name_with_markup_is_text(alice: User, settings: Any) -> None:
    settings.SITE_NAME = "Key & <Lock>"
    Browser().post("/accounts/login/code/", {"email": alice.email})
    (message,) = mail.outbox
    assert message.subject == "Your sign-in code for Key & <Lock>"
    assert "Key &amp; &lt;Lock&gt;" in html_of(message)
    assert "Key & <Lock>" in message.body
