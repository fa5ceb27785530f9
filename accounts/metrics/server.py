"""Show metrics over HTTP, on a port of their own: `GET /metrics`, as Prometheus asks for it.

Each process that serves takes connections from the same listening socket, in a thread that does
nothing else. So the answer comes while every request thread is busy, and from whichever process is
alive. Whoever reaches the port may read: it is for the network of the operators alone.
"""

import contextlib
import socket
import sys
from collections.abc import Callable, Iterable
from http.server import BaseHTTPRequestHandler
from socketserver import BaseServer, ThreadingMixIn
from threading import Thread
from typing import Any

import structlog

READ_SECONDS = 5.0  # for the other side to send its request, and to take the answer
_SAMPLED_EVERY = 0.5  # seconds

log = structlog.get_logger("metrics")

Collect = Callable[[], Iterable[Any]]


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens there. Raises OSError where that is not possible."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family)


def serve(
    listening: socket.socket, collect: Collect, sample: Callable[[], None] = lambda: None
) -> "Server":
    """Answer from a thread of this process. `sample` is called there twice a second, to note what
    cannot be counted as it happens."""
    server = Server(listening, collect, sample)
    Thread(target=server.serve_forever, args=[_SAMPLED_EVERY], name="metrics", daemon=True).start()
    return server


class Server(ThreadingMixIn, BaseServer):
    daemon_threads = True

    def __init__(
        self, listening: socket.socket, collect: Collect, sample: Callable[[], None]
    ) -> None:
        super().__init__(listening.getsockname(), Handler)
        listening.setblocking(False)  # another process may be quicker
        self.socket, self.collect, self._sample = listening, collect, sample

    def stop(self) -> None:
        self.shutdown()
        self.socket.close()

    def fileno(self) -> int:
        return self.socket.fileno()

    def get_request(self) -> Any:
        return self.socket.accept()

    def service_actions(self) -> None:
        self._sample()

    def shutdown_request(self, request: Any) -> None:
        with contextlib.suppress(OSError):
            request.shutdown(socket.SHUT_WR)
        request.close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exception(), OSError):  # it went away, or took too long
            log.exception("scrape_failed")


class Handler(BaseHTTPRequestHandler):
    server: Server
    timeout = READ_SECONDS
    server_version, sys_version = "Latchkey", ""

    def do_GET(self) -> None:
        if self.path.partition("?")[0] != "/metrics":
            self._answer(404, "text/plain; charset=utf-8", b"Metrics are at /metrics.\n")
            return
        from prometheus_client.exposition import choose_encoder

        encode, content_type = choose_encoder(self.headers.get("Accept", ""))
        self._answer(200, content_type, encode(_Once(self.server.collect)))

    do_HEAD = do_GET  # noqa: N815 (as BaseHTTPRequestHandler calls it)

    def _answer(self, status: int, content_type: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.send_header("X-Content-Type-Options", "nosniff")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Log nothing: it would be a line every few seconds."""


class _Once:
    """Hand what was collected to one of the library's encoders, which ask a registry."""

    def __init__(self, collect: Collect) -> None:
        self.collect = collect
