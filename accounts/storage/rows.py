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
from django.db.models.base import ModelState

from accounts.storage.writes import Write, write

M = TypeVar("M", bound=models.Model)

_BINARY = 1  # psycopg.pq.Format, which a site on SQLite need not have


def rows_of(
    statement: str, parameters: Any = None, *, plain: bool = False
) -> list[tuple[Any, ...]]:
    """Return the values of the rows that `statement` finds.

    Those that are `plain` (text, numbers, times, no JSON and no addresses) come as PostgreSQL has
    them, which spares it writing and us reading them. It is asked without a cursor where no
    transaction has begun (accounts/storage/postgresql/direct.py).
    """
    database: Any = connections[DEFAULT_DB_ALIAS]
    is_postgresql = database.vendor == "postgresql"
    if is_postgresql:
        found: list[tuple[Any, ...]] | None = database.rows(statement, parameters, plain=plain)
        if found is not None:
            return found
    with database.cursor() as cursor:
        if plain and is_postgresql:
            cursor.cursor.format = _BINARY
        cursor.execute(statement, parameters)
        return list(cursor.fetchall())


def first_row(statement: str, parameters: Any, *, plain: bool = False) -> Iterator[Any] | None:
    """Return the values of the first row that `statement` finds, None where it finds none; `plain`
    as for `rows_of`."""
    found = rows_of(statement, parameters, plain=plain)
    return iter(found[0]) if found else None


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
        self._names = [field.attname for field in self._fields]
        self._key = model._meta.pk.column
        self._updates: dict[tuple[str, ...], tuple[str, list[Any]]] = {}
        self.table = model._meta.db_table

    def columns(self, alias: str) -> str:
        """Return what to select for `read`, of the table that the statement calls `alias`."""
        return ", ".join(f'{alias}."{field.column}"' for field in self._fields)

    def read(self, values: Iterator[Any]) -> M:
        """Take the `columns` of one row from `values`, and return the instance that they are."""
        row = list(islice(values, len(self._fields)))
        if self._conversions:  # of which PostgreSQL has hardly any
            database = connections[DEFAULT_DB_ALIAS]
            for position, convert, column in self._conversions:
                row[position] = convert(row[position], column, database)
        return self._instance(row)

    def _instance(self, values: Iterable[Any]) -> M:
        """Return what `from_db` returns, without what it does for each field and for signals that
        nobody hears: a token request reads four rows of 25 columns."""
        instance = self._model.__new__(self._model)
        instance.__dict__.update(zip(self._names, values, strict=True))
        instance._state = ModelState()
        instance._state.adding, instance._state.db = False, DEFAULT_DB_ALIAS
        return instance

    def insert(self, row: M) -> None:
        """Write a new row. Unlike `row.save()`, it tells no signal and looks for no parent."""
        row.pk = write(self.inserting(row))
        row._state.adding = False

    def inserting(self, row: M) -> Write:
        """Return what writes a new row, and returns its key."""
        return Write(self._insert, _prepared(self._written, row))

    def updating(self, row: M, *names: str) -> Write:
        """Return what writes the fields `names` of a row that is there, and leaves the others as
        they are."""
        if names not in self._updates:
            self._updates[names] = self._update(names)
        statement, fields = self._updates[names]
        return Write(statement, [*_prepared(fields, row), row.pk])

    def deleting(self, name: str, value: Any) -> Write:
        """Return what deletes the rows whose field `name` is `value`. Nothing may hang from
        them."""
        field: Any = self._model._meta.get_field(name)
        statement = f'DELETE FROM "{self.table}" WHERE "{field.column}" = %s'  # noqa: S608
        return Write(statement, [field.get_db_prep_value(value, connections[DEFAULT_DB_ALIAS])])

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

    def _update(self, names: tuple[str, ...]) -> tuple[str, list[Any]]:
        fields: list[Any] = [self._model._meta.get_field(name) for name in names]
        columns = ", ".join(f'"{field.column}" = %s' for field in fields)
        return f'UPDATE "{self.table}" SET {columns} WHERE "{self._key}" = %s', fields  # noqa: S608


def _prepared(fields: Iterable[Any], row: models.Model) -> list[Any]:
    # Not `connection`, which looks up which one it stands for at every turn.
    database = connections[DEFAULT_DB_ALIAS]
    kept = _KEPT_BY.get(database.vendor, _KEPT)
    return [
        getattr(row, field.attname) if _is_kept(field, kept) else _converted(field, row, database)
        for field in fields
    ]


def _converted(field: Any, row: models.Model, database: Any) -> Any:
    return field.get_db_prep_save(field.pre_save(row, add=True), database)


# Fields, by their very class, whose values a database takes as they are.
_KEPT = frozenset({models.CharField, models.TextField, models.ForeignKey})
_KEPT_BY = {"postgresql": _KEPT | {models.UUIDField, models.DateTimeField}}


def _is_kept(field: Any, kept: frozenset[Any]) -> bool:
    return type(field) in kept and not getattr(field, "auto_now_add", False)
