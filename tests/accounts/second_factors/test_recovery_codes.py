"""Recovery codes: shown once, hashed from then on, each good for once."""

import re
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.core.management import call_command
from django.test import Client as Browser

from accounts.models import User
from accounts.second_factors import recovery_codes
from accounts.storage.sealed import unseal
from tests.accounts.at_once import meet_before
from tests.accounts.entrance.test_password_spellings import CountingHasher
from tests.accounts.second_factors.authenticators import confirmed, given
from tests.accounts.second_factors.conftest import app, at_localhost, give_password
from tests.accounts.second_factors.test_codes import code_of_app, is_signed_in, type_in
from tests.upstream import RecoveryCodes

__all__ = ["app", "at_localhost"]

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("app", "at_localhost")]

SHOW, MAKE = "/accounts/2fa/recovery-codes/", "/accounts/2fa/recovery-codes/generate/"


def codes_on(page: Any) -> list[str]:
    words = re.findall(r"<li><code>(\d{5}) (\d{5})</code></li>", page.content.decode())
    return ["".join(parts) for parts in words]


def row_of(person: User) -> Authenticator:
    return Authenticator.objects.get(user=person, type="recovery_codes")


@pytest.fixture
def browser(alice: User) -> Browser:
    return confirmed(alice)


@pytest.fixture
def codes(browser: Browser) -> list[str]:
    """What Alice has seen, once."""
    browser.post(MAKE)
    return codes_on(browser.get(SHOW))


@pytest.fixture
def of_before(alice: User) -> list[str]:
    """Codes that were shown by a version that kept them sealed, the first of them used."""
    made = RecoveryCodes.activate(alice)
    shown: list[str] = made.generate_codes()
    made.mark_as_viewed()
    assert made.validate_code(shown[0])
    return shown[1:]


def signs_in(code: str) -> bool:
    browser = Browser()
    give_password(browser)
    type_in(browser, code)
    return is_signed_in(browser)


# --- Shown once ---


def test_new_codes_are_shown_once_and_then_how_many_are_left(
    browser: Browser, codes: list[str]
) -> None:
    assert len(set(codes)) == 10
    again = browser.get(SHOW)
    assert codes_on(again) == []
    assert "You have 10 recovery codes left." in again.content.decode()
    assert not any(code in again.content.decode() for code in codes)


def test_a_glance_at_the_head_of_the_page_uses_no_code_up(browser: Browser) -> None:
    browser.post(MAKE)
    assert browser.head(SHOW).status_code == 405
    assert len(codes_on(browser.get(SHOW))) == 10


@pytest.mark.django_db(transaction=True)
def test_of_two_pages_at_once_one_shows_them(browser: Browser) -> None:
    browser.post(MAKE)

    def look() -> int:
        other = Browser()
        other.cookies = browser.cookies.copy()
        return len(codes_on(other.get(SHOW)))

    assert sorted(meet_before(('UPDATE "mfa_authenticator"',), look, look)) == [0, 10]


# --- Kept as hashes ---


def test_nothing_that_is_kept_gives_a_code_back(alice: User, codes: list[str]) -> None:
    row = row_of(alice)
    assert "seed" not in row.data
    opened = unseal(row.data["hashes"], "a test")
    assert not any(code in str(row.data) + opened for code in codes)
    assert opened.count("argon2id") == len(codes)
    assert "argon2" not in str(row.data)  # sealed in its turn


def test_allauth_finds_no_code_in_them(alice: User, codes: list[str]) -> None:
    """Nor anything that could be typed in the place of one."""
    kept = row_of(alice).wrap()
    assert kept.get_unused_codes() == []
    for typed in (codes[0], "", row_of(alice).data["hashes"]):
        assert not kept.validate_code(typed)


def test_each_code_signs_in_once(alice: User, browser: Browser, codes: list[str]) -> None:
    for count, code in enumerate(codes[:2], start=1):
        assert signs_in(code)
        assert not signs_in(code)
        left = f"You have {10 - count} recovery codes left."
        assert left in browser.get(SHOW).content.decode()
    assert recovery_codes.left(row_of(alice)) == 8


@pytest.mark.parametrize("between", [" ", "-", "\N{EN DASH}", ""])
def test_a_code_may_be_typed_as_it_is_shown(codes: list[str], between: str) -> None:
    assert signs_in(f" {codes[0][:5]}{between}{codes[0][5:]}")


@pytest.mark.parametrize("typed", ["0" * 10, "12345", "x" * 10, "argon2", "0" * 11])
def test_what_is_no_code_signs_nobody_in(codes: list[str], typed: str) -> None:
    assert not signs_in(typed)


def test_bobs_codes_are_not_alices(codes: list[str], bob: User) -> None:
    bobs = confirmed(bob)
    RecoveryCodes.activate(bob)
    theirs = codes_on(bobs.get(SHOW))
    assert theirs
    assert not signs_in(theirs[0])


@pytest.mark.django_db(transaction=True)
def test_of_two_sign_ins_with_one_code_at_once_one_succeeds(codes: list[str]) -> None:
    browsers = [Browser(), Browser()]
    for each in browsers:
        give_password(each)

    def typing(browser: Browser) -> Any:
        return lambda: type_in(browser, codes[0])

    meet_before(('UPDATE "mfa_authenticator"',), *map(typing, browsers))
    assert sum(map(is_signed_in, browsers)) == 1


def test_a_code_of_the_app_still_signs_in_beside_them(codes: list[str]) -> None:
    assert signs_in(code_of_app())


@pytest.mark.parametrize(("typed", "hashes"), [("123456", 0), ("0123456789", 10)])
def test_the_code_of_an_app_costs_no_hash(
    codes: list[str], settings: Any, typed: str, hashes: int
) -> None:
    """All ten take as long as ten passwords, and most of those who type have an app."""
    browser = Browser()
    give_password(browser)
    CountingHasher.hashed = []
    settings.PASSWORD_HASHERS = [f"{CountingHasher.__module__}.CountingHasher"]
    type_in(browser, typed)
    assert CountingHasher.hashed == ["verify"] * hashes


def test_hashes_that_cannot_be_opened_are_told_from_a_wrong_code(
    codes: list[str], alice: User
) -> None:
    row = row_of(alice)
    row.data["hashes"] = "sealed under a key that is lost"
    row.save()
    assert recovery_codes.left(row) == 0
    assert signs_in(code_of_app())
    Authenticator.objects.filter(type="totp").delete()
    given(alice)
    browser = Browser()
    give_password(browser)
    page = type_in(browser, codes[0]).content.decode()
    assert "We cannot check codes right now" in page


# --- Of before ---


def test_sealed_codes_of_before_are_hashed_by_the_cleanup_and_go_on_to_work(
    alice: User, of_before: list[str], browser: Browser
) -> None:
    call_command("cleartokens", verbosity=0)
    assert "seed" not in row_of(alice).data
    assert "You have 9 recovery codes left." in browser.get(SHOW).content.decode()
    assert signs_in(of_before[0])
    assert not signs_in(of_before[0])
    assert recovery_codes.left(row_of(alice)) == 8
    assert not recovery_codes.sealed().exists()


def test_sealed_codes_of_before_work_until_then(alice: User, of_before: list[str]) -> None:
    assert signs_in(of_before[0])
    assert not signs_in(of_before[0])
    assert recovery_codes.left(row_of(alice)) == 8


def test_codes_that_nobody_has_seen_stay_to_be_shown(alice: User, browser: Browser) -> None:
    browser.post(MAKE)
    call_command("cleartokens", verbosity=0)
    assert len(codes_on(browser.get(SHOW))) == 10


def test_codes_that_cannot_be_opened_stay_and_hold_nothing_up(
    alice: User, bob: User, of_before: list[str]
) -> None:
    row = row_of(alice)
    row.data["seed"] = "sealed under a key that is lost"
    row.save()
    RecoveryCodes.activate(bob).mark_as_viewed()
    call_command("cleartokens", verbosity=0)
    assert row_of(alice).data == row.data
    assert "hashes" in row_of(bob).data


def test_hashes_are_sealed_anew_with_everything_else(alice: User, codes: list[str]) -> None:
    before = row_of(alice).data["hashes"]
    call_command("reseal", verbosity=0)
    after = row_of(alice).data["hashes"]
    assert after != before
    assert unseal(after, "a test") == unseal(before, "a test")
    assert signs_in(codes[0])
