"""The guard (tests/transactions) fails every test that makes a call inside of a transaction."""

import contextlib
import smtplib
import socket
import threading
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests
from django.core.mail import send_mail
from django.db import connection, transaction

pytestmark = pytest.mark.django_db

REFUSED = "A call inside of a transaction"


@pytest.fixture
def port() -> Iterator[int]:
    """Where somebody listens, and hangs up."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def hang_up() -> None:
            while True:
                try:
                    server.accept()[0].close()
                except OSError:  # closed
                    return

        thread = threading.Thread(target=hang_up, daemon=True)
        thread.start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)
        thread.join()


def by_a_pool(port: int) -> None:
    with ThreadPoolExecutor(1) as pool:
        pool.submit(CALLS["socket"], port).result()


CALLS: dict[str, Callable[[int], object]] = {
    "a pool": by_a_pool,
    "socket": lambda port: socket.create_connection(("127.0.0.1", port)).close(),
    "requests": lambda port: requests.get(f"http://127.0.0.1:{port}/", timeout=5),
    "urllib": lambda port: urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5),
    "smtplib": lambda port: smtplib.SMTP("127.0.0.1", port, timeout=5),
    "a name": lambda _: socket.getaddrinfo("localhost", None),
    "mail": lambda _: send_mail("Hello", "Hello.", "a@example.com", ["b@example.com"]),
}


@pytest.fixture(params=CALLS)
def call(request: pytest.FixtureRequest, port: int) -> Callable[[], object]:
    return lambda: CALLS[request.param](port)


def test_a_call_inside_of_a_transaction_fails_the_test(
    call: Callable[[], object], calls_in_transactions: list[str]
) -> None:
    with pytest.raises(pytest.fail.Exception, match=REFUSED), transaction.atomic():
        call()
    assert len(calls_in_transactions) == 1
    calls_in_transactions.clear()


def test_nobody_can_take_it_for_a_call_that_failed(
    call: Callable[[], object], calls_in_transactions: list[str]
) -> None:
    with (
        pytest.raises(pytest.fail.Exception, match=REFUSED),
        transaction.atomic(),
        contextlib.suppress(Exception),
    ):
        call()
    calls_in_transactions.clear()


def test_a_savepoint_is_inside_of_a_transaction_too(
    port: int, calls_in_transactions: list[str]
) -> None:
    with (
        pytest.raises(pytest.fail.Exception, match=REFUSED),
        transaction.atomic(),
        transaction.atomic(),
    ):
        CALLS["socket"](port)
    calls_in_transactions.clear()


@pytest.mark.django_db(transaction=True)
def test_a_call_that_another_thread_makes_there_is_noted(
    port: int, calls_in_transactions: list[str]
) -> None:
    """As a live server's threads do, whose exceptions no test sees."""

    def work() -> None:
        try:
            with pytest.raises(pytest.fail.Exception), transaction.atomic():
                CALLS["socket"](port)
        finally:
            connection.close()

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert calls_in_transactions == ["socket.getaddrinfo 127.0.0.1"]
    calls_in_transactions.clear()


@pytest.mark.parametrize("name", ["socket", "a name", "mail"])
def test_a_call_before_or_after_one_is_no_ones_business(port: int, name: str) -> None:
    CALLS[name](port)
    with transaction.atomic():
        pass
    CALLS[name](port)


@pytest.mark.django_db(transaction=True)
def test_a_call_once_it_is_committed_is_outside_of_it(port: int) -> None:
    with transaction.atomic():
        transaction.on_commit(lambda: CALLS["socket"](port))
        transaction.on_commit(lambda: CALLS["mail"](port))
