"""Limit how often what may be tried: counted in the shared cache, for all processes together.

Each limit has a name and, in `settings.RATE_LIMITS`, a rate such as "600/m" or "10/5m". Whose limit
it is begins to count with their first try, and anew when that time is over. Counting is one
statement of the database, or one step of Redis, so that simultaneous requests cannot slip through
between a reading and a writing; the price is that around the end of a window up to twice the rate
can pass.

Endpoints for clients count by client and address, and never by the client alone: whoever names a
client without being it uses up what that client may do from *their* address, and nothing else. How
people who sign in are counted: sign_in_limits.py.

What happens while the cache is gone: accounts/storage/redis_cache.py.
"""

import hashlib
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache, wraps
from ipaddress import IPv6Address, ip_network
from typing import TYPE_CHECKING, Any, cast

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_noop

from accounts.limits import shares
from accounts.metrics import declared
from accounts.network.client_address import client_address
from accounts.security_events.record import limit_hit
from accounts.storage.cache import Lookup
from accounts.storage.rows import first_row
from accounts.text.in_words import InWords

if TYPE_CHECKING:
    from accounts.models import User

_RATE = re.compile(r"([1-9][0-9]{0,8})/([1-9][0-9]{0,4})?([smhd])")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_LONGEST = 24 * 3600  # seconds that a growing limit lasts at most
_REMEMBERED = 7 * 24 * 3600
_IPV6_PREFIX = 64  # what one subscriber is given, so that they cannot change address at will

View = Callable[..., HttpResponse]


class LimitReached(Exception):
    """Report that it was tried too often: it may be again `seconds` from now."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"Try again in {seconds} seconds.")
        self.seconds = seconds


class NoRate(InWords, ValueError):
    """Report a text that is no rate."""


@dataclass(frozen=True)
class Rate:
    limit: int
    seconds: int


@lru_cache
def parse(text: str) -> Rate:
    """Read "600/m" or "10/5m" (s, m, h, d). Raises NoRate for anything else."""
    match = _RATE.fullmatch(text)
    if match is None:
        raise NoRate(gettext_noop("“%(text)s” is not a rate such as 600/m."), text=text)
    return Rate(int(match[1]), int(match[2] or 1) * _SECONDS[match[3]])


def hit(
    request: HttpRequest,
    name: str,
    *who: str,
    weight: int = 1,
    client_id: str = "",
    user: "User | None" = None,
) -> None:
    """Count one more for `who` under the limit `name`. Raises LimitReached where it is too many.

    Empty `who`: by address. The first request that is refused in a window is a security event,
    which names `client_id` and `user`.
    """
    rate = parse(settings.RATE_LIMITS[name])
    key = key_of(name, rate, who or (network_of(request),))
    counted = cache.count(key, rate.seconds, by=weight)  # type: ignore[attr-defined]
    if counted.number <= rate.limit:
        return
    if counted.number - weight <= rate.limit:
        limit_hit(request, name, client_id=client_id, user=user)
    raise refused(name, counted.left)


def find_and_hit(
    request: HttpRequest, name: str, *who: str, lookup: Lookup, client_id: str
) -> Iterator[Any] | None:
    """Return the row that `lookup` finds, and count one more for `who` as `hit` does: with the same
    statement where the table counts and is PostgreSQL's, and of a large limit a share at a time
    (shares.py). Raises LimitReached where it is too many.

    None, and nothing is counted, where there is no such row.
    """
    rate = parse(settings.RATE_LIMITS[name])
    key = key_of(name, rate, who)
    if shares.spend(key):
        return _found_or_dropped(lookup, key)
    share = shares.size(rate.limit)
    found = cache.find_and_count(lookup, key, rate.seconds, by=share)  # type: ignore[attr-defined]
    if found is None:
        return None
    over = found.counted.number - rate.limit
    if over < share:
        shares.keep(key, share - max(0, over) - 1, found.counted.left)
        return cast(Iterator[Any], found.row)
    if over < 2 * share:
        limit_hit(request, name, client_id=client_id)
    raise refused(name, found.counted.left)


def _found_or_dropped(lookup: Lookup, key: str) -> Iterator[Any] | None:
    row = first_row(*lookup)
    if row is None:
        shares.drop(key)
    return row


def hit_growing(request: HttpRequest, name: str, *who: str, user: "User") -> None:
    """Count one more, where each time that `who` uses up the limit makes the next one last twice as
    long, up to a day. forget_growing() lets them begin anew, or a week without reaching it.
    """
    rate = parse(settings.RATE_LIMITS[name])
    key = key_of(name, rate, who)
    level = _level(key)
    counted = cache.count(  # type: ignore[attr-defined]
        f"{key}:{level}", min(rate.seconds << level, _LONGEST)
    )
    if counted.number == rate.limit:
        rises = (level + 1, time.time() + counted.left)
        cache.set(f"{key}:level", rises, counted.left + _REMEMBERED)
    if counted.number <= rate.limit:
        return
    if counted.number == rate.limit + 1:
        limit_hit(request, name, user=user)
    raise refused(name, counted.left)


def refused(name: str, seconds: int) -> LimitReached:
    declared.LIMITS.count(name)
    return LimitReached(seconds)


def forget_growing(name: str, *who: str) -> None:
    """Let `who` begin anew: they were right."""
    key = key_of(name, parse(settings.RATE_LIMITS[name]), who)
    cache.delete(f"{key}:{_level(key)}")
    cache.delete(f"{key}:level")


def _level(key: str) -> int:
    """Return how often the limit was used up before. It rises when the wait is over."""
    level, begins = cache.get(f"{key}:level") or (0, 0.0)
    return int(level) if time.time() >= begins else int(level) - 1


def take_back(name: str, *who: str) -> None:
    """Undo a hit() of `who`: it was right, and costs nothing."""
    rate = parse(settings.RATE_LIMITS[name])
    cache.count(key_of(name, rate, who), rate.seconds, by=-1)  # type: ignore[attr-defined]


def forget(name: str, *who: str) -> None:
    """Let `who` begin anew."""
    cache.delete(key_of(name, parse(settings.RATE_LIMITS[name]), who))


def limited(name: str) -> Callable[[View], View]:
    """Limit a page by the address that asks for it."""

    def decorator(view: View) -> View:
        @wraps(view)
        def limited_view(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            hit(request, name)
            return view(request, *args, **kwargs)

        return limited_view

    return decorator


def network_of(request: HttpRequest) -> str:
    """Return whom an address belongs to: itself for IPv4, the subscriber's network for IPv6."""
    address = client_address(request)
    if ":" not in address:
        return address
    return str(ip_network((IPv6Address(address), _IPV6_PREFIX), strict=False))


def key_of(name: str, rate: Rate, who: tuple[str, ...]) -> str:
    # A digest: a client ID may be anything that somebody sent, and keys are kept in plain text.
    counted = "\0".join((name, str(rate), *who))
    return f"limit:{hashlib.sha256(counted.encode(errors='replace')).hexdigest()}"
