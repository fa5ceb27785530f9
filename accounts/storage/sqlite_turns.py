"""Let those who write to SQLite take turns.

One of them writes at a time. SQLite has those who wait ask again after 1, 2, 5 and more
milliseconds, up to 100: who has waited longest asks most seldom, and who came later goes first, so
that one refresh in a hundred took as long as a hundred others. Here each asks every millisecond,
and of the threads of one process one does.
"""

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db.utils import OperationalError

_EVERY = 0.001  # seconds

_asking = threading.Lock()


def take_turns(connection: Any, **_: Any) -> None:
    """Take turns on a new connection (django.db.backends.signals.connection_created)."""
    if connection.vendor == "sqlite" and _in_turn not in connection.execute_wrappers:
        connection.execute_wrappers.append(_in_turn)


def _in_turn(
    execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]
) -> Any:
    """Execute what may have to wait: a transaction's begin, and what is written without one."""
    connection = context["connection"]
    if connection.in_atomic_block or sql.startswith("SELECT"):
        return execute(sql, params, many, context)

    def attempt() -> Any:
        return execute(sql, params, many, context)

    seconds: float = connection.settings_dict["OPTIONS"].get("timeout", 5)
    with _told_at_once(connection.connection, seconds):
        try:
            return attempt()
        except OperationalError as error:
            if not _is_busy(error):
                raise
        return _attempt_again(attempt, seconds)


def _attempt_again(attempt: Callable[[], Any], seconds: float) -> Any:
    ends = time.monotonic() + seconds
    is_asking = _asking.acquire(timeout=seconds)
    try:
        while True:
            try:
                return attempt()
            except OperationalError as error:
                if not _is_busy(error) or time.monotonic() > ends:
                    raise
            time.sleep(_EVERY)
    finally:
        if is_asking:
            _asking.release()


@contextmanager
def _told_at_once(database: sqlite3.Connection, seconds: float) -> Iterator[None]:
    """Have SQLite say at once that somebody else writes, where it would wait by itself."""
    database.execute("PRAGMA busy_timeout = 0")
    try:
        yield
    finally:
        database.execute(f"PRAGMA busy_timeout = {int(1000 * seconds)}")


def _is_busy(error: OperationalError) -> bool:
    code = getattr(error.__cause__, "sqlite_errorcode", 0)
    return bool(code & 0xFF == sqlite3.SQLITE_BUSY)  # the rest says what it is busy with
