"""Read a request that is written plainly, and answer it, without gunicorn's parser.

Nearly every request is a line, some fields that each have a name of their own, and at most a body
whose length is told. There is one way to read such a one, so it is read here, in a third of the
time. Whatever else may arrive (chunks, expectations, fields that come twice or have an underscore,
addresses that are no path, anything malformed) is left to gunicorn: nothing is refused here, and
what a request is stays gunicorn's to say. tests/config/web_worker/test_plain.py holds both to the
same environment and to the same answer.
"""

import io
import os
import re
import time
from collections.abc import Callable, Iterable
from functools import lru_cache
from ipaddress import ip_address
from typing import Any, NamedTuple

from gunicorn.http.parser import RequestParser
from gunicorn.http.wsgi import base_environ
from gunicorn.util import http_date, unquote_to_wsgi_str

from config.web_worker.arrival import Arrival

# A path and a query of printable ASCII (RFC 9112 section 3.2.1), and no way to name a host.
_LINE = re.compile(
    r"(GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS) (/(?!/)[!\"$->@-~]*)(?:\?([!\"$-~]*))? HTTP/1\.1\r\n"
)
_FIELDS = re.compile(r"(?:[A-Za-z0-9-]+:[ -~]*\r\n)+")
_LONGEST = 8190  # bytes of a head, where gunicorn is told of no limit (0)
# What says something else of the body or of the connection than how long it is, or that it stays.
_LEFT_ALONE = frozenset({"TRANSFER_ENCODING", "EXPECT", "UPGRADE", "HTTP2_SETTINGS", "TRAILER"})
_WITHOUT_PREFIX = frozenset({"CONTENT_TYPE", "CONTENT_LENGTH"})

_STATUS = re.compile(r"[2-5][0-9]{2}(?: [ -~]*)?")
_HEADERS = re.compile(r"(?:[!#$%&'*+\-.^_`|~0-9A-Za-z]+: [\t -~\x80-\xff]*\r\n)*")
_OF_THE_CONNECTION = frozenset(
    {"connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "te", "trailers"}
    | {"transfer-encoding", "upgrade", "server", "date"}
)

_LAST_CHUNK = b"0\r\n\r\n"

Headers = list[tuple[str, str]]


class Request(NamedTuple):
    """Hold a request that was written plainly, as WSGI has it (PEP 3333)."""

    environ: dict[str, Any]
    rest: bytes  # what has come of the next one
    closes: bool  # the other side wants no further answer

    @property
    def method(self) -> str:
        return str(self.environ["REQUEST_METHOD"])

    @property
    def uri(self) -> str:
        return str(self.environ["RAW_URI"])


class Reader:
    """Read what is written plainly, under the limits and the trust that gunicorn is told of."""

    def __init__(self, cfg: Any) -> None:
        self._cfg = cfg
        self._base = base_environ(cfg) | {"wsgi.multithread": True, "SCRIPT_NAME": ""}
        limits = (cfg.limit_request_line, cfg.limit_request_field_size)
        self._longest = min((limit for limit in limits if limit > 0), default=_LONGEST)
        self._most_fields = cfg.limit_request_fields
        self._is_off = bool(
            os.environ.get("SCRIPT_NAME")
            or cfg.proxy_protocol not in (False, "off")
            or cfg.accesslog
            or cfg.statsd_host
        )
        self._schemes = {
            name.upper().replace("-", "_"): value
            for name, value in cfg.secure_scheme_headers.items()
        }

    def read(self, arrived: Arrival, client: Any, server: Any) -> Request | None:
        """Return the request that has `arrived`, None where it is gunicorn's to read."""
        found = None if self._is_off else arrived.parts()
        if found is None or len(found.head) > self._longest:
            return None
        head = found.head.decode("latin-1")
        line = _LINE.match(head)
        if line is None or not _FIELDS.fullmatch(head, line.end()):
            return None
        fields = self._fields(head[line.end() : -2].split("\r\n"))
        if fields is None or not _has_length(fields, len(found.body)):
            return None
        environ = self._base | fields
        environ["wsgi.input"] = io.BytesIO(found.body)
        environ["wsgi.url_scheme"] = self._scheme(fields, client)
        _name(environ, line, client, server)
        return Request(environ, found.rest, fields.get("HTTP_CONNECTION", "").lower() == "close")

    def _fields(self, lines: list[str]) -> dict[str, str] | None:
        """Return the fields by their names in the environment, None where one is not plain."""
        fields: dict[str, str] = {}
        for line in lines:
            name, _, value = line.partition(":")
            fields[_key(name)] = value.strip(" ")
        names, schemes = fields.keys(), self._schemes
        if len(fields) != len(lines) or len(lines) > self._most_fields or "" in names:
            return None
        if sum(f"HTTP_{name}" in fields for name in schemes) > 1:
            return None
        if fields.get("HTTP_CONNECTION", "keep-alive").lower() not in ("keep-alive", "close"):
            return None
        return fields

    def _scheme(self, fields: dict[str, str], client: Any) -> str:
        """Return the scheme that a trusted proxy says it was asked by."""
        for name, secure in self._schemes.items():
            said = fields.get(f"HTTP_{name}")
            if said is not None and self._is_trusted(client[0]):
                return "https" if said == secure else "http"
        return "http"

    def _is_trusted(self, address: str) -> bool:
        networks = self._cfg.forwarded_allow_networks()
        return _is_among(address, tuple(networks), "*" in self._cfg.forwarded_allow_ips)


@lru_cache(maxsize=256)
def _is_among(address: str, networks: tuple[Any, ...], are_all: bool) -> bool:
    return are_all or any(ip_address(address) in network for network in networks)


def _has_length(fields: dict[str, str], length: int) -> bool:
    told = fields.get("CONTENT_LENGTH", "0")
    return told.isdecimal() and len(told) < 19 and int(told) == length


@lru_cache(maxsize=512)
def _key(name: str) -> str:
    """Return a field's name in the environment, "" for one that is gunicorn's to read."""
    key = name.upper().replace("-", "_")
    if key in _LEFT_ALONE:
        return ""
    return key if key in _WITHOUT_PREFIX else f"HTTP_{key}"


def _name(environ: dict[str, Any], line: re.Match[str], client: Any, server: Any) -> None:
    """Say what is asked, by whom and of whom."""
    method, path, query = line.groups("")
    environ["REQUEST_METHOD"] = method
    environ["RAW_URI"] = line[0].split(" ", 2)[1]
    environ["QUERY_STRING"] = query
    environ["PATH_INFO"] = unquote_to_wsgi_str(path) if "%" in path else path
    environ["SERVER_PROTOCOL"] = "HTTP/1.1"
    environ["REMOTE_ADDR"], environ["REMOTE_PORT"] = client[0], str(client[1])
    environ["SERVER_NAME"], environ["SERVER_PORT"] = server[0], str(server[1])


class Parser(RequestParser):
    """Hand out what is written plainly as a Request, all else as gunicorn's parser does."""

    def __init__(self, cfg: Any, sock: Any, client: Any, read: Callable[[], Request | None]):
        super().__init__(cfg, sock, client)
        self._read = read

    def __next__(self) -> Any:
        request = self._read()
        if request is None:
            return super().__next__()
        self.mesg = None  # nothing of it is left to be read
        return request


class Answer:
    """Send one answer: its head together with the first part of its body.

    `closes` says whether the connection ends with it, as it must where the body is not as long as
    it was said to be.
    """

    def __init__(self, send: Callable[[bytes], object], request: Request, *, closes: bool) -> None:
        self._send = send
        self._is_head = request.method == "HEAD"
        self.closes = closes
        self.status, self._headers = "", Headers()

    def start_response(self, status: str, headers: Headers, exc_info: Any = None) -> Any:
        if not _STATUS.fullmatch(status):
            raise ValueError("The status of the answer cannot be sent.")
        self.status, self._headers = status, headers
        return self._send

    def send(self, parts: Iterable[bytes]) -> None:
        code, told = int(self.status[:3]), self._length()
        is_bare = self._is_head or code in (204, 304)
        is_chunked = told is None and not is_bare
        waiting, length = self._head(code, is_chunked=is_chunked), 0
        for part in () if is_bare else parts:
            framed = _chunk(part) if told is None else part[: max(0, told - length)]
            self._send(waiting + framed)
            waiting, length = b"", length + len(part)
        if waiting or is_chunked:
            self._send(waiting + (_LAST_CHUNK if is_chunked else b""))
        self.closes |= not is_bare and told not in (None, length)

    def _length(self) -> int | None:
        told = (value for name, value in self._headers if name.lower() == "content-length")
        return next(map(int, told), None)

    def _head(self, code: int, *, is_chunked: bool) -> bytes:
        left_out = _OF_THE_CONNECTION | ({"content-length"} if code == 204 else set())
        lines = [
            f"{name}: {value}\r\n" for name, value in self._headers if name.lower() not in left_out
        ]
        fields = "".join(lines)
        # A value with an end of line in it would be two of them.
        if not _HEADERS.fullmatch(fields) or fields.count("\n") != len(lines):
            raise ValueError("A header of the answer cannot be sent.")
        connection = "close" if self.closes else "keep-alive"
        coding = "Transfer-Encoding: chunked\r\n" if is_chunked else ""
        first = f"HTTP/1.1 {self.status}\r\nServer: gunicorn\r\nDate: {_date(int(time.time()))}\r\n"
        return f"{first}Connection: {connection}\r\n{coding}{fields}\r\n".encode("latin-1")


def _chunk(part: bytes) -> bytes:
    """Frame a part (RFC 9112 section 7.1); an empty one would be the end."""
    return b"%x\r\n%b\r\n" % (len(part), part) if part else b""


@lru_cache(maxsize=2)
def _date(second: int) -> str:
    return str(http_date(second))
