"""Read and write rows of the tables that every token passes through, without composing their
statements anew.

Composing a statement takes the ORM ten times as long as the database takes to answer it, and it
does so for each request. Where tokens are earned and shown, statements are therefore written by
hand and kept; this turns what they return into instances, by the fields' own converters.
"""

from collections.abc import Iterable, Iterator
from functools import cached_property
from itertools import islice
from typing import Any, Generic, TypeVar

from django.db import DEFAULT_DB_ALIAS, connection, connections, models

M = TypeVar("M", bound=models.Model)


def first_row(statement: str, parameters: Any) -> Iterator[Any] | None:
    """Return the values of the first row that `statement` finds, None where it finds none."""
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        row = cursor.fetchone()
    return None if row is None else iter(row)


class Rows(Generic[M]):
    """Read and write the rows of `model`, in the database that the site has: all fields of them,
    those `only`, or all `but` some, which an instance then loads where it is asked for them."""

    def __init__(
        self, model: type[M], *, only: Iterable[str] = (), but: Iterable[str] = ()
    ) -> None:
        self._model = model
        fields = model._meta.concrete_fields
        names = frozenset(only or [field.attname for field in fields]) - frozenset(but)
        self._fields = [field for field in fields if field.attname in names]
        self._names = names
        self._key = model._meta.pk.column
        self.table = model._meta.db_table

    def columns(self, alias: str) -> str:
        """Return what to select for `read`, of the table that the statement calls `alias`."""
        return ", ".join(f'{alias}."{field.column}"' for field in self._fields)

    def read(self, values: Iterator[Any]) -> M:
        """Take the `columns` of one row from `values`, and return the instance that they are."""
        row = list(islice(values, len(self._fields)))
        database = connections[DEFAULT_DB_ALIAS]
        for position, convert, column in self._conversions:
            row[position] = convert(row[position], column, database)
        return self._model.from_db(DEFAULT_DB_ALIAS, self._names, row)

    def insert(self, row: M) -> None:
        """Write a new row. Unlike `row.save()`, it tells no signal and looks for no parent."""
        with connection.cursor() as cursor:
            cursor.execute(self._insert, _prepared(self._written, row))
            (row.pk,) = cursor.fetchone()
        row._state.adding = False

    def update(self, row: M, *names: str) -> None:
        """Write the fields `names` of a row that is there, and leave the others as they are."""
        fields: list[Any] = [self._model._meta.get_field(name) for name in names]
        columns = ", ".join(f'"{field.column}" = %s' for field in fields)
        with connection.cursor() as cursor:
            cursor.execute(
                f'UPDATE "{self.table}" SET {columns} WHERE "{self._key}" = %s',  # noqa: S608
                [*_prepared(fields, row), row.pk],
            )

    def delete(self, name: str, value: Any) -> None:
        """Delete the rows whose field `name` is `value`. Nothing may hang from them."""
        field: Any = self._model._meta.get_field(name)
        statement = f'DELETE FROM "{self.table}" WHERE "{field.column}" = %s'  # noqa: S608
        with connection.cursor() as cursor:
            cursor.execute(statement, [field.get_db_prep_value(value, connection)])

    @cached_property
    def _conversions(self) -> list[tuple[int, Any, Any]]:
        found = []
        for position, field in enumerate(self._fields):
            column = field.get_col(self.table)
            of_database = connection.ops.get_db_converters(column)
            converters = of_database + column.get_db_converters(connection)
            found += [(position, convert, column) for convert in converters]
        return found

    @cached_property
    def _written(self) -> list[Any]:
        """Return all fields but the key, which the database gives."""
        return [field for field in self._fields if not field.primary_key]

    @cached_property
    def _insert(self) -> str:
        columns = ", ".join(f'"{field.column}"' for field in self._written)
        values = ", ".join("%s" for _ in self._written)
        return f'INSERT INTO "{self.table}" ({columns}) VALUES ({values}) RETURNING "{self._key}"'  # noqa: S608


def _prepared(fields: Iterable[Any], row: models.Model) -> list[Any]:
    # Not `connection`, which looks up which one it stands for at every turn.
    database = connections[DEFAULT_DB_ALIAS]
    return [field.get_db_prep_save(field.pre_save(row, add=True), database) for field in fields]
