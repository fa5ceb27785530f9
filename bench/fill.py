"""Fill this site's database, on PostgreSQL: `python -m bench.fill`, for DJANGO_SETTINGS_MODULE.

A million people, each of whom allowed an app, five million access tokens and a million refresh
tokens, five million security events of a year; as statements that PostgreSQL computes itself. What
a statement does not name has the default of its field.

`python -m bench.fill organisation` fills it as bench/organisation.py says.
"""

import contextlib
import sys
from collections.abc import Iterable, Iterator
from typing import Any

import django
from django.apps import apps
from django.db import connection, models

from bench import organisation

PEOPLE, ACCESS_TOKENS, REFRESH_TOKENS, EVENTS = 1_000_000, 5_000_000, 1_000_000, 5_000_000
CLIENTS = 100

# `n` counts from 1. Tokens are those of the people in turn; each belongs to one app.
_PERSON = f"(n - 1) % {PEOPLE} + 1"
_CLIENT = f"({_PERSON}) % {CLIENTS} + 1"
_SID = f"md5('sid' || {_PERSON})"
_SCOPE = "'openid profile email offline_access'"


def _digest(kind: str) -> str:
    return f"encode(sha256(convert_to('{kind}' || n, 'UTF8')), 'hex')"


# One in fifty has ended, and waits for cleanup.
_ENDS = "now() + CASE n % 50 WHEN 0 THEN -interval '1 hour' ELSE interval '1 day' END"
_TOKEN = {
    "user_id": _PERSON,
    "application_id": _CLIENT,
    "authorization_id": _PERSON,
    "scope": _SCOPE,
    "sid": _SID,
    "amr": "'pwd'",
    "auth_time": "now()",
    "created": "now()",
    "expires": _ENDS,
}
Rows = tuple[tuple[str, int, dict[str, str]], ...]
Named = dict[str, list[dict[str, Any]]]
_NAMED: Named = {
    "oauth_server.Client": [{"pk": each, "name": f"App {each}"} for each in range(1, CLIENTS + 1)]
}
_ROWS: Rows = (
    (
        "accounts.User",
        PEOPLE,
        {
            "sub": "md5('sub' || n)",
            "email": "'someone' || n || '@example.org'",
            "name": "'Someone ' || n",
            "password": "'!' || md5('password' || n)",
            "date_joined": "now()",
            "updated_at": "now()",
        },
    ),
    (
        "account.EmailAddress",
        PEOPLE,
        {
            "user_id": "n",
            "email": "'someone' || n || '@example.org'",
            "verified": "true",
            '"primary"': "true",
        },
    ),
    (
        "oauth_server.Authorization",
        PEOPLE,
        {
            "user_id": "n",
            "client_id": _CLIENT,
            "scope": _SCOPE,
            "created": "now()",
            "last_used": "now()",
        },
    ),
    (
        "oauth_server.AccessToken",
        ACCESS_TOKENS,
        _TOKEN | {"token_checksum": _digest("access"), "family": "md5('family' || n)::uuid"},
    ),
    (
        "oauth_server.RefreshToken",
        REFRESH_TOKENS,
        _TOKEN
        | {
            "token_checksum": _digest("refresh"),
            "token_family": "md5('family' || n)::uuid",
            "family_expires": "now() + interval '300 days'",
        },
    ),
    (
        "accounts.SecurityEvent",
        EVENTS,
        {
            # The oldest ones are a little older than they are kept.
            "at": f"now() - interval '366 days' * ({EVENTS} - n) / {EVENTS}",
            "user_id": _PERSON,
            "sub": f"md5('sub' || {_PERSON})",
            "client_id": _CLIENT,
            "request_id": "md5('request' || n)::uuid::text",
            "address": "'192.0.2.' || n % 250",
            "user_agent": "'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Firefox/140.0'",
            "kind": "(ARRAY['sign_in', 'code_issued', 'token_refreshed'])[n % 3 + 1]",
            "outcome": "'succeeded'",
            "actor": "'person'",
        },
    ),
)


def fill(rows: Rows, named: Named) -> None:
    """Fill all tables. They are empty: a row's primary key is its number."""
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit = off")
        cursor.execute("SET maintenance_work_mem = '512MB'")
    for name, columns in named.items():
        _make(apps.get_model(name), columns)
    filled = [apps.get_model(name) for name, _, _ in rows]
    with _without_indexes([model._meta.db_table for model in filled]):
        for name, count, expressions in rows:
            _insert(apps.get_model(name), count, expressions)
            _say(f"{count:,} rows of {name}")
    for model in filter(_is_numbered, filled):
        _count_on(model)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    _say("indexes and statistics")


def _make(model: type[models.Model], rows: Iterable[dict[str, Any]]) -> None:
    """Make a few rows one by one, as the site does."""
    for columns in rows:
        model.objects.create(**columns)  # type: ignore[attr-defined]
    _count_on(model)


def _insert(model: type[models.Model], count: int, expressions: dict[str, str]) -> None:
    table, named = model._meta.db_table, expressions
    if _is_numbered(model):
        named = {"id": "n"} | expressions
    others = [
        field
        for field in model._meta.concrete_fields
        if not field.null and not {field.column, f'"{field.column}"'} & named.keys()
    ]
    defaults = [_default(field) for field in others]
    columns = ", ".join([*named, *(f'"{field.column}"' for field in others)])
    values = ", ".join([*named.values(), *["%s"] * len(defaults)])
    values = values.replace("%", "%%").replace("%%s", "%s")
    statement = f"INSERT INTO {table} ({columns}) SELECT {values} FROM generate_series(1, %s) AS n"  # noqa: S608 (ours)
    with connection.cursor() as cursor:
        cursor.execute(statement, [*defaults, count])


def _is_numbered(model: type[models.Model]) -> bool:
    return model._meta.pk is not None and model._meta.pk.column == "id"


def _default(field: Any) -> Any:
    return field.get_db_prep_save(field.get_default(), connection)


@contextlib.contextmanager
def _without_indexes(tables: list[str]) -> Iterator[None]:
    """Take away what is slow to keep beside: indexes and constraints, but primary keys; then put
    them back."""
    with connection.cursor() as cursor:
        constraints = _asked(
            cursor,
            "SELECT conrelid::regclass::text, quote_ident(conname), pg_get_constraintdef(oid) "
            "FROM pg_constraint WHERE contype IN ('u', 'f') "
            "AND conrelid = ANY(%s::text[]::regclass[]) ORDER BY contype DESC",
            tables,
        )
        for table, name, _ in reversed(constraints):
            cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
        indexes = _asked(
            cursor,
            "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index "
            "WHERE NOT indisprimary AND indrelid = ANY(%s::text[]::regclass[])",
            tables,
        )
        for name, _ in indexes:
            cursor.execute(f"DROP INDEX {name}")
    yield
    with connection.cursor() as cursor:
        for _, definition in indexes:
            cursor.execute(definition)
        for table, name, definition in constraints:
            cursor.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}")


def _asked(cursor: Any, statement: str, tables: list[str]) -> list[tuple[str, ...]]:
    cursor.execute(statement, [tables])
    return list(cursor.fetchall())


def _count_on(model: type[models.Model]) -> None:
    """Have the next row's primary key follow the last one's."""
    table = model._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), max(id)) FROM {table}"  # noqa: S608 (ours)
        )


def _say(done: str) -> None:
    sys.stderr.write(f"Filled: {done}.\n")


if __name__ == "__main__":
    django.setup()
    if "organisation" in sys.argv:
        fill(organisation.ROWS, organisation.NAMED)
    else:
        fill(_ROWS, _NAMED)
