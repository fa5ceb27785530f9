"""Keep, in this process, a share of a limit that was counted at once.

To count each request of a client is a write to the database for each, all of them to one row. Of a
large limit a process therefore takes a thousandth at a time, and spends that from memory. It is
counted when it is taken, so that no more pass than the limit says; what a process does not spend is
lost, so that at most a thousandth for each process may be refused too early. Of a limit below two
thousand each request is counted by itself.
"""

import threading
import time

PARTS = 1000
_MOST = 10_000  # keys; whoever comes after them takes the place of the oldest

_lock = threading.Lock()
_kept: dict[str, tuple[int, float]] = {}  # how many are left, until when by time.monotonic()


def size(limit: int) -> int:
    """Return how many requests are counted at once under `limit`."""
    return max(1, limit // PARTS)


def spend(key: str) -> bool:
    """Take one of what is kept under `key`; False where nothing is left."""
    with _lock:
        left, until = _kept.get(key, (0, 0.0))
        if left < 1 or until <= time.monotonic():
            _kept.pop(key, None)
            return False
        _kept[key] = (left - 1, until)
        return True


def keep(key: str, number: int, seconds: int) -> None:
    """Keep `number` under `key`, for as long as the count that they are part of goes on."""
    if number < 1:
        return
    with _lock:
        if len(_kept) >= _MOST:
            del _kept[next(iter(_kept))]
        _kept[key] = (number, time.monotonic() + seconds)


def drop(key: str) -> None:
    """Keep nothing more under `key`: whoever fails is counted one by one again, as the count knows
    of failures that this process has not seen."""
    with _lock:
        _kept.pop(key, None)
