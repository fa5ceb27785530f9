"""Apps whose name is to be taken for another's: what people are told, and what is refused."""

from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client as Browser

from accounts.models import User
from accounts.oauth_server.models import Client
from tests.accounts.oauth_server.app import App
from tests.accounts.oauth_server.conftest import register as register_by_admin
from tests.accounts.oauth_server.registering import app_of, metadata, register, send

LOOKS_LIKE = "Its name looks like"
MIXED = "letters from different alphabets"


@pytest.fixture(autouse=True)
def _opened(settings: Any, db: None) -> None:
    settings.REGISTRATION = "open"


@pytest.fixture
def browser(alice: User) -> Browser:
    browser = Browser()
    browser.force_login(alice)
    return browser


def page_of(browser: Browser, name: str) -> str:
    return app_of(register(client_name=name)).send(browser).content.decode()


@pytest.mark.parametrize(
    ("name", "resembled"),
    [
        ("Latchkey", "Latchkey"),
        ("LATCHKEY SUPPORT", "Latchkey"),
        ("Lаtсhkеу", "Latchkey"),  # three letters are Cyrillic
        ("L a t c h k e y", "Latchkey"),
        ("Latchkye", "Latchkey"),
        ("G00gle", "Google"),
        ("Ｇｏｏｇｌｅ Drive", "Google"),
        ("Gοοgle", "Google"),  # two letters are Greek
        ("Goog1e", "Google"),
        ("PayPaI", "PayPal"),  # the last letter is a capital i
        ("Arnazon", "Amazon"),
        ("Mícrosoft", "Microsoft"),
    ],
)
def test_a_name_like_one_that_people_trust_is_pointed_out(
    browser: Browser, name: str, resembled: str
) -> None:
    assert f"{LOOKS_LIKE} <bdi>{resembled}</bdi>" in page_of(browser, name)


@pytest.mark.parametrize("name", ["Photo Album", "Notes", "מחברת", "メモ帳", "Блокнот", "日記 2"])
def test_other_names_are_left_in_peace(browser: Browser, name: str) -> None:
    page = page_of(browser, name)

    assert LOOKS_LIKE not in page
    assert MIXED not in page
    assert name in page


def test_a_name_like_that_of_a_checked_app_is_pointed_out(browser: Browser) -> None:
    register_by_admin("Guest Book")

    assert "<bdi>Guest Book</bdi>" in page_of(browser, "GuestBook")
    assert LOOKS_LIKE not in page_of(browser, "Picture Book")


def test_a_name_like_that_of_this_sites_third_party_is_pointed_out(
    browser: Browser, example_id: Any
) -> None:
    assert "<bdi>Example ID</bdi>" in page_of(browser, "Example-ID")


def test_an_app_that_was_checked_is_not_suspected(browser: Browser) -> None:
    page = register_by_admin("Google Reports").send(browser).content.decode()

    assert LOOKS_LIKE not in page
    assert "Verified" in page


@pytest.mark.parametrize(
    "name",
    [
        "Phоtо Album",  # with Cyrillic o
        "Ｐhоtо Album",
        "ｐｈоｔо",  # the Latin letters are wide
    ],
)
def test_a_word_of_several_alphabets_is_pointed_out(browser: Browser, name: str) -> None:
    assert MIXED in page_of(browser, name)


@pytest.mark.parametrize(
    "name",
    [
        "Album\u202egnp",
        "Al\u200bbum",
        "\u2066Album",
        "Album\u00ad",
        "\u3164",
        "Al\u115fbum",
        "A" * 101,
        "Z\u0300\u0301\u0302\u0303\u0304algo",
    ],
)
def test_a_name_that_hides_or_turns_its_letters_is_refused(name: str) -> None:
    response = send(metadata(client_name=name))

    assert response.status_code == 400
    assert response.json()["error"] == "invalid_client_metadata"
    assert response.json()["error_description"].startswith("client_name")
    with pytest.raises(CommandError):
        call_command("register_client", "--name", name, "--redirect-uri", "https://a.example/")


def test_a_name_from_before_that_rule_turns_only_itself(app: App, browser: Browser) -> None:
    Client.objects.update(name="Album\u202egnp")

    page = app.send(browser).content.decode()
    assert "<bdi>Album\u202egnp</bdi>" in page
