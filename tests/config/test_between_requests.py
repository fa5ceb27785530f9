"""Between requests the server looks after its one connection, and does nothing else."""

from collections.abc import Iterator

import pytest
from django.conf import settings
from django.core.signals import request_finished, request_started
from django.db import DEFAULT_DB_ALIAS, connection
from django.test import Client

from config import between_requests

SIGNALS = (request_started, request_finished)


@pytest.fixture
def _taken_over() -> Iterator[None]:
    before = [list(signal.receivers) for signal in SIGNALS]
    between_requests.take_over()
    yield
    for signal, receivers in zip(SIGNALS, before, strict=True):
        signal.receivers = receivers


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("_taken_over")
def test_a_connection_that_failed_is_closed_after_the_request() -> None:
    assert list(settings.DATABASES) == [DEFAULT_DB_ALIAS]
    assert [len(signal.receivers) for signal in SIGNALS] == [1, 1]
    connection.ensure_connection()
    connection.errors_occurred = connection.health_check_done = True
    Client().get("/api/v1/me")
    # Closed where it is a server that failed; looked at, and found well, where it is a file.
    assert connection.connection is None or not connection.errors_occurred
