"""Empty the database after a test that was no transaction, in a fraction of the time that a flush
takes.

Django deletes the rows of each table and then has the rows of migrations made anew. On SQLite, what
was there before the first test is copied back as a whole, page by page. On PostgreSQL Django
truncates all tables in one statement, for which it makes each of them and each index anew, as a
file: a quarter of a second, for tables that hold a few rows or none.
"""

import sqlite3
from collections.abc import Iterable
from typing import Any

from django.db import connection
from django.db.backends.postgresql.operations import DatabaseOperations
from django.test import TransactionTestCase

_before_tests = sqlite3.connect(":memory:", check_same_thread=False)


def remember() -> None:
    """Keep what SQLite holds now: what each test is to find."""
    connection.connection.backup(_before_tests)


def put_back_in_place_of_flush(patch: Any) -> None:
    """Empty SQLite so until `patch` (pytest.MonkeyPatch) takes it back."""
    patch.setattr(TransactionTestCase, "_fixture_teardown", _put_back)


def _put_back(self: TransactionTestCase) -> None:
    connection.ensure_connection()
    _before_tests.backup(connection.connection)


def delete_in_place_of_truncate(patch: Any) -> None:
    """Set the statement of PostgreSQL's flush, until `patch` takes it back."""
    patch.setattr(DatabaseOperations, "sql_flush", _sql_flush)


def _sql_flush(
    self: DatabaseOperations, style: Any, tables: Iterable[str], **options: bool
) -> list[str]:
    """Return one string, sent at once. Foreign keys are looked at when all of it is done."""
    assert not any(options.values()), "nothing here asks for new sequences, or for a cascade"
    return ["; ".join(f"DELETE FROM {self.quote_name(table)}" for table in tables)]
