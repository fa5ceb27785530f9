"""Forms whose session has ended meanwhile: what was typed is there again, for whoever typed it."""

from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.test import Client as Browser

from accounts.models import Session, User
from accounts.oauth_server.models import PersonalToken
from tests.accounts.account_pages.proof import signed_in
from tests.accounts.second_factors.authenticators import given, sign_in_with
from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db

KEPT = "so nothing was saved. What you entered is still here."
FORMS: dict[str, dict[str, Any]] = {
    "/account/profile/": {"nickname": "Typed before"},
    "/account/tokens/new/": {"name": "Typed before", "scopes": ["profile", "email"], "lasts": "90"},
    "/accounts/email/": {"email": "typed@before.example", "action_add": ""},
}


def send_too_late(person: User, page: str, **typed: Any) -> Browser:
    """Send the form as a browser whose session was ended elsewhere."""
    browser = signed_in(person)
    assert f'name="sub" value="{person.sub}"' in browser.get(page).content.decode()
    Session.objects.all().delete()
    answer = browser.post(page, typed | {"sub": person.sub})
    assert answer["Location"] == f"/accounts/login/?next={page}"
    return browser


def come_back(browser: Browser, person: User, page: str) -> str:
    form = {"login": person.email, "password": PASSWORD, "next": page}
    answer = browser.post("/accounts/login/", form, follow=True)
    if "reauthenticate" in answer.request["PATH_INFO"]:
        answer = browser.post(answer.request["PATH_INFO"], {"password": PASSWORD, "next": page})
        answer = browser.get(answer["Location"], follow=True)
    assert answer.request["PATH_INFO"] == page
    return str(answer.content.decode())


@pytest.mark.parametrize("page", FORMS)
def test_what_was_typed_is_there_again_once_and_nothing_was_saved(alice: User, page: str) -> None:
    browser = send_too_late(alice, page, **FORMS[page])
    shown = come_back(browser, alice, page)
    assert KEPT in shown
    typed = next(iter(FORMS[page].values()))
    assert f'value="{typed}"' in shown
    again = browser.get(page).content.decode()
    assert KEPT not in again
    assert typed not in again
    assert not User.objects.filter(nickname="Typed before").exists()
    assert not PersonalToken.objects.exists()
    assert EmailAddress.objects.count() == 1


def test_choices_are_kept_too(alice: User) -> None:
    page = "/account/tokens/new/"
    shown = come_back(send_too_late(alice, page, **FORMS[page]), alice, page)
    assert shown.count("checked") == 3  # two scopes and how long it works


@pytest.mark.parametrize("page", FORMS)
def test_mallory_does_not_see_what_alice_had_typed(alice: User, mallory: User, page: str) -> None:
    browser = send_too_late(alice, page, **FORMS[page])
    shown = come_back(browser, mallory, page)
    assert KEPT not in shown
    assert next(iter(FORMS[page].values())) not in shown
    assert "draft" not in browser.session


def test_the_new_name_of_a_passkey_is_kept(alice: User, settings: Any) -> None:
    settings.SITE_URL = "http://localhost"  # where passkeys work without https
    phone = given(alice)
    page = f"/accounts/2fa/webauthn/keys/{Authenticator.objects.get(type='webauthn').pk}/edit/"
    browser = Browser()
    answer = browser.post(page, {"name": "Typed before", "sub": alice.sub})
    assert answer["Location"] == f"/accounts/login/?next={page}"
    sign_in_with(phone, browser)
    assert 'value="Typed before"' in browser.get(page).content.decode()


def test_passwords_and_codes_are_not_kept(alice: User) -> None:
    browser = Browser()
    for page in (
        "/accounts/password/change/",
        "/account/deletion/",
        "/accounts/2fa/totp/activate/",
    ):
        browser.post(page, {"oldpassword": PASSWORD, "password1": PASSWORD, "code": "123456"})
    assert "draft" not in browser.session


def test_a_page_full_of_nonsense_is_kept_within_bounds(alice: User) -> None:
    browser = Browser()
    browser.post("/account/tokens/new/", {"name": "x" * 10_000, "scopes": ["y" * 900] * 60})
    typed = browser.session["draft"]["typed"]
    assert len(typed["name"]) == 600
    assert sum(map(len, typed["scopes"])) == 600 * 50
