"""Share connections out: a worker that has more than another leaves the next one to it.

The kernel gives a new connection to whichever worker asks first, and of eight that stay open one
worker gets five, six or all in most cases. It then computes by itself, on one core, what two could.
"""

import mmap

_PLACES = 256
_NONE = -1  # no worker here
# Whoever has more asks again so often, for so long, before it takes the connection all the same:
# the other one may hang, and nobody is to wait for that.
AGAIN_SECONDS = 0.002
PATIENCE_SECONDS = 0.05


class Counts:
    """Hold how many connections each worker has, in memory that all workers share."""

    def __init__(self) -> None:
        self._counts = memoryview(mmap.mmap(-1, 4 * _PLACES)).cast("i")
        for place in range(_PLACES):
            self._counts[place] = _NONE

    def put(self, place: int, number: int) -> None:
        if place < _PLACES:
            self._counts[place] = number

    def leave(self, place: int) -> None:
        self.put(place, _NONE)

    def least(self) -> int:
        """Return how many the worker has that has fewest."""
        return min((number for number in self._counts if number != _NONE), default=0)


class Turn:
    """Say whether it is a worker's turn to take a connection."""

    def __init__(self, counts: Counts, place: int) -> None:
        self._counts, self._place = counts, place
        self._has_left = False
        self._ends: float | None = None  # the time in which others may take what waits

    def note(self, number: int) -> None:
        """Tell the others how many connections this worker has."""
        if not self._has_left:
            self._counts.put(self._place, number)

    def leave(self) -> None:
        """Have nobody leave a connection to this worker."""
        self._has_left = True
        self._counts.leave(self._place)

    def is_mine(self, number: int, now: float) -> bool:
        """Return whether a worker with so many connections is to take the one that waits `now`."""
        if number <= self._counts.least():
            self._ends = None
            return True
        if self._ends is None or now > self._ends + PATIENCE_SECONDS:  # another one than before
            self._ends = now + PATIENCE_SECONDS
        return now >= self._ends
