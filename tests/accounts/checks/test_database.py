"""A pooler between the site and PostgreSQL is found, and what then has to be set."""

import select
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.checks import run_checks
from django.db import connection

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="of PostgreSQL"),
]

_KEY = b"K\0\0\0\x0c"  # BackendKeyData: the number of the process, and what cancels for it


def found() -> set[str]:
    ids = {message.id or "" for message in run_checks(databases=["default"])}
    return ids & {"accounts.W008", "accounts.W009"}


def _relay(listener: socket.socket, there: str) -> None:
    """Pass one connection on as PgBouncer does: with a number of its own for the process."""
    client, _ = listener.accept()
    with client, socket.socket(socket.AF_UNIX) as server:
        server.connect(there)
        while True:
            for side in select.select([client, server], [], [])[0]:
                data = side.recv(65536)
                if not data:
                    return
                if side is client:
                    server.sendall(data)
                    continue
                at = data.find(_KEY) + len(_KEY)
                if at >= len(_KEY):
                    data = data[:at] + b"\x7f\0\0\0" + data[at + 4 :]
                client.sendall(data)


@pytest.fixture
def pooler(tmp_path: Path) -> Iterator[None]:
    connection.close()
    there = connection.settings_dict["HOST"]
    port = connection.settings_dict["PORT"] or "5432"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / f".s.PGSQL.{port}"))
        listener.listen()
        arguments = (listener, f"{there}/.s.PGSQL.{port}")
        relay = threading.Thread(target=_relay, args=arguments)
        relay.start()
        connection.settings_dict["HOST"] = str(tmp_path)
        yield
        connection.close()
        connection.settings_dict["HOST"] = there
        relay.join()


def test_statements_that_are_prepared_beyond_a_pooler_are_warned_of(
    pooler: None, settings: object
) -> None:
    assert found() == {"accounts.W008"}
    settings.DATABASE_PREPARED_STATEMENTS = False
    assert found() == set()


def test_statements_that_are_planned_anew_for_nothing_are_warned_of(settings: object) -> None:
    assert found() == set()
    settings.DATABASE_PREPARED_STATEMENTS = False
    assert found() == {"accounts.W009"}


def test_a_database_that_is_away_is_reported_by_whoever_needs_it(settings: object) -> None:
    settings.DATABASE_PREPARED_STATEMENTS = False
    connection.close()
    there = connection.settings_dict["HOST"]
    connection.settings_dict["HOST"] = "/nowhere"
    try:
        assert found() == set()
    finally:
        connection.settings_dict["HOST"] = there
