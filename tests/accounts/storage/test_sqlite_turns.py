import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError
from django.db.utils import ConnectionHandler

from accounts.storage import sqlite_turns

pytestmark = pytest.mark.django_db  # which lets a test connect

ADD = "INSERT INTO line VALUES ('hello')"
LONG, SHORT = 9, 0.02  # seconds


@pytest.fixture
def file(tmp_path: Path) -> Path:
    with closing(sqlite3.connect(tmp_path / "lines")) as database:
        database.execute("CREATE TABLE line (text TEXT)")
    return tmp_path / "lines"


@pytest.fixture
def other(file: Path) -> Iterator[sqlite3.Connection]:
    """Another process, which writes."""
    with closing(sqlite3.connect(file, isolation_level=None, check_same_thread=False)) as database:
        database.execute("BEGIN IMMEDIATE")
        yield database


def connected(file: Path, seconds: float) -> Any:
    options = {"timeout": seconds, "transaction_mode": "IMMEDIATE"}
    of_file = {"ENGINE": "django.db.backends.sqlite3", "NAME": str(file), "OPTIONS": options}
    return ConnectionHandler({"default": of_file})["default"]


def test_who_writes_waits_until_another_one_has_written(
    file: Path, other: sqlite3.Connection
) -> None:
    with closing(connected(file, LONG)) as connection:
        threading.Timer(SHORT, other.commit).start()
        connection.cursor().execute(ADD)
        cursor = connection.cursor()
        assert cursor.execute("SELECT count(*) FROM line").fetchone() == (1,)
        told = connection.connection.execute("PRAGMA busy_timeout").fetchone()
        assert told == (1000 * LONG,)


def test_who_waits_for_longer_than_is_told_is_told_that_somebody_writes(
    file: Path, other: sqlite3.Connection
) -> None:
    with closing(connected(file, SHORT)) as connection:
        for in_front in (threading.Lock(), sqlite_turns._asking):  # nobody; another thread
            with in_front, pytest.raises(OperationalError, match="locked"):
                connection.cursor().execute("BEGIN IMMEDIATE")


def test_what_is_wrong_by_itself_is_not_asked_again(file: Path) -> None:
    connection = connected(file, LONG)
    with closing(connection), pytest.raises(OperationalError, match="no such table"):
        connection.cursor().execute("INSERT INTO nowhere VALUES (1)")
