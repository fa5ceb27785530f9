"""Each person has a user name that nobody else has, and may change it under rules."""

from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client as Browser
from django.utils import timezone

from accounts.endings import deletion
from accounts.models import ReleasedName, SecurityEvent, User
from accounts.models.event_kinds import Actor
from accounts.models.user_name import KEPT
from accounts.text import user_names

pytestmark = pytest.mark.django_db

PAGE = "/account/profile/"


def made(email: str, **told: Any) -> str:
    return User.objects.create_user(email, **told).preferred_username


def rename(person: User, name: str) -> Any:
    browser = Browser()
    browser.force_login(person)
    shown = browser.get(PAGE).context["form"]
    filled = {field.html_name: field.value() or "" for field in shown}
    answer = browser.post(PAGE, filled | {"preferred_username": name})
    person.refresh_from_db()
    return answer


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ({"preferred_username": "Zoe", "name": "Z. Example"}, "zoe"),
        ({"preferred_username": "zoe@corp.example"}, "zoe"),
        ({"name": "Zoë Müßig"}, "zoe.mussig"),
        ({"name": "زوي"}, "z.example"),
        ({"name": "admin"}, "z.example"),
        ({}, "z.example"),
    ],
    ids=ascii,
)
def test_a_name_is_proposed_and_never_an_address(told: dict[str, str], expected: str) -> None:
    assert made("z.example@example.com", **told) == expected


def test_who_comes_second_gets_another_one() -> None:
    names = [made(f"{n}@example.com", name=name) for n, name in enumerate(["Zoe", "ZOE", "Z0e"])]
    assert names[:2] == ["zoe", "zoe2"]
    assert len({user_names.key(name) for name in names}) == 3


@pytest.mark.parametrize("other", ["ZOE.MORN", "zoe-morn", "z0e_morn", "zoemom", "ｚｏｅ.ｍｏｒｎ"])
def test_look_alikes_are_one_name(other: str) -> None:
    assert user_names.key("zoe.morn") == user_names.key(other)


def test_a_person_changes_their_name_and_apps_are_told_the_new_one(alice: User) -> None:
    assert rename(alice, "wonderland").status_code == 302
    assert alice.preferred_username == "wonderland"
    assert SecurityEvent.objects.filter(details__fields=["preferred_username"]).count() == 1
    assert rename(alice, "again").status_code == 302  # too soon: the field cannot be changed
    assert alice.preferred_username == "wonderland"


@pytest.mark.parametrize(
    "name", ["al", "x" * 33, "Alice", ".alice", "a lice", "аlice", "admin", "4dmin@x"]
)
def test_what_no_rule_allows_is_refused(alice: User, name: str) -> None:
    before = alice.preferred_username
    answer = rename(alice, name)
    assert answer.status_code == 200
    assert answer.context["form"].errors["preferred_username"]
    assert alice.preferred_username == before


def test_a_name_that_somebody_has_is_refused_kindly(alice: User, bob: User) -> None:
    answer = rename(alice, bob.preferred_username)
    assert "This username is not available" in answer.content.decode()


def test_a_name_that_was_given_up_is_nobody_elses_for_a_year(
    alice: User, bob: User, settings: Any
) -> None:
    settings.USER_NAME_CHANGE_DAYS = 0
    rename(alice, "wonderland")
    rename(alice, "looking.glass")
    rename(bob, "wonderland")
    assert bob.preferred_username != "wonderland"
    assert made("w@example.com", name="Wonderland") != "wonderland"
    rename(alice, "wonderland")
    assert alice.preferred_username == "wonderland"
    rename(alice, "looking.glass")
    ReleasedName.objects.update(released_at=timezone.now() - KEPT)
    rename(bob, "wonderland")
    assert bob.preferred_username == "wonderland"


def test_nobody_gets_the_name_of_who_was_deleted_and_it_is_kept_nowhere(
    alice: User, bob: User, settings: Any
) -> None:
    name = alice.preferred_username
    User.objects.filter(pk=alice.pk).update(last_login=timezone.now())
    alice.refresh_from_db()
    deletion.delete(alice, actor=Actor.SITE)
    rename(bob, name)
    assert bob.preferred_username != name
    kept = ReleasedName.objects.get()
    assert kept.user is None
    assert name not in kept.digest
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another", [settings.SECRET_KEY]
    rename(bob, name)
    assert bob.preferred_username != name
    ReleasedName.objects.update(released_at=timezone.now() - KEPT)
    call_command("cleartokens")
    assert not ReleasedName.objects.exists()


def test_an_admin_may_keep_people_from_changing_it(alice: User, settings: Any) -> None:
    settings.USER_NAMES_CHANGEABLE = False
    before = alice.preferred_username
    rename(alice, "wonderland")
    assert alice.preferred_username == before


def test_an_admin_changes_it_but_to_nobody_elses(alice: User, bob: User) -> None:
    alice.preferred_username = bob.preferred_username.upper()
    with pytest.raises(Exception, match="not available"):
        alice.full_clean()
    alice.preferred_username = "Root"
    alice.full_clean()
    alice.save()
    assert User.objects.get(pk=alice.pk).username_key == "root"
