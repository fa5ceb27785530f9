"""Tell whoever answers requests here that one of them waits for somebody else.

A third party may take five seconds, and a request has a thread meanwhile that could answer others.
Before it waits, it says so by `waiting_for`; what follows from that is for the server to say, which
sets `take_place` (config/web_worker/worker.py). Without a server, in a command, nothing follows.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext, suppress


class TooManyWait(Exception):
    """Report that as many requests wait already as may, for this host or for all."""


Away = Callable[[str], AbstractContextManager[None]]


def stay(host: str) -> AbstractContextManager[None]:
    """Wait in place, as where there is no server."""
    return nullcontext()


class _Server:
    """Hold what a server does while one of its threads waits for a host."""

    away: Away = staticmethod(stay)


def take_place(away: Away) -> None:
    """Have `away`, given the name of a host, wrap each wait. It may raise TooManyWait."""
    _Server.away = staticmethod(away)


@contextmanager
def waiting_for(host: str) -> Iterator[None]:
    """Wait for `host`, while another request is answered. Raises TooManyWait.

    Not inside a transaction: the thread's connection to the database may be given back.
    """
    with _Server.away(host):
        yield


@contextmanager
def waiting_anyway(what: str) -> Iterator[None]:
    """Wait likewise, and as long where too many do: for what must not fail because of that."""
    with ExitStack() as stack:
        with suppress(TooManyWait):
            stack.enter_context(_Server.away(what))
        yield
