"""Hold a connection: what has arrived of its next request, and what is yet to be sent."""

import contextlib
import socket
from collections.abc import Callable
from typing import Any

from gunicorn.http.errors import NoMoreData
from gunicorn.workers.gthread import TConn

from config.web_worker.arrival import Arrival, State
from config.web_worker.plain import Parser, Reader, Request

PIECE = 64 * 1024  # bytes that are received, or sent, at once


class Socket(socket.socket):
    """Send without ever blocking. What cannot be sent at once waits in `unsent`."""

    def __init__(self, accepted: socket.socket) -> None:
        super().__init__(fileno=accepted.detach())
        self.unsent = bytearray()
        self.has_begun = False  # with an answer to the request at hand
        super().setblocking(False)

    def setblocking(self, flag: bool) -> None:
        """Stay as it is, whatever gunicorn's worker asks for."""

    def settimeout(self, value: float | None) -> None:
        """Keep to what there is, whatever it asks for."""

    def sendall(self, data: Any, flags: int = 0) -> None:
        self.has_begun = True
        self.unsent += data
        self.send_on()

    def send_on(self) -> None:
        """Send what fits. Raises OSError where the other side is gone."""
        with contextlib.suppress(BlockingIOError):
            while self.unsent:
                del self.unsent[: self.send(self.unsent[:PIECE])]


class Connection(TConn):
    """Hold a connection, what has arrived of its next request, and until when that may take."""

    sock: Socket

    def __init__(
        self, reader: Reader, cfg: Any, sock: Socket, client: Any, server: Any, largest: int
    ) -> None:
        super().__init__(cfg, sock, client, server)
        self.reader = reader
        self.parser = Parser(cfg, sock, client, self._next)
        self.parser.unreader.chunk = _nothing
        self.data_ready = True  # whenever a thread gets it
        self.deadline = 0.0
        self.late: Callable[[], None] = self.close  # what to do then
        self.largest_body = largest
        self.is_too_large = self.is_kept = False
        self.begin()

    def begin(self, already: bytes = b"") -> State:
        """Wait for a request, of which some may have come with the one before."""
        self.arrival = Arrival(self.largest_body)
        return self.arrival.feed(already)

    def _next(self) -> Request | None:
        """Take the request that has arrived, or give gunicorn's parser what there is, and nothing
        to wait for beyond."""
        self.sock.has_begun = False
        found = self._plain()
        unread = self.arrival.data if found is None else found.rest
        if unread:
            self.parser.unreader.unread(bytes(unread))
        self.arrival.data.clear()
        return found

    def _plain(self) -> Request | None:
        if self.is_too_large:
            return None
        return self.reader.read(self.arrival, self.client, self.server)


def _nothing(size_hint: int | None = None) -> bytes:
    raise NoMoreData
