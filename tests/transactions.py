"""No call over the network, and no mail, inside of a transaction: others would decide for how long
its locks are held, and what is rolled back would have been told all the same.

Looked at is what all libraries of Python's call: requests, smtplib, urllib, a bare socket. psycopg
and SQLite reach the database beneath Python, and are not seen. (An audit hook, PEP 578, would be
called for much else, a thousand times a test.)

What is handed to a pool of threads there counts as a call: such threads have transactions of their
own, and their calls are waited for in this one all the same.
"""

import socket
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.core.mail.backends import locmem
from django.db import connections

_LOOK_UPS = ("getaddrinfo", "gethostbyname", "gethostbyname_ex")
_METHODS = ("connect_ex", "sendto")
_CACHES = ("redis.",)  # the cache is the site's own, as the database is

_found: list[str] = []


def _guard(owner: Any, name: str, told: int, of: str = "socket") -> None:
    """Refuse calls of the owner's function that are inside of a transaction; the argument `told`
    says where to."""
    call = getattr(owner, name)

    def look(*arguments: Any, **named: Any) -> Any:
        if _is_in_transaction() and not _is_of_cache():
            _refuse(f"{of}.{name} {[*arguments, *named.values()][told]}")
        return call(*arguments, **named)

    setattr(owner, name, look)


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

    for name in _LOOK_UPS:
        _guard(socket, name, 0)
    for name in _METHODS:
        _guard(socket.socket, name, -1)
    _guard(ThreadPoolExecutor, "submit", 1, of="pool")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(locmem.EmailBackend, "send_messages", look_and_send)
        yield


@pytest.fixture(autouse=True)
def calls_in_transactions() -> Iterator[list[str]]:
    """What the test called inside of transactions, in whichever thread: it fails for that."""
    _found.clear()
    _guard(socket.socket, "connect", -1)  # pytest-socket puts back its own after each test
    yield _found
    assert _found == []
