"""What the update makes of addresses that were stored before it."""

from importlib import import_module

import pytest
from allauth.account.models import EmailAddress
from django.apps import apps

from accounts.models import User

pytestmark = pytest.mark.django_db

migration = import_module("accounts.migrations.0010_addresses_that_count")

LETTERS, ASCII = "user@müller.example", "user@xn--mller-kva.example"


def person(email: str, **addresses: bool) -> User:
    """Somebody with that main address, and with rows for `addresses`, proven or not: `main` is for
    the main one, any other name for one at example.com."""
    made = User.objects.create(email=email)
    for name, verified in addresses.items():
        row = email if name == "main" else f"{name}@example.com"
        EmailAddress.objects.create(user=made, email=row, verified=verified, primary=name == "main")
    return made


def rows(user: User) -> list[tuple[str, bool, bool]]:
    found = EmailAddress.objects.filter(user=user).order_by("email")
    return list(found.values_list("email", "verified", "primary"))


def update() -> None:
    migration.forwards(apps, None)


def test_an_address_is_spelt_as_it_is_typed_now() -> None:
    user = person(LETTERS, main=True)
    other = person("Capital@Example.COM")
    update()
    assert rows(user) == [(ASCII, True, True)]
    assert User.objects.owning(LETTERS) == User.objects.owning(ASCII) == user
    assert User.objects.owning("capital@example.com") == other


def test_two_spellings_of_one_person_become_one() -> None:
    user = person(LETTERS, main=True)
    EmailAddress.objects.create(user=user, email=ASCII, verified=False)
    update()
    assert rows(user) == [(ASCII, True, True)]


def test_who_has_proven_it_keeps_it_from_who_has_only_named_it() -> None:
    named, proven = person(ASCII, main=False), person(LETTERS, main=True)
    update()
    assert User.objects.owning(ASCII) == proven
    named.refresh_from_db()
    assert named.email == LETTERS


def test_of_two_who_have_proven_it_the_one_who_wrote_it_as_it_is_written_now_keeps_it(
    caplog: pytest.LogCaptureFixture,
) -> None:
    letters, ascii_ = person(LETTERS, main=True), person(ASCII, main=True)
    update()
    assert User.objects.owning(LETTERS) == ascii_
    assert rows(letters) == [(LETTERS, True, True)]  # signed in to by a passkey or a third party
    assert letters.sub in caplog.text
    assert "ller" not in caplog.text


def test_what_is_no_domain_stays_as_it_is() -> None:
    user = person("user@☃.example", main=True)
    update()
    assert rows(user) == [("user@☃.example", True, True)]


def test_unproven_addresses_beside_a_proven_one_go() -> None:
    user = person("alice@example.com", main=True, victim=False)
    update()
    assert rows(user) == [("alice@example.com", True, True)]


def test_a_main_address_that_is_not_proven_gives_way_to_one_that_is() -> None:
    user = person("victim@example.com", main=False, mallory=True)
    squatter = person("mallory@example.com")
    update()
    assert rows(user) == [("mallory@example.com", True, True)]
    user.refresh_from_db()
    assert user.email == "mallory@example.com"
    assert User.objects.owning("mallory@example.com") == user
    assert User.objects.owning("victim@example.com") == squatter  # who has it once they prove it


def test_of_an_unfinished_sign_up_its_one_address_stays() -> None:
    user = person("newcomer@example.com", main=False, listed=False, too=False)
    update()
    assert rows(user) == [("newcomer@example.com", False, True)]


def test_it_can_be_done_again() -> None:
    for each in (LETTERS, ASCII):
        person(each, main=True)
    for _ in range(2):
        update()
    assert EmailAddress.objects.count() == User.objects.count() == 2
