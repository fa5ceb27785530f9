"""`python -m config.probe`, by which a container's engine learns whether a node lives."""

import http.server
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http import HTTPStatus

import pytest

from config.instance import BASE_DIR, HOST, free_ports
from config.probe import probe


class Node(http.server.BaseHTTPRequestHandler):
    status = HTTPStatus.OK

    def do_GET(self) -> None:
        self.send_response(self.status if self.path == "/livez" else HTTPStatus.NOT_FOUND)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def node() -> Iterator[int]:
    server = http.server.HTTPServer((HOST, 0), Node)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield server.server_port
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_node_that_answers_lives(node: int) -> None:
    environment = {"PATH": os.environ["PATH"], "PORT": str(node)}
    command = [sys.executable, "-m", "config.probe"]
    assert subprocess.run(command, cwd=BASE_DIR, env=environment).returncode == 0


def test_a_node_that_answers_with_an_error_does_not(
    node: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Node, "status", HTTPStatus.SERVICE_UNAVAILABLE)
    assert not probe(node)


def test_a_node_that_nobody_reaches_does_not() -> None:
    (port,) = free_ports(1)
    assert not probe(port)
