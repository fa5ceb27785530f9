"""What is written plainly is read and answered as gunicorn does it; all else is left to it."""

import socket
from collections.abc import Iterable
from typing import Any

import pytest
from gunicorn.config import Config
from gunicorn.http.parser import RequestParser
from gunicorn.http.wsgi import Response, create

import config.gunicorn
from config.web_worker.arrival import Arrival, State
from config.web_worker.plain import Answer, Headers, Reader, Request

CLIENT, SERVER = ("192.0.2.7", 4711), ("127.0.0.1", 8000)
PROXY = ("127.0.0.1", 4711)
HOST = b"Host: localhost:8000\r\n"
# What only gunicorn hands on, and nobody here reads; the error stream is one object each.
BESIDE = {"gunicorn.socket", "wsgi.early_hints", "wsgi.errors", "wsgi.input", "wsgi.multithread"}

PLAIN = [
    b"GET / HTTP/1.1\r\n" + HOST + b"\r\n",
    b"GET /a/b%20c%C3%A4;d=e?f=g&h=?%23 HTTP/1.1\r\n" + HOST + b"\r\n",
    b"HEAD /x? HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n",
    b"GET /a HTTP/1.1\r\nhost:localhost:8000  \r\nX-Empty:\r\nconnection: Keep-Alive\r\n\r\n",
    b"GET /a HTTP/1.1\r\n" + HOST + b"Cookie: a=b; c=d:e\r\nAuthorization: Bearer x.y\r\n\r\n",
    b"POST /a HTTP/1.1\r\n" + HOST + b"Content-Type: a/b\r\nContent-Length: 5\r\n\r\nb=c&d",
    b"POST /a HTTP/1.1\r\n" + HOST + b"Content-Length: 0\r\n\r\n",
    b"POST /a HTTP/1.1\r\n" + HOST + b"\r\n",
    b"GET /a HTTP/1.1\r\n" + HOST + b"X-Forwarded-Proto: https\r\n\r\n",
    b"GET /a HTTP/1.1\r\n" + HOST + b"X-Forwarded-Proto: http\r\nX-Forwarded-For: 1.2.3.4\r\n\r\n",
    b"DELETE /a//b HTTP/1.1\r\nX-No-Host: 1\r\n\r\n",
]

LEFT_TO_GUNICORN = {
    "an underscore": b"GET / HTTP/1.1\r\n" + HOST + b"X_Forwarded_For: 1.2.3.4\r\n\r\n",
    "a field twice": b"GET / HTTP/1.1\r\n" + HOST + b"X-A: 1\r\nX-A: 2\r\n\r\n",
    "a field twice, by case": b"GET / HTTP/1.1\r\n" + HOST + b"x-a: 1\r\nX-A: 2\r\n\r\n",
    "two hosts": b"GET / HTTP/1.1\r\n" + HOST + HOST + b"\r\n",
    "two lengths": b"POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\na",
    "chunks": b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "chunks and a length": b"POST / HTTP/1.1\r\nContent-Length: 1\r\n"
    b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "a coding": b"POST / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: gzip\r\n\r\na",
    "a length in words": b"POST / HTTP/1.1\r\nContent-Length: +1\r\n\r\n",
    "a length with a sign": b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
    "a list of lengths": b"POST / HTTP/1.1\r\nContent-Length: 1, 1\r\n\r\na",
    "an expectation": b"POST / HTTP/1.1\r\nContent-Length: 1\r\nExpect: 100-continue\r\n\r\na",
    "an upgrade": b"GET / HTTP/1.1\r\n" + HOST + b"Connection: Upgrade\r\nUpgrade: h2c\r\n\r\n",
    "a connection option": b"GET / HTTP/1.1\r\n" + HOST + b"Connection: close, x-a\r\n\r\n",
    "two schemes": b"GET / HTTP/1.1\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Ssl: off\r\n\r\n",
    "an old version": b"GET / HTTP/1.0\r\n" + HOST + b"\r\n",
    "another method": b"BREW / HTTP/1.1\r\n" + HOST + b"\r\n",
    "a whole address": b"GET http://other.example/ HTTP/1.1\r\n" + HOST + b"\r\n",
    "two slashes": b"GET //other.example/ HTTP/1.1\r\n" + HOST + b"\r\n",
    "a fragment": b"GET /a#b HTTP/1.1\r\n" + HOST + b"\r\n",
    "raw bytes in the path": b"GET /\xc3\xa4 HTTP/1.1\r\n" + HOST + b"\r\n",
    "raw bytes in a field": b"GET / HTTP/1.1\r\n" + HOST + b"X-A: \xc3\xa4\r\n\r\n",
    "a control character": b"GET / HTTP/1.1\r\n" + HOST + b"X-A: a\x00b\r\n\r\n",
    "a tab": b"GET / HTTP/1.1\r\n" + HOST + b"X-A:\tb\r\n\r\n",
    "a bare line feed": b"GET / HTTP/1.1\r\n" + HOST + b"X-A: b\nX-B: c\r\n\r\n",
    "a bare carriage return": b"GET / HTTP/1.1\r\n" + HOST + b"X-A: b\rX-B: c\r\n\r\n",
    "a folded field": b"GET / HTTP/1.1\r\n" + HOST + b"X-A: b\r\n c\r\n\r\n",
    "a space before the colon": b"GET / HTTP/1.1\r\n" + HOST + b"X-A : b\r\n\r\n",
    "no name": b"GET / HTTP/1.1\r\n" + HOST + b": b\r\n\r\n",
    "no colon": b"GET / HTTP/1.1\r\n" + HOST + b"X-A\r\n\r\n",
    "spaces in the line": b"GET  / HTTP/1.1\r\n" + HOST + b"\r\n",
    "no fields": b"GET / HTTP/1.1\r\n\r\n",
    "a long head": b"GET / HTTP/1.1\r\n" + HOST + b"X-A: " + b"a" * 5000 + b"\r\n\r\n",
    "many fields": b"GET / HTTP/1.1\r\n"
    + b"".join(b"X-%d: 1\r\n" % n for n in range(101))
    + b"\r\n",
}


def read(request: bytes, client: Any = CLIENT, **settings: Any) -> Request | None:
    arrived = Arrival(1024)
    assert arrived.feed(request) is State.WHOLE
    return Reader(configured(**settings)).read(arrived, client, SERVER)


def configured(**settings: Any) -> Config:
    cfg = Config()
    for name, value in settings.items():
        cfg.set(name, value)
    return cfg


def of_gunicorn(request: bytes, client: Any) -> tuple[dict[str, Any], bytes, bool]:
    cfg, (near, far) = Config(), socket.socketpair()
    with near, far:
        parsed = next(RequestParser(cfg, iter([request]), client))
        _, environ = create(parsed, near, client, SERVER, cfg)
        return environ, environ["wsgi.input"].read(), parsed.should_close()


@pytest.mark.parametrize("client", [CLIENT, PROXY])
@pytest.mark.parametrize("request_", PLAIN)
def test_a_plain_request_is_read_as_gunicorn_reads_it(request_: bytes, client: Any) -> None:
    found = read(request_, client)
    assert found is not None
    environ, body, closes = of_gunicorn(request_, client)
    assert {k: found.environ[k] for k in found.environ.keys() - BESIDE} == {
        k: environ[k] for k in environ.keys() - BESIDE
    }
    assert (found.environ["wsgi.input"].read(), found.closes) == (body, closes)
    assert found.environ["wsgi.multithread"] is True


def test_as_the_site_configures_gunicorn_it_is_asked_about_no_plain_request() -> None:
    known = Config().settings
    told = {name: value for name, value in vars(config.gunicorn).items() if name in known}
    assert all(read(each, **told) for each in PLAIN)


def test_a_head_is_as_long_as_gunicorn_would_read_where_it_knows_no_limit() -> None:
    unlimited = {"limit_request_line": 0, "limit_request_field_size": 0}
    assert read(PLAIN[0], **unlimited)
    too_long = b"GET / HTTP/1.1\r\n" + HOST + b"X-A: " + b"a" * 8190 + b"\r\n\r\n"
    assert read(too_long, **unlimited) is None


@pytest.mark.parametrize("what", LEFT_TO_GUNICORN)
def test_what_may_be_read_in_two_ways_is_left_to_gunicorn(what: str) -> None:
    assert read(LEFT_TO_GUNICORN[what]) is None


def test_whoever_is_no_trusted_proxy_cannot_say_that_they_came_by_https() -> None:
    request = PLAIN[8]
    seen = [read(request, client) for client in (PROXY, CLIENT)]
    assert [each and each.environ["wsgi.url_scheme"] for each in seen] == ["https", "http"]


def test_what_follows_a_request_is_kept_for_the_next() -> None:
    found = read(PLAIN[5] + PLAIN[0])
    assert found is not None
    assert found.rest == PLAIN[0]


@pytest.mark.parametrize(
    "settings", [{"accesslog": "-"}, {"proxy_protocol": True}, {"limit_request_fields": 1}]
)
def test_what_gunicorn_is_told_of_besides_is_left_to_it(settings: dict[str, Any]) -> None:
    assert read(PLAIN[4], **settings) is None


ANSWERS: list[tuple[str, Headers, list[bytes]]] = [
    ("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "5")], [b"he", b"llo"]),
    ("200 OK", [("Content-Length", "0")], []),
    ("200 OK", [("X-A", "1")], [b"he", b"", b"llo"]),
    ("200 OK", [("X-A", "1")], []),
    ("204 No Content", [("Content-Length", "0"), ("X-A", "1")], []),
    ("304 Not Modified", [("ETag", '"a"')], []),
    (
        "404 Not Found",
        [("Set-Cookie", "a=b"), ("Set-Cookie", "c=d"), ("Content-Length", "1")],
        [b"a"],
    ),
    ("200 OK", [("Connection", "close"), ("Keep-Alive", "1"), ("Content-Length", "1")], [b"a"]),
]


def sent(request: Request, status: str, headers: Headers, parts: Iterable[bytes]) -> bytes:
    told: list[bytes] = []
    answer = Answer(told.append, request, closes=request.closes)
    answer.start_response(status, headers)
    answer.send(parts)
    return b"".join(told)


def sent_by_gunicorn(request: bytes, status: str, headers: Headers, parts: list[bytes]) -> bytes:
    cfg, (near, far) = Config(), socket.socketpair()
    with near, far:
        response = Response(next(RequestParser(cfg, iter([request]), CLIENT)), near, cfg)
        response.start_response(status, headers)
        for part in parts:
            response.write(part)
        response.close()
        near.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: far.recv(65_536), b""))


def without_date(answer: bytes) -> list[bytes]:
    return [line for line in answer.split(b"\r\n") if not line.startswith(b"Date: ")]


@pytest.mark.parametrize("request_", [PLAIN[0], PLAIN[2], PLAIN[5]])
@pytest.mark.parametrize(("status", "headers", "parts"), ANSWERS)
def test_an_answer_is_sent_as_gunicorn_sends_it(
    request_: bytes, status: str, headers: Headers, parts: list[bytes]
) -> None:
    found = read(request_)
    assert found is not None
    ours = sent(found, status, headers, parts)
    assert b"\r\nDate: " in ours
    theirs = sent_by_gunicorn(request_, status, headers, parts)
    assert without_date(ours) == without_date(theirs)


def test_a_header_that_would_end_the_head_is_not_sent() -> None:
    found = read(PLAIN[0])
    assert found is not None
    with pytest.raises(ValueError, match="header"):
        sent(found, "200 OK", [("X-A", "b\r\nSet-Cookie: c=d")], [])
    with pytest.raises(ValueError, match="status"):
        sent(found, "200 OK\r\nSet-Cookie: c=d", [], [])


@pytest.mark.parametrize(("parts", "closes"), [([b"a"], True), ([b"ab"], False), ([b"abc"], True)])
def test_a_body_of_another_length_than_was_told_ends_the_connection(
    parts: list[bytes], closes: bool
) -> None:
    found = read(PLAIN[0])
    assert found is not None
    told: list[bytes] = []
    answer = Answer(told.append, found, closes=False)
    answer.start_response("200 OK", [("Content-Length", "2")])
    answer.send(parts)
    assert answer.closes is closes
    assert b"".join(told).partition(b"\r\n\r\n")[2] == b"".join(parts)[:2]
