"""The HTTP client towards third parties, against servers that speak no proper HTTP at all."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from accounts.network.outbound import BoundedSession, Unavailable
from tests.accounts.third_parties.conftest import impatient

__all__ = ["impatient"]


@pytest.fixture
def serve() -> Iterator[Callable[[bytes], int]]:
    """Serve a port that drips `said`, a byte at a time, and then waits; return the port."""
    listener = socket.create_server(("127.0.0.1", 0))
    ended = threading.Event()

    def drip(said: bytes) -> None:
        connection, _ = listener.accept()
        with connection:
            for byte in said:
                if ended.wait(0.1):
                    return
                try:
                    connection.send(bytes([byte]))
                except OSError:
                    return
            ended.wait(5)

    def start(said: bytes) -> int:
        threading.Thread(target=drip, args=(said,), daemon=True).start()
        return int(listener.getsockname()[1])

    yield start
    ended.set()
    listener.close()


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize(
    "said",
    [b"", b"HTTP/1.1 200 OK\r\nX-Filler: " + b"x" * 1000, b"\x16\x03\x03\x00\x50" + b"\x02" * 99],
    ids=["silence", "head", "handshake"],
)
def test_no_server_holds_a_worker_for_longer_than_the_limit(
    serve: Callable[[bytes], int], scheme: str, said: bytes, impatient: None
) -> None:
    before = time.monotonic()
    with BoundedSession() as session, pytest.raises(Unavailable):
        session.get(f"{scheme}://127.0.0.1:{serve(said)}/")
    assert time.monotonic() - before < 1.5


def test_a_netrc_file_does_not_replace_the_token(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password else\n")
    monkeypatch.setenv("NETRC", str(netrc))
    listener = socket.create_server(("127.0.0.1", 0))
    heard: list[bytes] = []

    def answer() -> None:
        connection, _ = listener.accept()
        with connection:
            heard.append(connection.recv(4096))
            connection.send(b"HTTP/1.1 204 No Content\r\n\r\n")

    thread = threading.Thread(target=answer)
    thread.start()
    with BoundedSession() as session:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/"
        session.get(url, headers={"Authorization": "Bearer token"})
    thread.join()
    listener.close()
    assert b"Authorization: Bearer token\r\n" in heard[0]


def test_what_was_looked_up_and_checked_is_what_is_called() -> None:
    """Whatever the name leads to by then: the server still sees the name, and TLS checks it."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        heard: list[bytes] = []

        def answer() -> None:
            peer, _ = server.accept()
            with peer:
                heard.append(peer.recv(1_000))
                peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")

        thread = threading.Thread(target=answer)
        thread.start()
        url = f"http://somewhere-else.invalid:{server.getsockname()[1]}/"
        with BoundedSession(addresses=["127.0.0.1"]) as session:
            assert session.get(url).text == "ok"
        thread.join()
    assert b"Host: somewhere-else.invalid:" in heard[0]


def test_the_next_address_is_called_where_one_does_not_answer() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            peer, _ = server.accept()
            with peer:
                peer.recv(1_000)
                peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")

        thread = threading.Thread(target=answer)
        thread.start()
        url = f"http://two.invalid:{server.getsockname()[1]}/"
        with BoundedSession(addresses=["::1", "127.0.0.1"]) as session:
            assert session.get(url).text == "ok"
        thread.join()
