"""The server as `make run` starts it, beside clients that are slow, silent, greedy or malformed."""

import contextlib
import http.client
import json
import os
import re
import select
import socket
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from gunicorn.config import Config
from gunicorn.http.wsgi import base_environ

from config.instance import HOST, STOP_SECONDS, Instance, free_ports, prepare, running

# They ask for a database so that there is one to copy (`empty_database`).
pytestmark = [pytest.mark.servers, pytest.mark.django_db, pytest.mark.one_database]

STALLED_BODY = b"POST /oauth/token/ HTTP/1.1\r\nHost: {host}\r\nContent-Length: 900\r\n\r\ngrant_"
STALLED_CHUNKS = (
    b"POST /oauth/token/ HTTP/1.1\r\nHost: {host}\r\nTransfer-Encoding: chunked\r\n\r\n1f\r\nabc"
)
STALLED_HEAD = b"GET /accounts/login/ HTTP/1.1\r\nHost: {host}\r\nX-Begun: "
FORM = "application/x-www-form-urlencoded"
LARGEST = 1024 * 1024
REQUEST_SECONDS = 3  # ten, where nothing is set
PLAIN = {"STATICFILES_STORAGE": "django.contrib.staticfiles.storage.StaticFilesStorage"}


@pytest.fixture(scope="module")
def silent() -> Iterator[socket.socket]:
    """A third party that takes connections and never says a word."""
    with socket.create_server((HOST, 0), backlog=256) as listening:
        yield listening


@pytest.fixture(scope="module")
def site(
    tmp_path_factory: pytest.TempPathFactory,
    migrated: Callable[[Path], Path],
    empty_database: dict[str, str],
    silent: socket.socket,
) -> Iterator[Instance]:
    data = migrated(tmp_path_factory.mktemp("worker") / "data")
    port, metrics = free_ports(2)
    settings = empty_database | {
        "WEB_REQUEST_SECONDS": str(REQUEST_SECONDS),
        "TRUSTED_PROXIES": "1",
        "METRICS_PORT": str(metrics),
        "PROVIDERS": "slow",
        "PROVIDER_SLOW_KIND": "openid_connect",
        "PROVIDER_SLOW_CLIENT_ID": "us",
        "PROVIDER_SLOW_CLIENT_SECRET": "shared",
        "PROVIDER_SLOW_SERVER_URL": f"http://{HOST}:{silent.getsockname()[1]}",
        "WEB_CALLS": "128",
    }
    instance = Instance("Latchkey", port, data, settings, data / "log")
    prepare(instance)
    with running(instance):
        yield instance
    assert "Traceback" not in instance.logged()


def connect(site: Instance) -> socket.socket:
    return socket.create_connection((HOST, site.port), timeout=30)


def begin(site: Instance, request: bytes, *, end: bytes = b"") -> socket.socket:
    sock = connect(site)
    sock.sendall(request.replace(b"{host}", f"localhost:{site.port}".encode()) + end)
    return sock


def rest_of(sock: socket.socket) -> bytes:
    """All that comes until the other side closes."""
    answer = b""
    with contextlib.suppress(ConnectionResetError):
        while data := sock.recv(65_536):
            answer += data
    return answer


def call(site: Instance, method: str, path: str, body: Any = None, **headers: str) -> Any:
    connection = http.client.HTTPConnection(HOST, site.port, timeout=30)
    told = {"Host": f"localhost:{site.port}"} | headers
    try:
        connection.request(method, path, body, told)
        response = connection.getresponse()
        content = response.read()
        return response.status, dict(response.headers), content
    finally:
        connection.close()


def assert_is_plainly_refused(answer: bytes, *statuses: bytes) -> None:
    """Refused in text of our own, which holds nothing of what was sent and is kept nowhere."""
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.split(b" ")[1] in statuses
    assert b"\r\nContent-Type: text/plain; charset=utf-8\r\n" in head
    assert b"\r\nCache-Control: no-store\r\n" in head
    assert re.fullmatch(rb"[\w ,.:]+\.\n", body)


def seconds_of(site: Instance, times: int = 10) -> float:
    """How long somebody else waits for the sign-in page, at the longest."""

    def once() -> float:
        began = time.monotonic()
        assert call(site, "GET", "/accounts/login/")[0] == 200
        return time.monotonic() - began

    return max(once() for _ in range(times))


# --- slow senders ---


@pytest.mark.parametrize("stalled", [STALLED_BODY, STALLED_CHUNKS, STALLED_HEAD, b""])
@pytest.mark.parametrize("number", [8, 64])
def test_whoever_stops_sending_keeps_nobody_waiting(
    site: Instance, stalled: bytes, number: int
) -> None:
    with contextlib.ExitStack() as stack:
        socks = [stack.enter_context(begin(site, stalled)) for _ in range(number)]
        assert seconds_of(site) < 2
        assert all(sock.fileno() > 0 for sock in socks)


@pytest.mark.parametrize("stalled", [STALLED_BODY, STALLED_HEAD])
def test_whoever_stops_sending_is_told_when_the_time_is_over(
    site: Instance, stalled: bytes
) -> None:
    began = time.monotonic()
    with begin(site, stalled) as sock:
        answer = rest_of(sock)
    assert answer.startswith(b"HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n")
    assert_is_plainly_refused(answer, b"408")
    assert REQUEST_SECONDS - 1 < time.monotonic() - began < REQUEST_SECONDS + 4


def test_dripping_byte_by_byte_prolongs_nothing(site: Instance) -> None:
    began = time.monotonic()
    with begin(site, STALLED_BODY) as sock:
        sock.settimeout(0.5)
        answer = b""
        while not answer and time.monotonic() - began < 30:
            with contextlib.suppress(TimeoutError):
                sock.sendall(b"x")
                answer = sock.recv(100)
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert REQUEST_SECONDS - 1 < time.monotonic() - began < REQUEST_SECONDS + 4


def test_whoever_never_begins_is_let_go_without_a_word(site: Instance) -> None:
    with connect(site) as sock:
        assert rest_of(sock) == b""


def test_a_slow_reader_keeps_nobody_waiting(site: Instance) -> None:
    request = b"GET /accounts/login/ HTTP/1.1\r\nHost: {host}\r\n\r\n" * 40
    with contextlib.ExitStack() as stack:
        for _ in range(16):
            sock = socket.socket()
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
            sock.connect((HOST, site.port))
            stack.enter_context(sock)
            sock.sendall(request.replace(b"{host}", f"localhost:{site.port}".encode()))
        time.sleep(3)  # the buffers of the kernel are full by now
        assert seconds_of(site) < 8  # one who waits for them waits longer than a request may last


# --- what is too much ---


def test_a_body_that_is_too_large_is_refused_unread_in_the_format_of_the_endpoint(
    site: Instance,
) -> None:
    length = str(LARGEST + 1)
    for path, kind in (
        ("/oauth/token/", "application/json"),
        ("/api/v1/me", "application/problem+json"),
        ("/accounts/login/", "text/html; charset=utf-8"),
    ):
        head = f"POST {path} HTTP/1.1\r\nHost: {{host}}\r\nContent-Length: {length}\r\n\r\nabc"
        began = time.monotonic()
        with begin(site, head.encode()) as sock:
            response = http.client.HTTPResponse(sock)
            response.begin()
            assert response.status == 413
            assert response.headers["Content-Type"] == kind
            assert response.headers["Connection"] == "close"
            assert response.read()
        assert time.monotonic() - began < 2


def test_a_body_in_endless_chunks_is_refused_once_it_is_too_large(site: Instance) -> None:
    head = STALLED_CHUNKS.partition(b"1f\r\n")[0]
    chunk = b"10000\r\n" + b"x" * 65_536 + b"\r\n"
    with begin(site, head) as sock:
        with contextlib.suppress(ConnectionError):
            for _ in range(64):
                sock.sendall(chunk)
        response = http.client.HTTPResponse(sock)
        response.begin()
        assert response.status == 413
        assert json.loads(response.read())["error"] == "invalid_request"


def test_eight_who_send_too_much_and_wait_keep_nobody_waiting(site: Instance) -> None:
    large = STALLED_BODY.replace(b"900", b"99999999")
    with contextlib.ExitStack() as stack:
        for _ in range(8):
            stack.enter_context(begin(site, large))
        assert seconds_of(site) < 2


def test_a_head_without_end_is_refused(site: Instance) -> None:
    with begin(site, STALLED_HEAD) as sock:
        with contextlib.suppress(ConnectionError):
            for _ in range(100):
                sock.sendall(b"x" * 1024)
        assert_is_plainly_refused(rest_of(sock), b"431")


def test_a_header_of_half_a_megabyte_is_refused(site: Instance) -> None:
    with begin(site, STALLED_HEAD) as sock:
        with contextlib.suppress(ConnectionError):
            sock.sendall(b"x" * 500_000 + b"\r\n\r\n")
        assert_is_plainly_refused(rest_of(sock), b"431")


def test_a_header_that_is_spelled_like_another_one_is_not_believed(site: Instance) -> None:
    """CGI, and WSGI after it, call both HTTP_X_FORWARDED_FOR."""
    forged = {"X_Forwarded_For": "198.51.100.66", "X-Forwarded-For": "203.0.113.77"}
    for headers in (forged, dict(reversed(forged.items()))):
        assert call(site, "POST", "/oauth/token/", "", **headers)[0] == 400
    assert call(site, "POST", "/oauth/token/", "", X_Forwarded_For="198.51.100.66")[0] == 400
    of_requests = [each for each in site.logged().splitlines() if "request_finished" in each]
    assert sum("203.0.113.77" in each for each in of_requests) == 2
    assert "198.51.100.66" not in site.logged()


@pytest.mark.parametrize(
    "head",
    [
        b"Content-Length: 3\r\nTransfer-Encoding: chunked",
        b"Content-Length: 3\r\nContent-Length: 4",
        b"Content-Length: -3",
        b"Content-Length: 3, 3",
        b"Transfer-Encoding: chunked, chunked",
        b"Transfer-Encoding : chunked",
        b"Host: another.example",
        b"Folded: one\r\n two",
        b"No colon",
        b"Control: a\x00b",
    ],
)
def test_a_request_that_is_malformed_is_a_4xx_at_once(site: Instance, head: bytes) -> None:
    began = time.monotonic()
    request = b"POST /oauth/token/ HTTP/1.1\r\nHost: {host}\r\n" + head + b"\r\n\r\n0\r\n\r\n"
    with begin(site, request) as sock:
        answer = rest_of(sock)
    assert_is_plainly_refused(answer, b"400", b"501")
    assert time.monotonic() - began < 5


# --- what must go on working ---


@pytest.mark.parametrize(("length", "expected"), [(15_900, 405), (16_100, 414)])
def test_the_site_itself_says_that_an_address_is_too_long(
    site: Instance, length: int, expected: int
) -> None:
    status, _, content = call(site, "GET", "/oauth/token/?state=" + "x" * length)
    assert status == expected
    assert json.loads(content)["error"] == "invalid_request"


def test_a_form_in_chunks_is_read(site: Instance) -> None:
    def chunks() -> Iterator[bytes]:
        yield b"grant_type=client_"
        yield b"credentials"

    status, _, content = call(site, "POST", "/oauth/token/", chunks(), **{"Content-Type": FORM})
    assert (status, json.loads(content)["error"]) == (401, "invalid_client")


def test_whoever_waits_for_100_continue_is_told_once(site: Instance) -> None:
    head = f"Host: {{host}}\r\nContent-Type: {FORM}\r\nContent-Length: 29\r\nConnection: close"
    request = f"POST /oauth/token/ HTTP/1.1\r\n{head}\r\nExpect: 100-Continue\r\n\r\n"
    with begin(site, request.encode()) as sock:
        assert sock.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        sock.sendall(b"grant_type=client_credentials")
        answer = rest_of(sock)
    assert answer.startswith(b"HTTP/1.1 401 ")
    assert b"invalid_client" in answer


def test_requests_that_come_together_are_answered_in_turn(site: Instance) -> None:
    post = f"POST /oauth/token/ HTTP/1.1\r\nHost: {{host}}\r\nContent-Type: {FORM}\r\n"
    post += "Content-Length: 29\r\n\r\ngrant_type=client_credentials"
    get = "GET /livez HTTP/1.1\r\nHost: {host}\r\n\r\n"
    last = "HEAD /livez HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
    with begin(site, (get + post + get + last).encode()) as sock:
        answer = rest_of(sock)
    assert [int(part[:3]) for part in answer.split(b"HTTP/1.1 ")[1:]] == [200, 401, 200, 200]


@pytest.mark.parametrize("path", ["/accounts/login/", "/.well-known/openid-configuration"])
def test_head_is_answered_as_get_is_without_the_body(site: Instance, path: str) -> None:
    status, told, content = call(site, "HEAD", path)
    assert (status, content) == (200, b"")
    _, same, body = call(site, "GET", path)
    assert told["Content-Type"] == same["Content-Type"]
    assert int(told["Content-Length"]) == len(body)


def test_a_request_in_pieces_is_put_together(site: Instance) -> None:
    post = f"POST /oauth/token/ HTTP/1.1\r\nHost: {{host}}\r\nContent-Type: {FORM}\r\n"
    post += "Content-Length: 29\r\nConnection: close\r\n\r\ngrant_type=client_credentials"
    with connect(site) as sock:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in post.replace("{host}", f"localhost:{site.port}").encode():
            sock.sendall(bytes([byte]))
        assert rest_of(sock).startswith(b"HTTP/1.1 401 ")


def test_a_connection_is_kept_between_requests(site: Instance) -> None:
    connection = http.client.HTTPConnection(HOST, site.port, timeout=30)
    ports = set()
    for path in ("/livez", "/accounts/login/", "/static/css/site.css", "/livez"):
        connection.request("GET", path, headers={"Host": f"localhost:{site.port}"})
        connection.getresponse().read()
        ports.add(connection.sock.getsockname())
    connection.close()
    assert len(ports) == 1


def test_the_environment_of_the_process_is_no_part_of_a_request() -> None:
    """Where the secrets are: a view, or what reports its errors, must not come by them."""
    assert os.environ.keys().isdisjoint(base_environ(Config()))


# --- the end ---


class Caller(threading.Thread):
    """Calls the site over and over, on kept connections or each time on a new one."""

    def __init__(self, site: Instance, *, kept: bool) -> None:
        super().__init__(daemon=True)
        self.site, self.kept = site, kept
        self.problems: list[str] = []
        self.answered = 0

    def run(self) -> None:
        """Until the site listens no more. A request that was sent has to be answered."""
        connection = self._new()
        while True:
            if not self.kept or connection.sock is None:
                connection.close()
                connection = self._new()
                try:
                    connection.connect()
                except ConnectionRefusedError:
                    return
            try:
                host = {"Host": f"localhost:{self.site.port}"}
                connection.request("GET", "/accounts/login/", headers=host)
                response = connection.getresponse()
                response.read()
                self.answered += response.status == 200
            except (OSError, http.client.HTTPException) as error:
                self.problems.append(repr(error))
                connection.close()

    def _new(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection(HOST, self.site.port, timeout=30)


@pytest.mark.parametrize("idle", [0, 8])
def test_at_sigterm_no_request_is_lost_and_it_ends_in_time(
    tmp_path: Path, migrated: Callable[[Path], Path], empty_database: dict[str, str], idle: int
) -> None:
    (port,) = free_ports(1)
    data = migrated(tmp_path / "data")
    settings = empty_database | PLAIN | {"WEB_REQUEST_SECONDS": str(REQUEST_SECONDS)}
    site = Instance("Latchkey", port, data, settings, tmp_path / "log")
    with running(site) as servers, contextlib.ExitStack() as stack:
        callers = [Caller(site, kept=number % 2 == 0) for number in range(12)]
        for caller in callers:
            caller.start()
        for _ in range(idle):
            stack.enter_context(begin(site, STALLED_BODY))
        time.sleep(2)
        servers["Latchkey"].terminate()
        assert servers["Latchkey"].wait(STOP_SECONDS) == 0
        for caller in callers:
            caller.join(30)
    assert [problem for caller in callers for problem in caller.problems] == []
    assert statistics.median(caller.answered for caller in callers) > 0
    assert "Traceback" not in site.logged()


def test_a_kept_connection_is_answered_while_the_site_stops(
    tmp_path: Path, migrated: Callable[[Path], Path], empty_database: dict[str, str]
) -> None:
    (port,) = free_ports(1)
    data = migrated(tmp_path / "data")
    site = Instance("Latchkey", port, data, empty_database | PLAIN, tmp_path / "log")
    with running(site) as servers:
        connection = http.client.HTTPConnection(HOST, port, timeout=30)
        host = {"Host": f"localhost:{port}"}
        connection.request("GET", "/livez", headers=host)
        connection.getresponse().read()
        servers["Latchkey"].terminate()
        time.sleep(0.5)
        connection.request("GET", "/livez", headers=host)
        response = connection.getresponse()
        assert (response.status, response.headers["Connection"]) == (200, "close")
        connection.close()
        assert servers["Latchkey"].wait(STOP_SECONDS) == 0


# --- third parties ---


def start_of_a_sign_in(site: Instance) -> bytes:
    """What a browser sends as its person chooses the third party that takes its time."""
    _, headers, _ = call(site, "GET", "/accounts/login/")
    cookie = headers["Set-Cookie"].partition(";")[0]
    form = f"csrfmiddlewaretoken={cookie.partition('=')[2]}"
    lines = (
        *("POST /accounts/oidc/slow/login/ HTTP/1.1", "Host: {host}", "Origin: http://{host}"),
        *(f"Cookie: {cookie}", f"Content-Type: {FORM}", f"Content-Length: {len(form)}"),
        *("Connection: close", "", form),
    )
    return "\r\n".join(lines).encode()


def test_a_third_party_that_takes_its_time_holds_nobody_else(
    site: Instance, silent: socket.socket
) -> None:
    request, number = start_of_a_sign_in(site), 64
    with contextlib.ExitStack() as stack:
        waiting = [stack.enter_context(begin(site, request)) for _ in range(number)]
        silent.settimeout(30)
        for _ in range(number):
            stack.enter_context(silent.accept()[0])
        assert seconds_of(site, times=3) < 2
        assert call(site, "GET", "/api/v1/me")[0] == 401
        *_, last = waiting
        assert not select.select([last], [], [], 0)[0]
        assert rest_of(last).startswith(b"HTTP/1.1 503 Service Unavailable\r\n")


# --- metrics ---


def test_one_scrape_shows_what_all_workers_did_and_the_site_shows_none(site: Instance) -> None:
    def scrape() -> dict[str, float]:
        connection = http.client.HTTPConnection(HOST, int(site.settings["METRICS_PORT"]), timeout=9)
        with contextlib.closing(connection):
            connection.request("GET", "/metrics")
            lines = connection.getresponse().read().decode().splitlines()
        told = (line.rpartition(" ") for line in lines if not line.startswith("#"))
        return {name: float(value) for name, _, value in told}

    keys = 'latchkey_http_requests_total{method="GET",route="oauth_server:jwks",status="200"}'
    before = scrape().get(keys, 0)
    for _ in range(20):  # whichever worker takes them
        assert call(site, "GET", "/oauth/jwks/")[0] == 200

    for _ in range(4):  # whichever worker answers
        found = scrape()
        assert found[keys] == before + 20
        assert found["latchkey_database_up"] == 1
    assert found["latchkey_server_workers"] == 2
    assert found["latchkey_server_threads"] == 8
    assert 'latchkey_signing_key_since_timestamp_seconds{algorithm="RS256"}' in found
    assert call(site, "GET", "/metrics")[0] == 404
