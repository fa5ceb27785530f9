"""Copy, check and exchange the file of an SQLite database, whole or not at all.

A database in use is its file and what lies beside it (-wal, -shm): the file alone may lack the
last commits, and one put in its place would be read together with what belongs to another. So a
copy is made by SQLite itself, and a file is exchanged while nobody else has it open.
"""

import contextlib
import os
import secrets
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from django.db.backends.base.base import BaseDatabaseWrapper

_BESIDE = ("-wal", "-shm", "-journal")


class UnusableFileError(Exception):
    """Report, in words for the terminal, why a file cannot be used."""


def copy_to(connection: BaseDatabaseWrapper, path: Path) -> None:
    """Write all that is committed to a new file, as of one moment, beside whoever reads and writes.

    Nobody but its owner may read it, and it appears under its name when it is whole.
    """
    with draft_of(path) as draft:
        with connection.cursor() as cursor:
            cursor.execute("VACUUM INTO %s", [str(draft)])  # without what was deleted
        check(draft)
        put(draft, path)


@contextlib.contextmanager
def draft_of(path: Path) -> Iterator[Path]:
    """Make an empty file beside `path` that nobody else may read; it is gone in the end, with what
    SQLite has put beside it, unless it has been put somewhere."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        os.close(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    except OSError as error:
        raise UnusableFileError(f"{path.parent}: {error.strerror}.") from error
    try:
        yield draft
    finally:
        for each in (draft, *beside(draft)):
            each.unlink(missing_ok=True)


def put(draft: Path, path: Path) -> None:
    """Give `draft` its name, once all of it is on the disk."""
    for each in (draft, draft.parent):
        descriptor = os.open(each, os.O_RDONLY)
        os.fsync(descriptor)
        os.close(descriptor)
    draft.rename(path)


def beside(path: Path) -> list[Path]:
    """Return what SQLite may keep beside a database."""
    return [path.with_name(path.name + ending) for ending in _BESIDE]


def check(path: Path) -> None:
    """Check a file that nobody writes to. Raises UnusableFileError where it is no whole database,
    or one in use."""
    if any(each.exists() and each.stat().st_size for each in beside(path)):
        raise UnusableFileError(f"{path} is a database in use, and not a copy of one.")
    try:
        with opened(path) as database:
            found = [row[0] for row in database.execute("PRAGMA integrity_check(1)")]
            broken = database.execute("PRAGMA foreign_key_check").fetchone()
    except sqlite3.Error as error:
        raise UnusableFileError(f"{path} cannot be read as a database: {error}.") from error
    if found != ["ok"] or broken:
        raise UnusableFileError(f"{path} is damaged: {found[0] if found != ['ok'] else broken}.")


@contextlib.contextmanager
def opened(path: Path) -> Iterator[sqlite3.Connection]:
    """Open a file that nobody writes to, to read it: nothing appears beside it."""
    uri = f"{path.resolve().as_uri()}?mode=ro&immutable=1"
    with contextlib.closing(sqlite3.connect(uri, uri=True)) as database:
        yield database


@contextlib.contextmanager
def held(path: Path) -> Iterator[sqlite3.Connection | None]:
    """Hold the database at `path` alone, with all that is committed in its file; None where there
    is no database.

    Raises UnusableFileError while anybody else has it open. A damaged one can be held by nobody:
    whatever is asked of it raises sqlite3.DatabaseError.
    """
    if not path.exists():
        yield None
        return
    connected = sqlite3.connect(path, timeout=0, isolation_level=None)
    with contextlib.closing(connected) as database:
        _lock(database, path)
        yield database


def _lock(database: sqlite3.Connection, path: Path) -> None:
    try:
        database.execute("PRAGMA journal_mode = DELETE")  # what is in -wal goes into the file
        database.execute("PRAGMA locking_mode = EXCLUSIVE")
        database.execute("BEGIN EXCLUSIVE")
    except sqlite3.DatabaseError as error:
        if error.sqlite_errorcode in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            words = f"{path} is in use. Stop the site and its background workers first."
            raise UnusableFileError(words) from error


def exchange(draft: Path, path: Path, kept: Path) -> None:
    """Put `draft` in the place of the database at `path`, which is held, and keep that one, if
    there is one, as `kept`."""
    if path.exists():
        os.link(path, kept)  # so that there is one at every moment
        for old, new in zip(beside(path), beside(kept), strict=True):
            if old.exists():  # of a damaged one
                shutil.move(old, new)
    put(draft, path)
