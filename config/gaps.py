"""Fill the gaps between Python's objects, before the workers are forked.

Python keeps small objects in pools, each for one size (CPython, Objects/obmalloc.c). What a worker
makes would go where a pool that all share has room: into thousands of pages, each of which is the
worker's own from then on. Where there is no room it goes to a few new pages.
"""

from collections import Counter
from collections.abc import Callable
from functools import partial

POOL = 16 * 1024
_HEADER = 48
_STEP, _LARGEST = 16, 512  # bytes of an object; what is larger is malloc's
_EMPTY = 33  # bytes of b""
_COUNTING = 8  # objects of 32 bytes, those of numbers, that counting leaves in a pool
_MOST = 16 * 1024 * 1024  # bytes of one size, where another allocator has no such pools

_filling: list[list[object]] = []


def fill() -> None:
    """Fill all gaps, with objects that stay. The smallest come last: counting makes such."""
    _filling[:] = [_fill(size) for size in range(_LARGEST, 0, -_STEP)]


def _fill(size: int) -> list[object]:
    """Return objects that take all the room there is, short of a pool that was empty."""
    make, enough = _maker(size), (POOL - _HEADER) // size
    enough -= _COUNTING if size == 32 else 0
    made: list[object] = []
    of_pool: Counter[int] = Counter()
    while len(made) * size < _MOST:
        made.append(make())
        pool = id(made[-1]) // POOL
        of_pool[pool] += 1
        if of_pool[pool] >= enough:
            return [each for each in made if id(each) // POOL != pool]
    return []


def _maker(size: int) -> Callable[[], object]:
    smaller: dict[int, Callable[[], object]] = {16: object, 32: partial(float, "1.5")}
    return smaller.get(size) or partial(bytes, size - _EMPTY)
