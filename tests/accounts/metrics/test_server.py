"""The port: what is told there, to whoever asks, and that nobody holds it."""

import http.client
import socket
from collections.abc import Iterator
from typing import Any

import pytest

from accounts.metrics import kinds, server
from accounts.metrics.declared import LIMITS
from tests.metrics import Metrics


@pytest.fixture(scope="module")
def _port() -> Iterator[int]:
    listening = server.listen("127.0.0.1", 0)
    shown = server.serve(listening, kinds.measured)
    yield listening.getsockname()[1]
    shown.stop()


@pytest.fixture
def port(_port: int, metrics: Metrics) -> int:
    return _port


def call(port: int, method: str, path: str, **headers: str) -> tuple[int, dict[str, str], str]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request(method, path, headers=headers)
        response = connection.getresponse()
        return response.status, dict(response.headers), response.read().decode()
    finally:
        connection.close()


def test_prometheus_is_told_what_was_counted(port: int) -> None:
    LIMITS.count("token")
    status, headers, body = call(port, "GET", "/metrics")

    assert status == 200
    assert headers["Content-Type"].startswith("text/plain; version=0.0.4")
    assert headers["Cache-Control"] == "no-store"
    assert 'latchkey_limit_refusals_total{limit="token"} 1.0' in body.splitlines()
    assert "# HELP latchkey_limit_refusals_total What was refused as it came too often." in body


def test_open_metrics_are_told_to_whoever_asks_for_them(port: int) -> None:
    LIMITS.count("token")
    _, headers, body = call(port, "GET", "/metrics", Accept="application/openmetrics-text")
    assert headers["Content-Type"].startswith("application/openmetrics-text")
    assert body.endswith("# EOF\n")


def test_head_says_how_long_the_answer_is(port: int) -> None:
    status, headers, body = call(port, "HEAD", "/metrics")
    assert (status, body) == (200, "")
    assert int(headers["Content-Length"]) > 0


@pytest.mark.parametrize("path", ["/", "/metrics/", "/accounts/login/"])
def test_nothing_else_is_there(port: int, path: str) -> None:
    assert call(port, "GET", path)[0] == 404


def test_nothing_is_changed_there(port: int) -> None:
    assert call(port, "POST", "/metrics")[0] == 501


def test_whoever_says_nothing_holds_nobody_up(port: int) -> None:
    with (
        socket.create_connection(("127.0.0.1", port)),
        socket.create_connection(("127.0.0.1", port)),
    ):
        assert call(port, "GET", "/metrics")[0] == 200


def test_a_fault_is_logged_and_the_next_is_answered(
    metrics: Metrics, caplog: pytest.LogCaptureFixture
) -> None:
    answers: list[Any] = [[]]

    listening = server.listen("127.0.0.1", 0)
    shown = server.serve(listening, lambda: answers.pop())
    port = listening.getsockname()[1]
    try:
        assert call(port, "GET", "/metrics")[0] == 200
        with pytest.raises(http.client.RemoteDisconnected):
            call(port, "GET", "/metrics")
        answers.append([])
        assert call(port, "GET", "/metrics")[0] == 200
    finally:
        shown.stop()

    assert ["scrape_failed" in str(record.msg) for record in caplog.records] == [True]
