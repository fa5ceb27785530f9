"""The twins of indexes that earlier versions made on PostgreSQL go, and nothing else does."""

import importlib

import pytest
from django.apps import apps
from django.db import connection

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="of PostgreSQL"),
]

migration = importlib.import_module("accounts.migrations.0019_indexes_that_are_used")


def indexes() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT indexname FROM pg_indexes WHERE schemaname = current_schema()")
        return {name for (name,) in cursor.fetchall()}


def test_twins_go_and_the_next_ones_are_not_made() -> None:
    before = indexes()
    assert [name for name in before if name.endswith("_like")] == []
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE INDEX accounts_user_sub_12345678_like ON accounts_user (sub varchar_pattern_ops)"
        )
        cursor.execute("CREATE INDEX what_people_like ON accounts_user (name)")
    try:
        with connection.schema_editor(atomic=False) as schema_editor:
            migration.drop_twins(apps, schema_editor)
        assert indexes() - before == {"what_people_like"}
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP INDEX what_people_like")
