"""Make several writes at once: by one statement where the database can do that.

Each statement is a round trip, and each round trip costs this process and PostgreSQL more than the
row does. PostgreSQL therefore gets them as parts of one statement (WITH), which is all or none by
itself and needs no transaction around it. SQLite knows no such statement, and needs none: it is in
the process, and there they follow one another in a transaction.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from django.db import connection, transaction


class Write(NamedTuple):
    """Hold one INSERT, UPDATE or DELETE with its parameters, yet to be made."""

    statement: str
    parameters: Sequence[Any]


def write(*writes: Write) -> Any:
    """Make all of `writes` or none, and return the value that the last one returns.

    Each is of rows of its own: on PostgreSQL none sees what another one does.
    """
    if len(writes) > 1 and connection.vendor != "postgresql":
        with transaction.atomic(savepoint=False):
            return [_execute(*each) for each in writes][-1]
    parameters = [value for each in writes for value in each.parameters]
    return _execute(_together(tuple(each.statement for each in writes)), parameters)


@lru_cache(maxsize=64)
def _together(statements: tuple[str, ...]) -> str:
    *others, last = statements
    if not others:
        return last
    parts = ", ".join(f"write_{number} AS ({text})" for number, text in enumerate(others))
    return f"WITH {parts} {last}"


def _execute(statement: str, parameters: Sequence[Any]) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return cursor.fetchone()[0] if cursor.description else None
