"""One password is one password, whether its letters come composed or in parts."""

import getpass
import hashlib
from typing import Any
from unicodedata import normalize

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import make_password
from django.core.management import call_command
from django.test import Client as Browser

from accounts.entrance.hashing import PasswordHasher
from accounts.models import User
from accounts.text.passwords import opaque
from tests.accounts.way_back.test_address import mailed_code
from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db

COMPOSED = normalize("NFC", "schöne grüße aus dem café")
IN_PARTS = normalize("NFD", COMPOSED)
NO_BREAK_SPACES = COMPOSED.replace(" ", "\N{NO-BREAK SPACE}")
EMAIL = "alice@example.com"


def signs_in(password: str, email: str = EMAIL) -> bool:
    browser = Browser()
    answer = browser.post("/accounts/login/", {"login": email, "password": password})
    return answer.status_code == 302


def signed_in(alice: User) -> Browser:
    browser = Browser()
    browser.force_login(alice)
    return browser


# --- Each way to set one ---


def by_sign_up(alice: User, password: str, again: str) -> None:
    alice.delete()
    browser = Browser()
    page = browser.post("/accounts/signup/", {"email": EMAIL, "password1": password})["Location"]
    browser.post(page, {"code": mailed_code()})


def by_change(alice: User, password: str, again: str) -> None:
    form = {"oldpassword": PASSWORD, "password1": password, "password2": again}
    signed_in(alice).post("/accounts/password/change/", form)


def by_setting_one(alice: User, password: str, again: str) -> None:
    alice.set_unusable_password()
    alice.save()
    browser = signed_in(alice)
    browser.post("/accounts/reauthenticate/code/", {"send": ""})
    browser.post("/accounts/reauthenticate/code/", {"code": mailed_code()})
    browser.post("/accounts/password/set/", {"password1": password, "password2": again})


def by_reset(alice: User, password: str, again: str) -> None:
    browser = Browser()
    page = browser.post("/accounts/password/reset/", {"email": EMAIL})["Location"]
    choose = browser.post(page, {"code": mailed_code()})["Location"]
    browser.post(choose, {"password1": password, "password2": again})


def by_create_person(alice: User, password: str, again: str) -> None:
    call_command("create_person", email=EMAIL, password=password)


def by_createsuperuser(alice: User, password: str, again: str) -> None:
    alice.delete()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DJANGO_SUPERUSER_PASSWORD", password)
        call_command("createsuperuser", interactive=False, email=EMAIL)
    EmailAddress.objects.create(user=User.objects.get(), email=EMAIL, verified=True, primary=True)


def by_changepassword(alice: User, password: str, again: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        typed = iter([password, password])
        patch.setattr(getpass, "getpass", lambda *_, **__: next(typed))
        call_command("changepassword", EMAIL)


WAYS = [
    *(by_sign_up, by_change, by_setting_one, by_reset, by_create_person),
    *(by_createsuperuser, by_changepassword),
]


@pytest.mark.parametrize("typed", [COMPOSED, IN_PARTS, NO_BREAK_SPACES], ids=ascii)
@pytest.mark.parametrize("way", WAYS)
def test_a_password_that_is_set_in_one_spelling_is_good_in_all(
    alice: User, way: Any, typed: str
) -> None:
    way(alice, typed, COMPOSED)
    assert not signs_in(PASSWORD)
    for spelling in (COMPOSED, IN_PARTS, NO_BREAK_SPACES):
        assert signs_in(spelling), ascii(spelling)
    assert not signs_in(COMPOSED.upper())
    assert not signs_in("schone grusse aus dem cafe")


@pytest.mark.parametrize("typed", [COMPOSED, IN_PARTS, NO_BREAK_SPACES], ids=ascii)
def test_it_proves_it_once_more_in_all_spellings(alice: User, typed: str) -> None:
    alice.set_password(COMPOSED)
    alice.save()
    browser = signed_in(alice)
    assert browser.post("/accounts/reauthenticate/", {"password": typed}).status_code == 302
    form = {"oldpassword": typed, "password1": PASSWORD, "password2": PASSWORD}
    assert browser.post("/accounts/password/change/", form).status_code == 302
    assert signs_in(PASSWORD)


# --- Of before ---


@pytest.fixture
def of_before(alice: User) -> User:
    """Alice, whose password was hashed as her keyboard typed it."""
    alice.password = make_password(IN_PARTS)
    alice.save()
    return alice


def test_a_password_of_before_signs_in_as_it_was_typed_and_is_then_good_in_all_spellings(
    of_before: User,
) -> None:
    assert not signs_in(COMPOSED)
    assert signs_in(IN_PARTS)
    assert signs_in(COMPOSED)
    assert signs_in(NO_BREAK_SPACES)


def test_proving_it_once_more_leaves_one_of_before_as_it_is(of_before: User) -> None:
    browser = signed_in(of_before)
    assert browser.post("/accounts/reauthenticate/", {"password": IN_PARTS}).status_code == 302
    assert browser.get("/account/").status_code == 200
    assert User.objects.get().password == of_before.password


# --- What may be one ---


@pytest.mark.parametrize(
    ("letters", "is_good"), [(9, False), (10, True), (128, True), (129, False)]
)
def test_letters_are_counted_composed(alice: User, letters: int, is_good: bool) -> None:
    """Each of them was typed as two."""
    password = normalize("NFD", ("äçñøõ" * 26)[:letters])
    by_reset(alice, password, password)
    assert signs_in(password) is is_good
    assert signs_in(normalize("NFC", password)) is is_good


def test_a_password_without_an_end_is_refused_at_once(alice: User) -> None:
    """Composing takes time by the square of the marks that follow one letter."""
    endless = "a" + "\N{COMBINING GRAVE ACCENT}\N{COMBINING DOT BELOW}" * 500_000
    assert opaque(endless) == endless
    assert not signs_in(endless)


def test_a_password_like_ones_name_is_so_in_all_spellings(alice: User) -> None:
    for name in (COMPOSED, IN_PARTS):
        alice.name = name
        alice.save()
        for typed in (COMPOSED, IN_PARTS):
            by_change(alice, typed, typed)
            assert signs_in(PASSWORD)


def test_a_breached_password_is_so_in_all_spellings(
    alice: User, settings: Any, tmp_path: Any
) -> None:
    found = hashlib.sha1(COMPOSED.encode(), usedforsecurity=False).hexdigest().upper()
    (tmp_path / "list.txt").write_text(f"{found}:7")
    settings.BREACHED_PASSWORDS = f"file:{tmp_path / 'list.txt'}"
    for typed in (COMPOSED, IN_PARTS):
        by_change(alice, typed, typed)
        assert signs_in(PASSWORD)


# --- How long it takes ---


class CountingHasher(PasswordHasher):
    """Counts what costs time."""

    time_cost, memory_cost = 1, 8
    hashed: list[str]

    def encode(self, password: str, salt: str) -> str:
        self.hashed.append("encode")
        return super().encode(password, salt)

    def verify(self, password: str, encoded: str) -> bool:
        self.hashed.append("verify")
        return super().verify(password, encoded)


@pytest.mark.parametrize(("typed", "hashes"), [(COMPOSED, 1), (IN_PARTS, 2)], ids=["one", "two"])
@pytest.mark.parametrize("who", ["a wrong password", "no password", "nobody"])
def test_who_is_known_cannot_be_told_by_how_often_is_hashed(
    alice: User, settings: Any, who: str, typed: str, hashes: int
) -> None:
    CountingHasher.hashed = []
    settings.PASSWORD_HASHERS = [f"{__name__}.CountingHasher"]
    if who == "no password":
        alice.set_unusable_password()
        alice.save()
    assert not signs_in(typed, "nobody@example.com" if who == "nobody" else EMAIL)
    assert len(CountingHasher.hashed) == hashes
