"""No call over the network, and no mail, inside of a transaction: others would decide for how long
its locks are held, and what is rolled back would have been told all the same.

Python says of every connection and every look-up of a name that it is about to be made (PEP 578),
whichever library makes it: requests, smtplib, urllib, a bare socket. psycopg and SQLite reach the
database beneath Python, and are not seen.
"""

import sys
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.mail.backends import locmem
from django.db import connections

_CALLS = {"socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto"}
_CACHES = ("redis.",)  # the cache is the site's own, as the database is

_found: list[str] = []


def _look(event: str, arguments: tuple[Any, ...]) -> None:
    if event in _CALLS and _is_in_transaction() and not _is_of_cache():
        _refuse(f"{event} {arguments[-1] if event == 'socket.connect' else arguments[0]}")


def _is_in_transaction() -> bool:
    """Whether this thread is inside of an atomic() but that which pytest-django wraps a test in."""
    return any(
        not block._from_testcase
        for connection in connections.all(initialized_only=True)
        for block in connection.atomic_blocks
    )


def _is_of_cache() -> bool:
    frame: Any = sys._getframe()
    while frame := frame.f_back:
        if frame.f_globals.get("__name__", "").startswith(_CACHES):
            return True
    return False


def _refuse(what: str) -> None:
    _found.append(what)
    # No Exception, which the caller could take for a call that failed.
    pytest.fail(f"A call inside of a transaction: {what}")


@pytest.fixture(scope="session", autouse=True)
def _looking() -> Iterator[None]:
    """Look at mail, too, that Django keeps for a test in place of sending it."""
    send = locmem.EmailBackend.send_messages

    def look_and_send(backend: locmem.EmailBackend, messages: Any) -> int:
        if _is_in_transaction():
            _refuse("a mail")
        return send(backend, messages)

    sys.addaudithook(_look)  # for good: there is no way to take it back
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(locmem.EmailBackend, "send_messages", look_and_send)
        yield


@pytest.fixture(autouse=True)
def calls_in_transactions() -> Iterator[list[str]]:
    """What the test called inside of transactions, in whichever thread: it fails for that."""
    _found.clear()
    yield _found
    assert _found == []
