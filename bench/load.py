"""A loader that costs little itself, as it runs on the cores of the server that it measures.

Each connection is a process with one socket that it keeps open. It sends a request, reads the
answer, and asks what to send next.
"""

import multiprocessing
import socket
import time
from collections.abc import Callable
from multiprocessing.connection import Connection

CONNECTIONS = 4
TIMEOUT = 10  # seconds

# Takes the body of the last answer (None before the first); returns a request, or None to stop.
Next = Callable[[bytes | None], bytes | None]

_processes = multiprocessing.get_context("fork")


class RefusedError(Exception):
    """An answer was not a 200: what is measured is not what was meant."""


def http_request(
    method: str, path: str, host: str, *, body: str = "", authorization: str = ""
) -> bytes:
    lines = [f"{method} {path} HTTP/1.1", f"Host: {host}"]
    if authorization:
        lines.append(f"Authorization: {authorization}")
    if body:
        lines += ["Content-Type: application/x-www-form-urlencoded", f"Content-Length: {len(body)}"]
    return "\r\n".join([*lines, "", body]).encode()


def measure(address: tuple[str, int], seconds: float, connections: list[Next]) -> float:
    """Return the answers a second that all `connections` together got in `seconds`."""
    start = time.monotonic() + 0.2  # by then all processes are there
    pipes = [_start(address, start, start + seconds, next_request) for next_request in connections]
    outcomes = [pipe.recv() for pipe in pipes]
    for outcome in outcomes:
        if isinstance(outcome, str):
            raise RefusedError(outcome)
    return sum(count / elapsed for count, elapsed in outcomes)


def _start(address: tuple[str, int], start: float, end: float, next_request: Next) -> Connection:
    ours, theirs = _processes.Pipe()
    arguments = (address, start, end, next_request, theirs)
    _processes.Process(target=_load, args=arguments, daemon=True).start()
    return ours


def _load(
    address: tuple[str, int], start: float, end: float, next_request: Next, outcome: Connection
) -> None:
    try:
        with socket.create_connection(address, timeout=TIMEOUT) as connection:
            time.sleep(max(0, start - time.monotonic()))
            count = _loop(connection, end, next_request)
        outcome.send((count, time.monotonic() - start))
    except (OSError, RefusedError) as error:
        outcome.send(f"{type(error).__name__}: {error}")


def _loop(connection: socket.socket, end: float, next_request: Next) -> int:
    count = 0
    request = next_request(None)
    while request and time.monotonic() < end:
        connection.sendall(request)
        body = _read(connection)
        count += 1
        request = next_request(body)
    return count


def _read(connection: socket.socket) -> bytes:
    """Return the body of the answer. Raises RefusedError where its status is not 200."""
    received = b""
    while b"\r\n\r\n" not in received:
        received += _receive(connection)
    head, _, body = received.partition(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0] or 0)
    while len(body) < length:
        body += _receive(connection)
    if not head.startswith(b"HTTP/1.1 200"):
        raise RefusedError((head.split(b"\r\n")[0] + b" " + body[:200]).decode())
    return body


def _receive(connection: socket.socket) -> bytes:
    received = connection.recv(65536)
    if not received:
        raise RefusedError("The connection was closed.")
    return received
