"""Run gunicorn's worker with threads in such a way that nobody who is slow holds one of them.

A thread gets a request when all of it has arrived, and is free when its answer is made. Whoever
sends slowly, or nothing, or reads slowly, waits in the event loop of the worker, which bears many,
and each for a time that nothing prolongs. As gunicorn comes, eight connections that send a body
and stop hold all of 2 x 4 threads for as long as they like.

A request that waits for somebody else, such as a third party, has a thread that does not count
(config/web_worker/threads.py).

The workers share connections out among them (config/web_worker/turns.py).

At SIGTERM the worker takes what the kernel has accepted, answers it with `Connection: close`, and
then ends. It speaks no TLS: that is the proxy's.
"""

import contextlib
import selectors
import socket
import time
from collections.abc import Callable
from functools import partial
from http import HTTPStatus
from typing import Any

from gunicorn.workers.gthread import ThreadWorker

from accounts.network import waiting
from config.web_worker.arrival import State
from config.web_worker.connection import PIECE, Connection, Socket
from config.web_worker.plain import Answer, Reader, Request
from config.web_worker.refusal import StatusOnly, refusal
from config.web_worker.threads import Threads
from config.web_worker.turns import AGAIN_SECONDS, Turn

ANSWER_SECONDS = 60.0  # from the first byte of an answer to its last
LINGER_SECONDS = 2.0  # for the other side to close (RFC 9112 section 9.6), and to send the last
MOST_HELD = 64 * 1024 * 1024  # bytes of unfinished requests in one worker
_BEFORE_FORCE = 0.5  # gunicorn kills a worker that has not ended after graceful_timeout
_TICK = 0.2  # seconds after which it is looked again who is late


class Worker(ThreadWorker):
    turn: Turn  # from config.gunicorn
    _accepting: bool

    @classmethod
    def check_config(cls, cfg: Any, log: Any) -> None:
        super().check_config(cfg, log)
        if cfg.is_ssl:
            raise RuntimeError("The server speaks no TLS: let a proxy in front of it do that.")

    def init_process(self) -> None:
        from django.conf import settings

        self.largest_body = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        self.request_seconds = settings.WEB_REQUEST_SECONDS
        self.reader = Reader(self.cfg)
        self.waiting: set[Connection] = set()
        self.held = 0
        self.swept = 0.0
        self.asks_again: float | None = None  # whether the next connection is for this worker
        self.turn.note(0)
        super().init_process()

    def get_thread_pool(self) -> Threads:
        from django.conf import settings

        threads = Threads(self.cfg.threads, self._handle, most_away=settings.WEB_CALLS)
        waiting.take_place(threads.away_for)
        return threads

    def enqueue_req(self, conn: Connection) -> None:
        self.tpool.give(conn)

    def _handle(self, conn: Connection) -> None:
        """Answer a request, in a thread, and have the loop go on with its connection."""
        is_kept = False
        try:
            is_kept = bool(self.handle(conn))
        finally:
            self.method_queue.defer(self.finish_request, conn, is_kept)

    def load(self) -> tuple[int, int, int]:
        """Return how many connections are open, how many of them have a request that is in a thread
        or waits for one, and how many a request that waits for somebody else."""
        away = self.tpool.away
        return self.nr_conns, max(0, self.nr_conns - len(self.waiting) - away), away

    # --- the loop ---

    def run(self) -> None:
        wake = self.method_queue
        self.poller.register(wake.fileno(), selectors.EVENT_READ, wake.run_callbacks)
        while self.alive and self.is_parent_alive():
            self.set_accept_enabled(self._may_accept())
            self._turn()
        self._stop_listening()
        self._drain()
        self.tpool.shutdown(wait=False)
        self.poller.close()
        self.method_queue.close()

    def _may_accept(self) -> bool:
        if self.asks_again is not None and time.monotonic() >= self.asks_again:
            self.asks_again = None
        return self.asks_again is None and self.nr_conns < self.worker_connections

    def set_accept_enabled(self, enabled: bool) -> None:
        """Have the loop offer connections, or not: each is another worker's where it has fewer."""
        if enabled == self._accepting:
            return
        for listener in self.sockets:
            if enabled:
                listener.setblocking(False)
                self.poller.register(listener, selectors.EVENT_READ, self._offer)
            else:
                self.poller.unregister(listener)
        self._accepting = enabled

    def _offer(self, listener: Any) -> None:
        now = time.monotonic()
        if self.turn.is_mine(self.nr_conns, now):
            self.accept(listener)
        else:
            self.asks_again = now + AGAIN_SECONDS

    def _count(self, more: int) -> None:
        self.nr_conns += more
        self.turn.note(self.nr_conns)

    def _turn(self) -> None:
        self.wait_for_and_dispatch_events(_TICK if self.asks_again is None else AGAIN_SECONDS)
        now = time.monotonic()
        if now < self.swept + _TICK:
            return
        self.swept = now
        self.notify()
        for conn in [conn for conn in self.waiting if conn.deadline <= now]:
            conn.late()

    def _stop_listening(self) -> None:
        """Take the connections that the kernel has made, as closing the socket would reset them."""
        self.set_accept_enabled(False)
        self.turn.leave()
        for listener in self.sockets:
            listener.setblocking(False)
            while self.accept(listener):
                pass
            listener.close()

    def _drain(self) -> None:
        """Answer what is under way. Kept connections get as long as a request may be on its way:
        it would be lost if they were closed at once."""
        now = time.monotonic()
        ends = now + self.cfg.graceful_timeout - _BEFORE_FORCE
        for conn in self.waiting:
            if not conn.arrival.data:
                conn.deadline = min(conn.deadline, now + LINGER_SECONDS)
        while self.nr_conns > 0 and time.monotonic() < ends:
            self._turn()

    # --- one connection, in the loop ---

    def accept(self, listener: Any) -> bool:
        """Accept one connection and wait for its request; False where there is none."""
        try:
            accepted, address = listener.accept()
        except (BlockingIOError, ConnectionAbortedError):
            return False
        self._count(+1)
        sock, server = Socket(accepted), listener.getsockname()
        conn = Connection(self.reader, self.cfg, sock, address, server, self.largest_body)
        self._wait(conn, self.request_seconds, self._receive, partial(self._time_out, conn))
        return True

    def _wait(
        self,
        conn: Connection,
        seconds: float,
        then: Callable[[Connection], None],
        late: Callable[[], None],
        event: int = selectors.EVENT_READ,
    ) -> None:
        conn.deadline, conn.late = time.monotonic() + seconds, late
        self.waiting.add(conn)
        self.poller.register(conn.sock, event, lambda _: then(conn))

    def _leave(self, conn: Connection) -> None:
        """Wait no more for `conn`: the next step has come."""
        self.waiting.discard(conn)
        self.poller.unregister(conn.sock)

    def _receive(self, conn: Connection) -> None:
        try:
            data = conn.sock.recv(PIECE)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._drop(conn)
            return
        if not conn.arrival.data:
            conn.deadline = time.monotonic() + self.request_seconds
        self.held += len(data)
        self._judge(conn, conn.arrival.feed(data))

    def _judge(self, conn: Connection, state: State) -> None:
        if state is State.HEAD_TOO_LARGE:
            self._refuse(conn, HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
        elif state is not State.WAITING:
            self._leave(conn)
            self.held -= len(conn.arrival.data)
            conn.is_too_large = state is State.TOO_LARGE
            self.enqueue_req(conn)
        elif self.held > MOST_HELD:
            self._refuse(conn, HTTPStatus.SERVICE_UNAVAILABLE)
        elif conn.arrival.waits_for_continue:
            conn.arrival.waits_for_continue = False
            self._send(conn, b"HTTP/1.1 100 Continue\r\n\r\n")

    def _time_out(self, conn: Connection) -> None:
        if conn.arrival.data:
            self._refuse(conn, HTTPStatus.REQUEST_TIMEOUT)
        else:
            self._drop(conn)

    def _refuse(self, conn: Connection, status: HTTPStatus) -> None:
        """Answer without the site: there is no request yet that it could be asked."""
        self._leave(conn)
        self.held -= len(conn.arrival.data)
        conn.arrival.data.clear()
        self._send(conn, refusal(status))
        self._close(conn)

    def _send(self, conn: Connection, data: bytes) -> None:
        with contextlib.suppress(OSError):  # gone: reading will tell
            conn.sock.sendall(data)

    # --- after the answer is made ---

    def finish_request(self, conn: Connection, made: bool) -> None:
        conn.is_kept = made
        self._send_rest(conn)

    def _send_rest(self, conn: Connection) -> None:
        try:
            conn.sock.send_on()
        except OSError:
            self._forget(conn)
            return
        if conn.sock.unsent:
            late, go_on = partial(self._drop, conn), self._send_more
            self._wait(conn, ANSWER_SECONDS, go_on, late, selectors.EVENT_WRITE)
        elif conn.is_kept:
            self._await_next(conn)
        else:
            self._close(conn)

    def _send_more(self, conn: Connection) -> None:
        with contextlib.suppress(OSError):
            conn.sock.send_on()
            if conn.sock.unsent:
                return
        self._leave(conn)
        self._send_rest(conn)

    def _await_next(self, conn: Connection) -> None:
        already = conn.parser.unreader.take_buffered()
        seconds = self.request_seconds if already else self.cfg.keepalive
        if not self.alive:
            seconds = min(seconds, LINGER_SECONDS)
        self._wait(conn, seconds, self._receive, partial(self._time_out, conn))
        self.held += len(already)
        self._judge(conn, conn.begin(already))

    def _close(self, conn: Connection) -> None:
        """Close our side, and wait for the other: bytes still under way to us would have the
        kernel take back what it has not delivered (RFC 9112 section 9.6)."""
        try:
            conn.sock.shutdown(socket.SHUT_WR)
        except OSError:
            self._forget(conn)
            return
        self._wait(conn, LINGER_SECONDS, self._swallow, partial(self._drop, conn))

    def _swallow(self, conn: Connection) -> None:
        with contextlib.suppress(BlockingIOError):
            try:
                if conn.sock.recv(PIECE):
                    return
            except ConnectionError:
                pass
            self._drop(conn)

    def _drop(self, conn: Connection) -> None:
        self._leave(conn)
        self.held -= len(conn.arrival.data)
        conn.arrival.data.clear()
        self._forget(conn)

    def _forget(self, conn: Connection) -> None:
        self._count(-1)
        conn.sock.close()

    # --- in a thread ---

    def handle_error(self, req: Any, client: Any, addr: Any, exc: Exception) -> None:
        """Answer as `_refuse` does where gunicorn finds out that a request is malformed."""
        if client.has_begun:  # its end must not look like an answer's
            self.log.exception("Error handling request")
            return
        found = StatusOnly()
        super().handle_error(req, found, addr, exc)
        with contextlib.suppress(OSError):
            client.sendall(refusal(found.status))

    def handle_request(self, req: Any, conn: Connection) -> bool:
        if isinstance(req, Request):
            return self._answer(req, conn)
        req._expected_100_continue = False  # the loop has said it
        if conn.is_too_large:
            # What there is of the body is not read: the site refuses it by its length.
            told = ("TRANSFER-ENCODING", "CONTENT-LENGTH")
            req.headers = [each for each in req.headers if each[0] not in told]
            req.headers.append(("CONTENT-LENGTH", str(self.largest_body + 1)))
            req.force_close()
        return bool(super().handle_request(req, conn))

    def _answer(self, request: Request, conn: Connection) -> bool:
        """Answer what was written plainly; return whether the connection stays."""
        self.nr += 1
        if self.nr >= self.max_requests:
            self.alive = False
        closes = request.closes or not self.alive or not self.cfg.keepalive
        answer = Answer(conn.sock.sendall, request, closes=closes)
        made = self.wsgi(request.environ, answer.start_response)
        try:
            answer.send(made)
        finally:
            if hasattr(made, "close"):
                made.close()
        return not answer.closes
