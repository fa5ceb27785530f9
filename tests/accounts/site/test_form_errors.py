"""What forms say of a field that is not filled in right, on every page that has one."""

import re
from html import unescape
from html.parser import HTMLParser
from typing import Any

import pytest
from django import forms
from django.core import mail
from django.template.loader import render_to_string
from django.test import Client as Browser
from django.utils import translation

from accounts.models import User
from tests.accounts.account_pages.proof import signed_in
from tests.conftest import PASSWORD
from tests.upstream import TOTP, RecoveryCodes

pytestmark = pytest.mark.django_db

SUMMARY = re.compile(r'<div class="summary".*?</div>\s*</div>', re.DOTALL)
ENTRY = re.compile(r'<li>(?:<a href="#(.*?)">)?(.*?)(?:</a>)?</li>', re.DOTALL)
BESIDE = re.compile(r'<li><span class="visually-hidden">.*?</span>(.*?)</li>', re.DOTALL)

AGAIN = "Enter the same password again."
ADDRESS = "Enter your e-mail address."
TOO_LONG = "“{}” must be {} characters or fewer. It has {}."
NO_ADDRESS = "Enter a full e-mail address, such as name@example.com."


class Controls(HTMLParser):
    """The IDs of what takes the focus on a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.ids: set[str | None] = set()
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = dict(attrs)
        if tag in ("input", "select", "textarea") and said.get("type") != "hidden":
            self.ids.add(said.get("id"))


def summary(page: str) -> list[tuple[str, str]]:
    """What the summary of a page says, each with the control that it leads to."""
    found = SUMMARY.search(page)
    assert found, "no summary"
    return [(leads_to, unescape(said).strip()) for leads_to, said in ENTRY.findall(found[0])]


def sent(browser: Browser, path: str, **typed: Any) -> list[str]:
    """Send a form that is refused; return what is wrong, said twice in the same words."""
    page = browser.post(path, typed).content.decode()
    entries, beside = summary(page), [unescape(said).strip() for said in BESIDE.findall(page)]
    assert [said for _, said in entries] == beside
    assert {leads_to for leads_to, _ in entries} <= Controls(page).ids
    assert re.search(r"<title>(Error:|Fehler:|خطأ:) ", page)
    assert page.index('tabindex="-1" autofocus') < page.index("<h1")
    return beside


@pytest.fixture
def alice_is_sure(alice: User) -> Browser:
    """Alice's browser, where she has just confirmed that it is she."""
    alice.set_password(PASSWORD)
    alice.save()
    return signed_in(alice)


@pytest.mark.parametrize(
    ("path", "typed", "said"),
    [
        ("/accounts/login/", {}, [ADDRESS, "Enter your password."]),
        ("/accounts/login/", {"login": "alice", "password": "x"}, [NO_ADDRESS]),
        ("/accounts/signup/", {}, [ADDRESS, "Choose a password."]),
        ("/accounts/signup/passkey/", {}, [ADDRESS]),
        ("/accounts/login/code/", {}, [ADDRESS]),
        ("/accounts/login/code/", {"email": "alice@"}, [NO_ADDRESS]),
        ("/accounts/password/reset/", {}, [ADDRESS]),
        (
            "/accounts/login/",
            {"login": "a@b.example", "password": "x" * 129},
            [TOO_LONG.format("Password", 128, 129)],
        ),
    ],
)
def test_the_entrance_says_what_to_enter(
    client: Browser, path: str, typed: dict[str, str], said: list[str]
) -> None:
    assert sent(client, path, **typed) == said


@pytest.mark.parametrize(
    ("path", "typed", "said"),
    [
        ("/accounts/email/", {"action_add": ""}, [ADDRESS]),
        (
            "/accounts/password/change/",
            {},
            ["Enter your current password.", "Choose a password.", AGAIN],
        ),
        (
            "/accounts/password/change/",
            {"oldpassword": "wrong", "password1": "alice@example.com", "password2": "alice@exampl"},
            [
                "Wrong current password. Try again.",
                "This password is too similar to your name or e-mail address. Choose a "
                "different one.",
            ],
        ),
        (
            "/accounts/password/change/",
            {"oldpassword": PASSWORD, "password1": "four words in a row", "password2": "another"},
            ["The passwords do not match. Enter the same password twice."],
        ),
        (
            "/account/tokens/new/",
            {},
            [
                "Enter a name for the token, such as “backup script”.",
                "Choose at least one permission.",
                "Choose when the token expires.",
            ],
        ),
        (
            "/account/profile/",
            {"nickname": "x" * 151},
            [TOO_LONG.format("Nickname", 150, 151)],
        ),
        (
            "/account/profile/",
            {"birthdate": "soon", "zoneinfo": "Berlin", "phone_number": "030"},
            [
                "Enter the date of birth as 1990-12-31, or only the year. To leave out the "
                "year, use 0000.",
                "Enter a time zone such as Europe/Berlin.",
                "Enter the phone number with country code, digits only, such as +4930123456.",
            ],
        ),
        ("/account/delete/", {}, ["To confirm, enter the e-mail address of this account."]),
        ("/accounts/2fa/totp/activate/", {}, ["Enter the code from your authenticator app."]),
        ("/oauth/device/", {}, ["Enter the code shown on your device."]),
    ],
)
def test_an_account_says_what_to_enter(
    alice_is_sure: Browser, path: str, typed: dict[str, str], said: list[str]
) -> None:
    assert sent(alice_is_sure, path, **typed) == said


def test_each_code_is_called_what_it_is(
    client: Browser, alice_is_sure: Browser, alice: User
) -> None:
    client.post("/accounts/login/code/", {"email": alice.email})
    assert sent(client, "/accounts/login/code/confirm/") == ["Enter the code that we sent you."]
    TOTP.activate(alice, "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP")
    assert sent(alice_is_sure, "/accounts/2fa/reauthenticate/") == [
        "Enter the code from your authenticator app."
    ]
    RecoveryCodes.activate(alice)
    assert sent(alice_is_sure, "/accounts/2fa/reauthenticate/") == [
        "Enter the code from your authenticator app, or a recovery code."
    ]


def test_an_address_and_a_password_that_differ_are_said_at_a_field(
    client: Browser, alice: User
) -> None:
    typed = {"login": alice.email, "password": "mistyped"}
    said = ["The e-mail address or password is wrong. Check both and try again."]
    assert sent(client, "/accounts/login/", **typed) == said
    page = client.post("/accounts/login/", typed).content.decode()
    assert f'value="{alice.email}"' in page
    assert "mistyped" not in page


def test_an_empty_code_costs_no_try_where_one_confirms(alice_is_sure: Browser, alice: User) -> None:
    page = "/accounts/reauthenticate/code/"
    alice_is_sure.post(page, {"send": ""})
    code = re.search(r"^ {4}(\S+)$", str(mail.outbox[-1].body), re.MULTILINE)
    assert code
    for _ in range(4):
        assert sent(alice_is_sure, page, code=" ") == ["Enter the code that we sent you."]
    assert alice_is_sure.post(page, {"code": code[1]}).status_code == 302


@pytest.mark.parametrize(
    ("language", "said"),
    [
        (
            "de",
            ["Geben Sie Ihre E-Mail-Adresse ein.", "Ihr Passwort muss mindestens 10 Zeichen"],
        ),
        ("ar", ["أدخل عنوان بريدك الإلكتروني.", "تحتاج كلمة المرور إلى 10 أحرف على الأقل."]),
    ],
)
def test_every_language_says_all_of_it_itself(
    client: Browser, language: str, said: list[str]
) -> None:
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = language
    told = sent(client, "/accounts/signup/", password1="short")
    assert [each[: len(whole)] for each, whole in zip(told, said, strict=True)] == said


def test_a_new_form_has_words_from_its_labels() -> None:
    class TeaForm(forms.Form):
        tea = forms.CharField(label="Tea", max_length=3)
        day = forms.DateField(label="Day")
        sugar = forms.ChoiceField(label="Sugar", choices=[("1", "one")])
        milk = forms.CharField(label="Milk", error_messages={"required": "Say how much milk."})

    form = TeaForm({"tea": "", "day": "soon", "sugar": "2"})
    page = render_to_string("snippets/error_summary.html", {"form": form})
    assert [said for _, said in summary(page)] == [
        "Fill in “Tea”.",
        "“Day” must be a date, such as 2030-12-31.",
        "Choose an option for “Sugar”.",
        "Say how much milk.",
    ]
    with translation.override("ar"):
        page = render_to_string("snippets/error_summary.html", {"form": TeaForm({"tea": "long"})})
    assert "يتّسع حقل «Tea» لـ 3 أحرف على الأكثر." in page


def test_django_admin_keeps_djangos_words(desk: Browser) -> None:
    page = desk.post("/admin/oauth_server/client/add/", {}).content.decode()
    assert "This field is required." in page


@pytest.mark.parametrize("path", ["/account/profile/", "/account/tokens/new/", "/accounts/login/"])
def test_no_browser_cuts_what_is_pasted(alice_is_sure: Browser, client: Browser, path: str) -> None:
    browser = client if "login" in path else alice_is_sure
    page = browser.get(path).content.decode()
    assert "maxlength" not in page
    assert "placeholder" not in page


def test_the_way_to_a_new_password_is_there_once(client: Browser) -> None:
    page = client.post("/accounts/login/", {}).content.decode()
    assert page.count("Forgot your password?") == 1
