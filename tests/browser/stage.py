"""The stage that the states of the pages are played on: a site, and its cast put back before each.

Making the cast anew for each state and emptying the tables after it costs more than looking at most
pages does. So it is made once, and the database's file is put back from a copy.
"""

import contextlib
import copy
import sqlite3
from collections.abc import Callable, Iterator
from typing import Any

from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.db import connection
from django.test.testcases import LiveServerThread

from tests.browser.cast import Cast, assemble


def open_every_page(settings: Any) -> None:
    """Set what pages are there for, of those that a site need not have."""
    settings.INVITATIONS = "people"


class Stage:
    """A site in this process, at `url`, on SQLite alone."""

    def __init__(self, url: str, cast: Cast) -> None:
        self.url = url
        self._cast = cast
        self._full = _copy_of_database()

    def cast(self) -> Any:
        """Put everybody and everything back as it was made; return them."""
        _put_back(self._full)
        return copy.deepcopy(self._cast)


@contextlib.contextmanager
def set_up(assemble: Callable[[], Cast] = assemble) -> Iterator[Stage]:
    """Serve a stage with the cast that `assemble` makes, on a database that is left as it was
    found."""
    found = _copy_of_database()
    server = LiveServerThread("localhost", static_handler=StaticFilesHandler)
    server.daemon = True
    server.start()
    server.is_ready.wait()
    try:
        yield Stage(f"http://localhost:{server.port}", assemble())
    finally:
        server.terminate()
        _put_back(found)


def _database() -> sqlite3.Connection:
    connection.ensure_connection()
    return connection.connection


def _copy_of_database() -> sqlite3.Connection:
    kept = sqlite3.connect(":memory:")
    _database().backup(kept)
    return kept


def _put_back(kept: sqlite3.Connection) -> None:
    kept.backup(_database())
