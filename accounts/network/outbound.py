"""Call others over HTTP: bounded in time and size, and never sent elsewhere.

A call ends after SOCIALACCOUNT_REQUESTS_TIMEOUT seconds all in all. The timeout of `requests` is
for each read alone, so that a byte every four seconds would hold a worker for ever; here the
connection is shut from outside when the time is up, be it in the handshake, head or body.
"""

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from functools import partial
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit

import requests
from django.conf import settings
from django.utils.translation import gettext_noop
from requests.adapters import BaseAdapter, HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError

from accounts.network.waiting import TooManyWait, waiting_for
from accounts.text.in_words import InWords

MAX_BODY = 1_000_000  # bytes
RETRY_SECONDS = 5  # after which a call that was not made is worth another try
_CHUNK = 64 * 1024  # bytes

_played: ContextVar[BaseAdapter | None] = ContextVar("played", default=None)


class CallFailed(InWords):
    """Report a call that did not end well. The message is for a log, and holds nothing of what was
    sent."""


class Unavailable(CallFailed):
    """Report that there is nobody, no answer in time, or one that says that the other side is out
    of order."""


class TooManyCalls(Unavailable):
    """Report a call that was not made, as too many requests wait for this host, or for all."""


class BadAnswer(CallFailed):
    """Report an answer that cannot be read, has no end, or leads elsewhere."""


@contextmanager
def played_by(adapter: BaseAdapter) -> Iterator[None]:
    """Let `adapter` answer the calls of this block in place of the network: for this site's
    demonstrations, in which it plays the other side itself."""
    token = _played.set(adapter)
    try:
        yield
    finally:
        _played.reset(token)


class BoundedSession(requests.Session):
    """Make calls that end in time. Raises Unavailable or BadAnswer where one does not end well.

    An HTTP error status is an answer too: what it means is for the caller to say.
    """

    def __init__(
        self, seconds: float | None = None, *, addresses: Sequence[str] | None = None
    ) -> None:
        """Set bounds: `seconds` is how long a call may take, where it is not as long as any other.

        `addresses` are those that are called, in turn until one answers, in place of what the name
        of the host leads to. The certificate has to be the host's all the same.
        """
        super().__init__()
        self._seconds = seconds or settings.SOCIALACCOUNT_REQUESTS_TIMEOUT
        self._deadline = _Deadline()
        self.headers["Accept-Encoding"] = "identity"  # no decompression bombs
        # `requests` would otherwise replace a bearer token by what ~/.netrc has for the host.
        self.auth = _as_given
        for scheme in ("http://", "https://"):
            self.mount(scheme, _played.get() or _WatchedAdapter(self._deadline, addresses))

    def request(self, method: Any, url: Any, *args: Any, **kwargs: Any) -> requests.Response:
        seconds = self._seconds
        # A redirect would carry the code, the secret or the token to an address nobody checked.
        kwargs |= {"timeout": seconds, "stream": True, "allow_redirects": False}
        with _waiting_for(url), self._deadline.limit(seconds):
            try:
                response = super().request(method, url, *args, **kwargs)
                body = _read(response)
            except requests.RequestException as error:
                raise _failure(error) from error
            except HTTPError as error:
                raise Unavailable(type(error).__name__) from error
        if self._deadline.passed:  # a body without a length looks whole when it is cut off
            raise Unavailable(gettext_noop("out of time"))
        if response.is_redirect:
            raise BadAnswer(gettext_noop("a redirect"))
        response.raw = BytesIO(body)
        return response

    def close(self) -> None:
        super().close()
        self._deadline.close()


@contextmanager
def _waiting_for(url: str) -> Iterator[None]:
    with ExitStack() as stack:
        try:
            stack.enter_context(waiting_for(urlsplit(url).hostname or ""))
        except TooManyWait as error:
            raise TooManyCalls(gettext_noop("too many wait for an answer already")) from error
        yield


def media_type(response: requests.Response) -> str:
    """Return the type of a body without its parameters (RFC 9110 section 8.3.1), "" for none."""
    return response.headers.get("Content-Type", "").partition(";")[0].strip().lower()


def _failure(error: requests.RequestException) -> CallFailed:
    away = isinstance(error, requests.ConnectionError | requests.Timeout)
    return (Unavailable if away else BadAnswer)(type(error).__name__)


def _as_given(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


def _read(response: requests.Response) -> bytes:
    body = bytearray()
    for chunk in response.raw.stream(_CHUNK, decode_content=True):
        body += chunk
        if len(body) > MAX_BODY:
            response.close()
            raise BadAnswer(gettext_noop("more than a megabyte"))
    return bytes(body)


class _Deadline:
    """Shut the sockets of a session once its time is up, whatever is waiting on them."""

    def __init__(self) -> None:
        self.passed = False
        self._watched: list[socket.socket] = []
        self._lock = threading.Lock()

    @contextmanager
    def limit(self, seconds: float) -> Iterator[None]:
        timer = threading.Timer(seconds, self._end)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def watch(self, opened: socket.socket) -> socket.socket:
        with self._lock:
            # A duplicate: TLS takes over the original and leaves it without a connection.
            self._watched.append(opened.dup())
        if self.passed:
            self._end()
        return opened

    def _end(self) -> None:
        with self._lock:
            self.passed = True
            for watched in self._watched:
                _shut(watched)

    def close(self) -> None:
        with self._lock:
            while self._watched:
                self._watched.pop().close()


def _shut(watched: socket.socket) -> None:
    try:
        watched.shutdown(socket.SHUT_RDWR)
    except OSError:
        return  # the other side was faster


class _Watched:
    """Open a connection whose socket its session's deadline can shut."""

    _dns_host: str  # urllib3's: what it looks up, and the name in the certificate

    def __init__(
        self,
        *args: Any,
        deadline: _Deadline,
        addresses: Sequence[str] | None,
        **kwargs: Any,
    ) -> None:
        self._deadline, self._addresses = deadline, addresses
        super().__init__(*args, **kwargs)

    def _new_conn(self) -> socket.socket:
        name = self._dns_host
        try:
            return self._deadline.watch(self._connected(self._addresses or [name]))
        finally:
            self._dns_host = name

    def _connected(self, addresses: Sequence[str]) -> socket.socket:
        """Return a connection to the first of `addresses` that answers, or the last one's error."""
        *others, last = addresses
        for address in others:
            with contextlib.suppress(HTTPError):
                return self._connect(address)
        return self._connect(last)

    def _connect(self, address: str) -> socket.socket:
        self._dns_host = address
        opened: socket.socket = super()._new_conn()  # type: ignore[misc]
        return opened


class _Connection(_Watched, HTTPConnection):
    pass


class _SecureConnection(_Watched, HTTPSConnection):
    pass


class _WatchedAdapter(HTTPAdapter):
    def __init__(self, deadline: _Deadline, addresses: Sequence[str] | None) -> None:
        given: dict[str, Any] = {"deadline": deadline, "addresses": addresses}
        self._pools: dict[str, Any] = {
            "http": _pools_of(HTTPConnectionPool, partial(_Connection, **given)),
            "https": _pools_of(HTTPSConnectionPool, partial(_SecureConnection, **given)),
        }
        super().__init__(max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = self._pools

    def proxy_manager_for(self, *args: Any, **kwargs: Any) -> Any:
        manager = super().proxy_manager_for(*args, **kwargs)
        manager.pool_classes_by_scheme = self._pools
        return manager


def _pools_of(pool_class: type[HTTPConnectionPool], connect: Any) -> Callable[..., Any]:
    def pool(*args: Any, **kwargs: Any) -> HTTPConnectionPool:
        made = pool_class(*args, **kwargs)
        made.ConnectionCls = connect
        return made

    return pool
