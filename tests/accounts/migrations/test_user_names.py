"""What the update makes of people who are there without a user name, or with one that is another's."""

from importlib import import_module
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.db import connection

from accounts.models import User

pytestmark = pytest.mark.django_db

migration = import_module("accounts.migrations.0023_user_names")


def people(*told: tuple[str, str]) -> list[User]:
    """People with this name and this `preferred_username`, as they were before the update."""
    made = [User.objects.create(email=f"p{n}@example.com", name=told[n][0]) for n in range(len(told))]
    for person, (_, name) in zip(made, told, strict=True):
        User.objects.filter(pk=person.pk).update(preferred_username=name, username_key=None)
    return made


def update() -> None:
    migration.name_people(apps, SimpleNamespace(connection=connection))


def names() -> list[str]:
    return list(User.objects.order_by("pk").values_list("preferred_username", flat=True))


def test_who_was_first_keeps_a_name_and_the_others_get_one_like_it() -> None:
    people(("Zoe", ""), ("", "Zoe"), ("", "ZOE"), ("", "زوي"), ("", "root"))
    update()
    assert names() == ["zoe3", "Zoe", "zoe2", "زوي", "root"]
    assert User.objects.filter(username_key=None).count() == 0


def test_an_update_that_is_run_again_changes_nothing() -> None:
    people(("Zoe", ""), ("", "Zoe"))
    update()
    before = names()
    update()
    assert names() == before
    for person in User.objects.all():
        person.save()
    assert names() == before
