"""A client app's server, as the site calls it: it hears logout tokens on a port of this machine."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

import jwt
from django.test import Client as Browser


class Listener(ThreadingHTTPServer):
    """`answers` are the statuses of the next answers, 200 after those; `slow` comes before each."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.heard: list[str] = []
        self.answers: list[int] = []
        self.slow = 0.0

    @property
    def uri(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/signed-out"

    def claims(self) -> list[dict[str, Any]]:
        """What was heard, each verified as a client would: signature, type and times."""
        return [_verify(token) for token in self.heard]


class _Handler(BaseHTTPRequestHandler):
    server: Listener

    def do_POST(self) -> None:
        assert self.headers["Content-Type"] == "application/x-www-form-urlencoded"
        form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        assert list(form) == ["logout_token"]
        self.server.heard += form["logout_token"]
        time.sleep(self.server.slow)
        self.send_response(self.server.answers.pop(0) if self.server.answers else 200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        pass

    def handle(self) -> None:
        try:
            super().handle()
        except ConnectionError:  # the site did not wait for the answer
            self.close_connection = True


def _verify(token: str) -> dict[str, Any]:
    header = jwt.get_unverified_header(token)
    assert header["typ"] == "logout+jwt"
    keys = jwt.PyJWKSet.from_dict(Browser().get("/oauth/jwks/").json())
    options = {"verify_aud": False, "require": ["iss", "aud", "iat", "exp", "jti", "events"]}
    key = keys[header["kid"]]
    return jwt.decode(
        token, key, algorithms=[header["alg"]], issuer="http://testserver", options=options
    )


@contextmanager
def listening() -> Iterator[Listener]:
    with Listener() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield server
        server.shutdown()
        thread.join()
