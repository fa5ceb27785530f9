"""One mailbox is one account, in whichever way the domain of its address is spelt."""

from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from django.core import mail
from django.core.cache import cache
from django.core.management import call_command
from django.test import Client as Browser

from accounts.models import User
from tests.accounts.account_pages.proof import signed_in
from tests.accounts.third_parties.conftest import provider, register, running_provider
from tests.accounts.third_parties.scripted_provider import Browser as ThirdPartyBrowser
from tests.accounts.third_parties.scripted_provider import ScriptedProvider
from tests.accounts.way_back.test_address import mailed_code
from tests.conftest import PASSWORD

__all__ = ["provider", "register", "running_provider"]

pytestmark = pytest.mark.django_db

LETTERS, STORED = "user@müller.example", "user@xn--mller-kva.example"
SPELLINGS = [LETTERS, STORED, "User@MÜLLER.example", "user@XN--MLLER-KVA.example"]
every_spelling = pytest.mark.parametrize("typed", SPELLINGS)


@pytest.fixture
def user(password_hash: str) -> User:
    made = User.objects.create(email=STORED, name="User", password=password_hash)
    EmailAddress.objects.create(user=made, email=STORED, verified=True, primary=True)
    return made


def is_in(browser: Browser, user: User) -> bool:
    return browser.session.get("_auth_user_id") == str(user.pk)


@every_spelling
@pytest.mark.parametrize("page", ["/accounts/signup/", "/accounts/signup/passkey/"])
def test_a_sign_up_is_stored_in_one_spelling_and_mailed_there(page: str, typed: str) -> None:
    answer = Browser().post(page, {"email": typed, "password1": PASSWORD})
    assert User.objects.get().email == EmailAddress.objects.get().email == STORED
    assert mail.outbox[-1].to == [STORED]
    shown = Browser().get(answer["Location"])
    assert shown.status_code in (200, 302)


@every_spelling
def test_there_is_no_second_account_for_it(user: User, typed: str) -> None:
    Browser().post("/accounts/signup/", {"email": typed, "password1": PASSWORD})
    assert User.objects.count() == 1
    assert mail.outbox[-1].subject == "You already have an account at Latchkey"


@every_spelling
def test_it_signs_in_by_password_code_and_reset(user: User, typed: str) -> None:
    browser = Browser()
    browser.post("/accounts/login/", {"login": typed, "password": PASSWORD})
    assert is_in(browser, user)

    browser = Browser()
    page = browser.post("/accounts/login/code/", {"email": typed})["Location"]
    assert "user@müller.example" in browser.get(page).content.decode()
    browser.post(page, {"code": mailed_code()})
    assert is_in(browser, user)

    browser = Browser()
    page = browser.post("/accounts/password/reset/", {"email": typed})["Location"]
    choose = browser.post(page, {"code": mailed_code()})["Location"]
    browser.post(choose, {"password1": "a new and long one", "password2": "a new and long one"})
    assert is_in(browser, user)


@every_spelling
def test_a_third_party_may_spell_it_as_it_likes(
    user: User, provider: ScriptedProvider, register: Any, typed: str
) -> None:
    register()
    provider.userinfo["email"] = typed
    browser = Browser()
    ThirdPartyBrowser(browser, provider).sign_in()
    assert is_in(browser, user)
    assert SocialAccount.objects.get().user == user


@every_spelling
@pytest.mark.parametrize("trusted", [True, False])
def test_a_newcomer_by_a_third_party_has_it_in_one_spelling(
    provider: ScriptedProvider, register: Any, typed: str, trusted: bool
) -> None:
    register(trusted=trusted)
    provider.userinfo["email"] = typed
    browser = Browser()
    ThirdPartyBrowser(browser, provider).sign_in()
    if not trusted:
        browser.post("/accounts/confirm-email/", {"code": mailed_code()})
    assert User.objects.get().email == EmailAddress.objects.get().email == STORED


@every_spelling
def test_adding_it_is_adding_what_is_there(user: User, alice: User, typed: str) -> None:
    own = signed_in(user).post("/accounts/email/", {"action_add": "", "email": typed})
    assert "already" in own.content.decode()
    other = signed_in(alice)
    other.post("/accounts/email/", {"action_add": "", "email": typed})
    assert other.post("/accounts/confirm-email/", {"code": mailed_code()}).status_code == 200
    assert EmailAddress.objects.get(email=STORED).user == user


def test_an_added_one_is_stored_in_one_spelling_and_shown_in_letters(alice: User) -> None:
    browser = signed_in(alice)
    browser.post("/accounts/email/", {"action_add": "", "email": LETTERS})
    told = browser.post("/accounts/confirm-email/", {"code": mailed_code()}, follow=True)
    assert LETTERS in told.content.decode()
    assert EmailAddress.objects.filter(user=alice, email=STORED, verified=True).exists()
    page = browser.get("/accounts/email/").content.decode()
    assert page.count(f"<bdi>{LETTERS}</bdi>") == 1


def test_both_spellings_have_one_budget(user: User) -> None:
    answers = [
        Browser().post("/accounts/login/", {"login": typed, "password": "wrong"}).status_code
        for typed in SPELLINGS * 3
    ]
    assert 429 in answers
    cache.clear()
    letters = [
        Browser().post("/accounts/login/code/", {"email": typed}).status_code for typed in SPELLINGS
    ]
    assert letters[-1] == 429 or len(mail.outbox) == 3


def test_pages_show_it_in_letters(user: User) -> None:
    browser = signed_in(user)
    User.objects.update(name="")
    for page in ("/account/", "/account/delete/", "/accounts/logout/"):
        shown = browser.get(page).content.decode()
        assert LETTERS in shown
        assert STORED not in shown


@every_spelling
def test_it_confirms_the_deletion(user: User, typed: str) -> None:
    signed_in(user).post("/account/delete/", {"email": typed})
    assert not User.objects.get().is_active


@every_spelling
def test_commands_know_it(typed: str) -> None:
    for _ in range(2):
        call_command("create_person", email=typed, name="User", password=PASSWORD)
    assert User.objects.get().email == EmailAddress.objects.get().email == STORED
    call_command("reset_second_factors", email=typed)


def test_django_admin_stores_finds_and_shows_it(desk: Browser, bob: User) -> None:
    prefix = "emailaddress_set"
    form = {
        "email": LETTERS,
        "is_active": "on",
        f"{prefix}-TOTAL_FORMS": 1,
        f"{prefix}-INITIAL_FORMS": 0,
        f"{prefix}-0-email": "Other@MÜLLER.example",
        f"{prefix}-0-verified": "on",
    }
    answer = desk.post("/admin/accounts/user/add/", form)
    assert answer.status_code == 302, answer.content.decode()
    made = User.objects.get(email=STORED)
    assert made.emailaddress_set.get().email == "other@xn--mller-kva.example"

    for words in (LETTERS, STORED, "müller.ex", "Müller"):
        found = desk.get("/admin/accounts/user/", {"q": words}).content.decode()
        assert LETTERS in found, words
        assert bob.email not in found.partition('id="result_list"')[2]


@pytest.mark.parametrize(
    "typed", ["user@☃.example", "user@xn--a.example", f"{'u' * 300}@a.example"]
)
def test_what_is_no_address_is_an_error_at_its_field(typed: str) -> None:
    for page, field in (("/accounts/signup/", "email"), ("/accounts/login/", "login")):
        answer = Browser().post(page, {field: typed, "password": PASSWORD, "password1": PASSWORD})
        assert answer.status_code == 200
        assert "Enter a full e-mail address" in answer.content.decode()
    assert not User.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_letters_go_to_what_is_stored_and_say_it_in_letters(user: User) -> None:
    browser = signed_in(user)
    mail.outbox.clear()
    new = "a fresh correct horse battery"
    form = {"oldpassword": PASSWORD, "password1": new, "password2": new}
    browser.post("/accounts/password/change/", form)
    (letter,) = mail.outbox
    assert letter.to == [STORED]
    assert f"Account: {LETTERS}" in letter.body
    assert STORED not in letter.body
