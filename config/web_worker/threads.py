"""Handle connections in a few threads, none of which is one that waits for somebody else.

Eight people who come back from a third party that is slow would hold all of 2 x 4 threads for its
five seconds. So a thread that calls out is away while it waits (accounts/network/waiting.py), and
another one is started in its place where a request needs it. How many may be away is bounded, and
for one host to half of that: of a third party that is down, the others' people feel nothing.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from queue import SimpleQueue
from threading import Lock, Thread, local
from typing import Any

from django.db import connections

from accounts.network.waiting import TooManyWait


class Threads:
    """Handle as concurrent.futures would, without a future for each: half of what it costs.

    `number` threads do it, not counting those that are away: of these, `most_away`. Those that come
    back may make it more for a moment; then one ends as soon as its work is done.
    """

    def __init__(self, number: int, handle: Callable[[Any], None], *, most_away: int) -> None:
        self._work: SimpleQueue[Any] = SimpleQueue()  # None: see whether you are one too many
        self._number, self._handle, self._most_away = number, handle, most_away
        self._lock = Lock()
        self._alive = self.away = 0
        self._away: Counter[str] = Counter()  # by host
        self._is_over = False
        self._thread = local()  # is_here: whether it is one of these, and not away
        for _ in range(number):
            self._start()

    def give(self, work: Any) -> None:
        self._work.put(work)
        if self.away:
            self._fill()

    def shutdown(self, wait: bool = True) -> None:
        """Take no more; who is being answered is not waited for."""
        self._is_over = True
        for _ in range(self._alive):
            self._work.put(None)

    @contextmanager
    def away_for(self, host: str) -> Iterator[None]:
        """Let another thread answer while this one waits for `host`. Raises TooManyWait.

        For a thread that is none of these, or is away already, it changes nothing.
        """
        if not getattr(self._thread, "is_here", False):
            yield
            return
        self._leave(host)
        try:
            yield
        finally:
            self._come_back(host)

    def _leave(self, host: str) -> None:
        with self._lock:
            if self.away >= self._most_away or self._away[host] >= max(1, self._most_away // 2):
                raise TooManyWait
            self.away += 1
            self._away[host] += 1
            is_one_too_many = self._alive > self._number
        self._fill()
        self._thread.is_here = False
        if is_one_too_many:
            _give_back_connections()

    def _come_back(self, host: str) -> None:
        self._thread.is_here = True
        with self._lock:
            self.away -= 1
            self._away[host] -= 1
            if not self._away[host]:
                del self._away[host]
            are_too_many = self._alive - self.away > self._number
        if are_too_many:
            self._work.put(None)

    def _fill(self) -> None:
        """Start a thread where there is work that nobody has taken yet, and a place."""
        with self._lock:
            if not self._work.empty() and self._alive - self.away < self._number:
                self._start()

    def _start(self) -> None:
        self._alive += 1
        Thread(target=self._run, name="request", daemon=True).start()

    def _run(self) -> None:
        self._thread.is_here = True
        while (work := self._work.get()) is not None or not self._ends():
            if work is not None:
                self._handle(work)
        connections.close_all()

    def _ends(self) -> bool:
        """Return whether this thread is to end: one is too many, or there is no more work."""
        with self._lock:
            ends = self._is_over or self._alive - self.away > self._number
            self._alive -= ends
        return ends


def _give_back_connections() -> None:
    """Close this thread's connections to the database: the thread in its place opens its own, and
    PostgreSQL has about as many for each node as were planned for."""
    for connection in connections.all(initialized_only=True):
        if not connection.in_atomic_block:
            connection.close()
