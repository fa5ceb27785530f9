"""A database that is migrated already: to migrate one takes longer than many a folder of tests.

One is kept for as long as what it is made of stays the same, and copied from then on: on SQLite a
file beside what else pytest remembers, on PostgreSQL the template of all others of its server.
Django applies to a copy what it should lack all the same.
"""

import contextlib
import fcntl
import hashlib
import os
import shutil
import sqlite3
from pathlib import Path
from typing import Any

import psycopg
from django.conf import settings
from django.db import connection

from config.instance import BASE_DIR
from tests.environment import DATA_DIR

# What decides on the tables of a new database, and on the rows that it begins with.
_MADE_OF = (
    *("accounts/**/migrations/*.py", "accounts/**/models/**/*.py", "accounts/storage/**/*.py"),
    *("requirements.lock", "tests/migrated.py"),
)
_CACHE = ".pytest_cache/d/migrated"  # what pytest makes of "migrated", in each project
_PREFIX = "latchkey_migrated_"
_TURN = 7_226_411  # of whoever may make the template on this server


def _key() -> str:
    said = hashlib.sha256("\n".join(settings.INSTALLED_APPS).encode())
    for file in sorted({file for pattern in _MADE_OF for file in BASE_DIR.glob(pattern)}):
        said.update(f"\0{file.relative_to(BASE_DIR)}\0".encode() + file.read_bytes())
    return said.hexdigest()[:16]


class File:
    """Of SQLite. Whoever finds none makes it, while all others wait for that. `path` is this run's
    own, which nobody takes away.
    """

    path = Path(f"{DATA_DIR}/migrated.sqlite3")

    def __init__(self, cache: Path) -> None:
        self._kept = cache / f"{_key()}.sqlite3"
        self._turn = (cache / "turn").open("w")  # of whoever may make it

    def lend(self, test: dict[str, Any]) -> None:
        """Begin on a copy of it, in a file as the site's: one in memory knows no rival writers."""
        test["NAME"] = f"{DATA_DIR}/test.sqlite3"
        fcntl.flock(self._turn, fcntl.LOCK_EX)
        with contextlib.suppress(FileNotFoundError):
            shutil.copy(self._kept, self.path)
            shutil.copy(self.path, test["NAME"])
            self._turn.close()

    def keep(self) -> None:
        """Keep what the connection's database is now, unless it began on a copy."""
        if self.path.exists():
            return
        with contextlib.closing(sqlite3.connect(self.path)) as copy:
            connection.connection.backup(copy)
        for of_before in self._kept.parent.glob("*.sqlite3"):
            of_before.unlink(missing_ok=True)
        half = self._kept.with_suffix(f".{os.getpid()}")
        shutil.copy(self.path, half)
        half.rename(self._kept)
        self._turn.close()

    def close(self) -> None:
        """Let others make it, where no test of this run asked for a database."""
        self._turn.close()

    @classmethod
    def give(cls, project: Path) -> None:
        """Have the tests of a copy of this project begin on it, too."""
        if cls.path.exists():
            kept = project / _CACHE
            kept.mkdir(parents=True)
            shutil.copy(cls.path, kept / f"{_key()}.sqlite3")


class Template:
    """Of PostgreSQL. Whoever finds none makes it, while all others wait for that."""

    def __init__(self) -> None:
        self._name = _PREFIX + _key()

    def lend(self, test: dict[str, Any]) -> None:
        """Begin on a copy of it."""
        self._maker = server()
        self._maker.execute("SELECT pg_advisory_lock(%s)", [_TURN])
        if self._name in self._all():
            test["TEMPLATE"] = self._name
            self._maker.close()

    def keep(self) -> None:
        """Keep what the connection's database is now, unless it began on a copy."""
        if self._maker.closed:
            return
        for of_before in self._all():
            self._maker.execute(f'DROP DATABASE "{of_before}"')
        made = connection.settings_dict["NAME"]
        connection.close()  # PostgreSQL copies no database that somebody is in
        self._maker.execute(f'CREATE DATABASE "{self._name}" TEMPLATE "{made}"')
        self._maker.close()

    def _all(self) -> list[str]:
        asked = "SELECT datname FROM pg_database WHERE starts_with(datname, %s)"
        return [name for (name,) in self._maker.execute(asked, [_PREFIX])]

    def copy(self, name: str) -> None:
        with server() as admin:
            admin.execute(f'CREATE DATABASE "{name}" TEMPLATE "{self._name}"')


def server() -> psycopg.Connection:
    """Connect to where databases are made."""
    url = os.environ["DATABASE_URL"].replace("postgres://", "postgresql://", 1)
    return psycopg.connect(url, autocommit=True)
