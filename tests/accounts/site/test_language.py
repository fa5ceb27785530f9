"""Which language a page is in, and that programs are answered in English whatever is asked for."""

from typing import Any
from urllib.parse import quote

import pytest
from django.conf import settings
from django.test import Client as Browser
from django.utils import translation

from accounts.models import User
from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db

SIGN_IN = "/accounts/login/"
ARABIC = {"Accept-Language": "ar"}


def language_of(response: Any) -> str:
    page = response.content.decode()
    return page.partition('<html lang="')[2].partition('"')[0]


def asking_app(tags: str) -> str:
    return f"/oauth/authorize/?client_id=any&ui_locales={quote(tags)}"


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        *(("", "en"), ("de-AT,de;q=0.9", "de"), ("ar-EG", "ar"), ("xx, *;q=0.1", "en")),
        *((";;q=9", "en"), ("de;q=0", "en"), ("de;q=0, ar;q=0.1", "ar"), ("DE", "de")),
    ],
)
def test_a_page_is_in_the_language_that_the_browser_asks_for(
    client: Browser, accepted: str, language: str
) -> None:
    response = client.get(SIGN_IN, headers={"Accept-Language": accepted})
    assert language_of(response) == response["Content-Language"] == language
    assert "Accept-Language" in response["Vary"]


def test_arabic_runs_from_right_to_left(client: Browser) -> None:
    assert 'lang="ar" dir="rtl"' in client.get(SIGN_IN, headers=ARABIC).content.decode()
    assert 'lang="en" dir="ltr"' in client.get(SIGN_IN).content.decode()


@pytest.mark.parametrize("language", ["en", "de", "ar"])
def test_each_language_is_offered_in_its_own_words(client: Browser, language: str) -> None:
    page = client.get(SIGN_IN, headers={"Accept-Language": language}).content.decode()
    assert all(f">{name}</button>" in page for name in ("English", "Deutsch", "العربيّة"))


def test_a_choice_outlasts_what_the_browser_says_and_leads_back(client: Browser) -> None:
    response = client.post("/language/", {"language": "de", "next": f"{SIGN_IN}?next=/account/"})
    assert response["Location"] == f"{SIGN_IN}?next=/account/"
    assert language_of(client.get(SIGN_IN, headers=ARABIC)) == "de"
    cookie = client.cookies[settings.LANGUAGE_COOKIE_NAME]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"


@pytest.mark.parametrize("where", ["https://evil.example/", "//evil.example/", "javascript:x", ""])
def test_a_choice_leads_nowhere_else(client: Browser, where: str) -> None:
    response = client.post("/language/", {"language": "de", "next": where})
    assert response["Location"] == "/"


@pytest.mark.parametrize("language", ["", "xx", "../../etc/passwd", "de\r\nX: y", "a" * 5000])
def test_a_language_that_is_not_offered_changes_nothing(client: Browser, language: str) -> None:
    response = client.post("/language/", {"language": language, "next": SIGN_IN})
    assert response.status_code == 302
    assert language_of(client.get(SIGN_IN)) == "en"


def test_a_choice_needs_a_form_of_this_site(alice: User) -> None:
    browser = Browser(enforce_csrf_checks=True)
    browser.force_login(alice)
    assert browser.post("/language/", {"language": "de"}).status_code == 403
    assert browser.get("/language/?language=de").status_code == 405
    alice.refresh_from_db()
    assert alice.locale == ""


def test_a_choice_goes_with_the_person_to_their_next_browser(client: Browser, alice: User) -> None:
    client.force_login(alice)
    client.post("/language/", {"language": "ar", "next": "/account/"})
    another = Browser()
    another.post(SIGN_IN, {"login": alice.email, "password": PASSWORD})
    assert language_of(another.get("/account/")) == "ar"


def test_what_was_chosen_in_this_browser_stays_after_signing_in(alice: User) -> None:
    User.objects.filter(pk=alice.pk).update(locale="ar")
    browser = Browser()
    browser.post("/language/", {"language": "de", "next": SIGN_IN})
    browser.post(SIGN_IN, {"login": alice.email, "password": PASSWORD})
    assert language_of(browser.get("/account/")) == "de"


def test_a_choice_of_the_same_language_leaves_the_profile_alone(
    client: Browser, alice: User
) -> None:
    User.objects.filter(pk=alice.pk).update(locale="de-AT")
    client.force_login(alice)
    client.post("/language/", {"language": "de", "next": "/account/"})
    alice.refresh_from_db()
    assert alice.locale == "de-AT"


def test_an_app_asks_for_a_language_where_the_person_chose_none(client: Browser) -> None:
    response = client.get(SIGN_IN, {"next": asking_app("xx fr-CA de-CH ar")}, headers=ARABIC)
    assert language_of(response) == "de"
    assert language_of(client.get("/accounts/password/reset/", headers=ARABIC)) == "de"
    assert language_of(client.get(asking_app("ar"))) == "ar"
    client.post("/language/", {"language": "en", "next": "/"})
    assert language_of(client.get(SIGN_IN, {"next": asking_app("de")})) == "en"


@pytest.mark.parametrize("tags", ["\x00", "a" * 9000, "- - -", "de\ufffe", "../../de"])
def test_nonsense_for_a_language_is_no_fault_of_ours(client: Browser, tags: str) -> None:
    response = client.get(SIGN_IN, {"next": asking_app(tags)})
    assert response.status_code == 200
    assert language_of(response) == "en"


def test_only_an_authorization_request_asks_for_a_language(client: Browser) -> None:
    response = client.get(SIGN_IN, {"next": "/account/?ui_locales=de"})
    assert language_of(response) == "en"


def _without_number(response: Any) -> str:
    page: str = response.content.decode()
    return page.replace(response["X-Request-ID"], "")


@pytest.mark.parametrize(
    "where",
    ["/api/v1/me", "/oauth/token/", "/oauth/userinfo/", "/.well-known/openid-configuration"],
)
def test_programs_are_answered_in_english(client: Browser, where: str) -> None:
    plain = client.get(where)
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "de"
    asked = client.get(where, headers=ARABIC)
    assert _without_number(asked) == _without_number(plain)
    assert "Content-Language" not in asked
    assert "Accept-Language" not in asked.get("Vary", "")


def test_the_language_of_one_request_is_not_that_of_the_next(client: Browser) -> None:
    client.get(SIGN_IN, headers=ARABIC)
    assert translation.get_language() == "en"
    response = client.get(SIGN_IN, headers={"Host": "evil.example"})
    assert language_of(response) == "en"


def test_the_languages_are_in_the_metadata(client: Browser) -> None:
    document = client.get("/.well-known/openid-configuration").json()
    assert document["ui_locales_supported"] == ["en", "de", "ar"]
