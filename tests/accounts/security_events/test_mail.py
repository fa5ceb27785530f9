"""Which events a person is told of by mail, in what words, and how often."""

from dataclasses import fields, replace
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.db import transaction
from django.test import Client as Browser
from django.utils import translation

from accounts.models import User
from accounts.models.event_kinds import Actor, Event, Outcome
from accounts.oauth_server.models import Authorization, Client
from accounts.security_events.details import (
    Action,
    Address,
    AdminChange,
    Details,
    structure_of,
)
from accounts.security_events.mail import AT_MOST
from accounts.security_events.notices import NOTICES
from tests.accounts.oauth_server.app import App
from tests.accounts.security_events.events import EXAMPLES, happens
from tests.conftest import PASSWORD

# Mail follows the commit, so there has to be one.
pytestmark = pytest.mark.django_db(transaction=True)

RENAMED = AdminChange(Action.CHANGE, changes=({"changed": {"fields": ["Name"]}},))
NEW = "a fresh correct horse battery"
EMAIL = "/accounts/email/"


@pytest.fixture
def desk(alice: User) -> Browser:
    """Alice's browser, where she has just given her password. Its mail is out of the way."""
    firefox = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:130.0) Gecko/20100101 Firefox/130.0"
    browser = Browser(REMOTE_ADDR="192.0.2.7", headers={"User-Agent": firefox})
    browser.post("/accounts/login/", {"login": alice.email, "password": PASSWORD})
    browser.post("/accounts/reauthenticate/", {"password": PASSWORD})
    mail.outbox.clear()
    return browser


def told() -> list[tuple[str, str]]:
    return [(message.to[0], str(message.subject)) for message in mail.outbox]


def hostile(details: Details, text: str) -> Details:
    """Return the same with `text` wherever a person or an app may have chosen it."""
    texts = [each.name for each in fields(details) if type(getattr(details, each.name)) is str]
    return replace(details, **dict.fromkeys(texts, text))


def html_of(message: Any) -> str:
    ((html, kind),) = message.alternatives
    assert kind == "text/html"
    return str(html)


@pytest.mark.parametrize(("kind", "outcome"), list(NOTICES))
def test_each_kind_is_told_once_in_two_parts_without_a_link(
    kind: Event, outcome: Outcome, alice: User, app: App
) -> None:
    app.client.name = "Ann\u2029e\r\nBcc: <b>& http://evil.example\u202e"
    app.client.save()
    evil = "<i>why</i> https://evil.example/\r\n\u202e"
    said = hostile(EXAMPLES[structure_of(kind, outcome)], evil)
    happens(kind, outcome, user=alice, client=app.client, details=said)

    (message,) = mail.outbox
    assert message.to == [alice.email]
    assert message.from_email == "Latchkey <no-reply@testserver>"
    assert message.subject.isprintable()
    html = html_of(message)
    for text in (message.subject, message.body, html):
        assert "://" not in text
        assert "\u202e" not in text
        assert "\u2029" not in text
    for tag in ("<i>", "<b>", "<img", "<a ", "<script", "url("):
        assert tag not in html
    assert "{" not in message.subject + message.body + html.partition("</style>")[2]
    assert "&lt;" not in message.body


def test_markup_in_names_is_text_in_both_parts(alice: User, app: App) -> None:
    app.client.name = "Photos <b>& more</b>"
    happens(Event.CONSENT_GIVEN, user=alice, client=app.client)

    (message,) = mail.outbox
    assert message.subject == (
        "Photos <b>& more</b> was granted access to your account at Latchkey"
    )
    assert "Photos <b>& more</b> now has access" in message.body
    assert "Photos &lt;b&gt;&amp; more&lt;/b&gt; now has access" in html_of(message)


def test_a_notice_says_who_when_where_and_what_to_do(desk: Browser, alice: User) -> None:
    User.objects.filter(pk=alice.pk).update(zoneinfo="Europe/Berlin")
    form = {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW}
    desk.post("/accounts/password/change/", form)

    (message,) = mail.outbox
    assert message.subject == "Your password for Latchkey was changed"
    for part in (message.body, html_of(message)):
        for fact in ("alice@example.com", "(Europe/Berlin)", "Firefox on Windows", "192.0.2.7"):
            assert fact in part
        assert "open Latchkey yourself" in part
    assert message.extra_headers["Auto-Submitted"] == "auto-generated"
    assert message.extra_headers["Message-ID"].endswith("@testserver>")


def test_an_admins_change_names_neither_their_device_nor_their_address(alice: User) -> None:
    happens(Event.CHANGED_BY_ADMIN, user=alice, details=RENAMED)
    assert "An admin of this site changed your account: Changed Name." in mail.outbox[0].body
    assert "Device" not in mail.outbox[0].body


def test_wrong_passwords_mail_nobody(alice: User) -> None:
    for _ in range(3):
        Browser().post("/accounts/login/", {"login": alice.email, "password": "wrong"})
    assert mail.outbox == []


def test_a_flood_fills_no_mailbox_and_hides_no_other_kind(alice: User) -> None:
    for _ in range(AT_MOST + 3):
        happens(Event.PASSWORD_CHANGED, user=alice)
    assert len(mail.outbox) == AT_MOST
    happens(Event.EMAIL_REMOVED, user=alice, details=Address("alice@old.example"))
    assert len(mail.outbox) == AT_MOST + 1


def test_noise_about_one_address_keeps_nothing_from_another(alice: User) -> None:
    for _ in range(AT_MOST + 1):
        happens(Event.EMAIL_REMOVED, user=alice, details=Address("x@noise.example"))
    happens(Event.EMAIL_REMOVED, user=alice, also_tell=["alice@old.example"])
    assert mail.outbox[-1].to == ["alice@old.example"]


def test_an_added_address_is_told_to_the_old_one_once(desk: Browser, alice: User) -> None:
    desk.post(EMAIL, {"action_add": "", "email": "alice@second.example"})
    code = desk.session["account_email_verification_code"]["code"]
    assert code in mail.outbox[0].body
    desk.post("/accounts/confirm-email/", {"code": code})
    assert told() == [
        ("alice@second.example", "Verify your e-mail address for Latchkey"),
        ("alice@example.com", "An e-mail address was added to your account at Latchkey"),
    ]


def test_the_old_main_address_is_told_too(desk: Browser, alice: User) -> None:
    second = EmailAddress.objects.create(user=alice, email="alice@second.example", verified=True)
    desk.post(EMAIL, {"action_primary": "", "email": second.email})
    assert {to for to, _ in told()} == {"alice@example.com", "alice@second.example"}
    mail.outbox.clear()
    desk.post(EMAIL, {"action_remove": "", "email": alice.email})
    assert {to for to, _ in told()} == {"alice@example.com", "alice@second.example"}


def test_a_removed_address_that_was_never_proven_is_told_nothing(
    desk: Browser, alice: User
) -> None:
    typo = EmailAddress.objects.create(user=alice, email="alcie@example.com", verified=False)
    desk.post(EMAIL, {"action_remove": "", "email": typo.email})
    assert [to for to, _ in told()] == ["alice@example.com"]


def test_signing_up_brings_the_code_and_nothing_else(client: Browser) -> None:
    client.post("/accounts/signup/", {"email": "carol@example.com", "password1": NEW})
    code = client.session["account_email_verification_code"]["code"]
    client.post("/accounts/confirm-email/", {"code": code})
    assert User.objects.get().last_login
    assert [to for to, _ in told()] == ["carol@example.com"]
    assert code in mail.outbox[0].body
    assert code in html_of(mail.outbox[0])


def test_an_app_is_told_of_when_it_may_do_more_and_not_at_each_yes(app: App, alice: User) -> None:
    app.tokens_for(alice, scope="openid")
    mail.outbox.clear()
    Client.objects.filter(pk=app.client.pk).update(name="Photo Album")
    browser = Browser()
    browser.force_login(alice)
    mail.outbox.clear()
    app.ask(browser, "allow", scope="openid", prompt="consent")
    assert mail.outbox == []
    app.ask(browser, "allow", scope="openid email")
    assert told() == [(alice.email, "Photo Album was granted access to your account at Latchkey")]
    assert Authorization.objects.count() == 1


def test_signing_out_everywhere_is_told(desk: Browser, alice: User) -> None:
    desk.post("/account/sign-out-everywhere/")
    assert told() == [(alice.email, "You were signed out of Latchkey everywhere")]


def test_a_reset_is_told_once_though_it_ends_everything(alice: User) -> None:
    browser = Browser()
    browser.post("/accounts/password/reset/", {"email": alice.email})
    code = browser.session["account_password_reset_verification"]["code"]
    assert code in mail.outbox[0].body
    assert code in html_of(mail.outbox[0])
    browser.post("/accounts/password/reset/confirm/", {"code": code})
    browser.post("/accounts/password/reset/complete/", {"password1": NEW, "password2": NEW})
    assert told()[1:] == [(alice.email, "Your password for Latchkey was reset")]


def test_what_is_rolled_back_is_told_to_nobody(alice: User) -> None:
    with transaction.atomic():
        happens(Event.PASSWORD_CHANGED, user=alice)
        transaction.set_rollback(True)
    assert mail.outbox == []


@pytest.mark.parametrize(
    ("locale", "language", "direction"),
    [("de-AT", "de", "ltr"), ("ar", "ar", "rtl"), ("fr", "en", "ltr"), ("", "en", "ltr")],
)
def test_a_mail_is_in_its_readers_language_where_the_site_speaks_it(
    settings: Any, alice: User, locale: str, language: str, direction: str
) -> None:
    settings.LANGUAGES = [("en", "English"), ("de", "Deutsch"), ("ar", "العربية")]
    alice.locale = locale
    alice.save()
    happens(Event.PASSWORD_CHANGED, user=alice)
    assert f'<html lang="{language}" dir="{direction}">' in html_of(mail.outbox[0])


@pytest.mark.parametrize(
    ("actor", "language"), [(Actor.PERSON, "de"), (Actor.UNKNOWN, "en"), (Actor.SITE, "en")]
)
def test_a_strangers_browser_does_not_choose_what_language_the_owner_reads(
    alice: User, actor: Actor, language: str
) -> None:
    with translation.override("de"):
        happens(Event.PASSKEY_REFUSED, user=alice, actor=actor, outcome=Outcome.FAILED)
    assert f'<html lang="{language}"' in html_of(mail.outbox[0])
