"""A receiver of webhooks on a port of this machine, which verifies as a stranger would."""

import base64
import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Receiver(ThreadingHTTPServer):
    """`answers` are the statuses of the next answers, 204 after those; `says` is their
    body, and `headers` are sent beside."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.heard: list[tuple[dict[str, str], bytes]] = []
        self.answers: list[int] = []
        self.says = b""
        self.headers: dict[str, str] = {}
        self.waits = threading.Event()
        self.waits.set()
        self.is_called = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/hooks"

    def bodies(self, secret: str) -> list[Any]:
        """What was heard, each verified."""
        return [verified(secret, headers, body) for headers, body in self.heard]


class _Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        told = {name.lower(): value for name, value in self.headers.items()}
        self.server.heard.append((told, body))
        self.server.is_called.set()
        self.server.waits.wait(5)
        status = self.server.answers.pop(0) if self.server.answers else 204
        self.send_response(status)
        if 300 <= status < 400:
            self.send_header("Location", self.server.url)
        for name, value in self.server.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(self.server.says)))
        self.end_headers()
        self.wfile.write(self.server.says)

    def log_message(self, *_: Any) -> None:
        pass


def verified(secret: str, headers: dict[str, str], body: bytes) -> Any:
    """Standard Webhooks, “Verifying webhook authenticity”, from its text."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = b".".join(
        (headers["webhook-id"].encode(), headers["webhook-timestamp"].encode(), body)
    )
    right = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    assert f"v1,{right}" in headers["webhook-signature"].split(" ")
    return json.loads(body)


@contextmanager
def receiving() -> Iterator[Receiver]:
    with Receiver() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield server
        server.waits.set()
        server.shutdown()
        thread.join()
