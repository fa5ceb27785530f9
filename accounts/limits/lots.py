"""Count who calls very often in lots, so that a call costs a statement only now and then.

A lot is a hundredth of the limit. The first one in each process is spent from memory, and counted
together with the second one when that is taken: who calls now and then costs nothing at all. From
then on a lot is counted before it is spent. So no more pass than the limit, and at most one lot for
each process on top of it. Of a limit below a thousand each call is counted by itself, exactly.
"""

import threading
import time
from dataclasses import dataclass
from typing import NamedTuple

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest

from accounts.limits.rate_limits import LimitReached, Rate, key_of, parse, refused
from accounts.security_events.record import limit_hit

__all__ = ["LimitReached", "Standing", "forget_all", "take"]

_PARTS = 100
_EXACTLY = 1000  # below this limit
_MOST = 10_000  # callers; whoever comes after them takes the place of the oldest

_lock = threading.Lock()
_purses: dict[tuple[str, ...], "_Purse"] = {}


class Standing(NamedTuple):
    """Say what is left of `rate`, as far as this process knows, and for how many seconds."""

    rate: Rate
    left: int
    seconds: int


@dataclass
class _Purse:
    """Hold what one caller may still spend here: of what was `lent` nothing is counted yet, `rest`
    is what the others may spend, and it all ends at `until` by time.monotonic()."""

    spare: int
    lent: int
    rest: int
    until: float


def take(request: HttpRequest, name: str, *who: str, client_id: str = "") -> Standing:
    """Take one of the limit `name` for `who`. Raises LimitReached where nothing is left."""
    told = settings.RATE_LIMITS[name]
    rate, caller, now = parse(told), (name, told, *who), time.monotonic()
    with _lock:
        purse = _purses.get(caller)
        if purse is None or purse.until <= now:
            purse = _new(caller, rate, now)
        if purse.spare > 0:
            purse.spare -= 1
            return _standing(purse, rate, now)
        if purse.rest < 0:  # the count said so: nothing else can come of it until it ends
            raise refused(name, _seconds(purse, now))
    return _fetch(request, caller, rate, client_id)


def _fetch(request: HttpRequest, caller: tuple[str, ...], rate: Rate, client_id: str) -> Standing:
    """Count what was lent with one more lot, and spend the first of that."""
    name, _told, *who = caller
    lot = _lot(rate)
    with _lock:
        purse = _purses[caller] if caller in _purses else _new(caller, rate, time.monotonic())
        lent, purse.lent = purse.lent, 0
    counted = cache.count(  # type: ignore[attr-defined]
        key_of(name, rate, tuple(who)), rate.seconds, by=lent + lot
    )
    over = counted.number - rate.limit
    now = time.monotonic()
    with _lock:
        purse.until = now + counted.left
        purse.rest = -1 if over >= lot else max(0, -over)
        if over < lot:
            purse.spare += lot - max(0, over) - 1
            return _standing(purse, rate, now)
    if over < 2 * lot + lent:
        limit_hit(request, name, client_id=client_id)
    raise refused(name, counted.left)


def _new(caller: tuple[str, ...], rate: Rate, now: float) -> _Purse:
    lent = _lot(rate) if rate.limit >= _EXACTLY else 0
    if len(_purses) >= _MOST:
        del _purses[next(iter(_purses))]
    _purses[caller] = _Purse(lent, lent, rate.limit - lent, now + rate.seconds)
    return _purses[caller]


def _lot(rate: Rate) -> int:
    return rate.limit // _PARTS if rate.limit >= _EXACTLY else 1


def _standing(purse: _Purse, rate: Rate, now: float) -> Standing:
    return Standing(rate, max(0, purse.spare + purse.rest), _seconds(purse, now))


def _seconds(purse: _Purse, now: float) -> int:
    return max(1, int(purse.until - now + 0.999))


def forget_all() -> None:
    """Forget what is kept here, as a new process does."""
    with _lock:
        _purses.clear()
