"""Tables as an earlier version had them, beside the tests' own.

To take the tests' own database back to that time and on to today again goes through a hundred
migrations, which takes longer than some folders of tests.
"""

import contextlib
from collections.abc import Iterator
from typing import Any

from django.db import connection, connections, transaction
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.migration import Migration
from django.db.models import Model

Rows = list[dict[str, Any]]
_SCHEMA = "earlier"


class Earlier:
    """Tables that are empty, as they were after `migrations`; `go_on` and `go_back` from there."""

    def __init__(self, *migrations: tuple[str, str]) -> None:
        self._loader = MigrationExecutor(connection).loader
        self._state = self._loader.project_state(migrations)
        with connection.schema_editor() as editor:
            for model in self._state.apps.get_models():
                if model._meta.managed and not model._meta.proxy:
                    editor.create_model(model)

    def model(self, name: str) -> Any:
        return self._state.apps.get_model(name)

    def rows(self, name: str) -> Rows:
        return list(self.model(name).objects.order_by("pk").values())

    def go_on(self, *migrations: tuple[str, str]) -> None:
        for key in migrations:
            migration = self._loader.graph.nodes[key]
            with self._editor(migration) as editor:
                self._state = migration.apply(self._state, editor)

    def go_back(self, *migrations: tuple[str, str]) -> None:
        """Take these back, which were the last ones."""
        for key in migrations:
            migration, states = self._loader.graph.nodes[key], self._loader.project_state
            with self._editor(migration) as editor:
                migration.unapply(states(self._before(migration)), editor)
            self._state = states(self._before(migration))

    def _before(self, migration: Migration) -> Any:
        return [key for key in migration.dependencies if key in self._loader.graph.nodes]

    def _editor(self, migration: Migration) -> Any:
        return connection.schema_editor(atomic=migration.atomic)

    def bring(self, today: dict[type[Model], Rows]) -> None:
        """Add rows of today, without what their tables did not have then."""
        with transaction.atomic():  # in any order
            for model, rows in today.items():
                then = self.model(model._meta.label)
                had = {field.attname for field in then._meta.concrete_fields}
                then.objects.bulk_create(
                    then(**{name: value for name, value in row.items() if name in had})
                    for row in rows
                )


@contextlib.contextmanager
def tables_after(*migrations: tuple[str, str]) -> Iterator[Earlier]:
    """Have the default database be one with the tables after `migrations`, and no rows."""
    with _schema() if connection.vendor == "postgresql" else _memory():
        yield Earlier(*migrations)


@contextlib.contextmanager
def _schema() -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE SCHEMA {_SCHEMA}; SET search_path TO {_SCHEMA}")
        try:
            yield
        finally:
            cursor.execute(f"SET search_path TO DEFAULT; DROP SCHEMA {_SCHEMA} CASCADE")


@contextlib.contextmanager
def _memory() -> Iterator[None]:
    ours = connections["default"]
    then = connections.create_connection("default")
    then.settings_dict = {**ours.settings_dict, "NAME": ":memory:"}
    connections["default"] = then
    try:
        yield
    finally:
        connections["default"] = ours
        then.close()
