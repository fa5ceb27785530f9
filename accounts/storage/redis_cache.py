"""Keep the cache in Redis, and in a table of the database while Redis is gone.

What is counted there (sign-ins, token requests: accounts/limits/ and allauth's own limits) is
then counted on for all processes together. It starts again from nothing, and so does the way back,
so that an outage gives each limit once more at most; nobody is unlimited, and nobody is turned away
because of it. Each process says so in its log.
"""

import time
from typing import Any, cast

import structlog
from django.core.cache import caches
from django.core.cache.backends.base import DEFAULT_TIMEOUT, BaseCache
from django.core.cache.backends.redis import RedisCache
from redis.exceptions import RedisError

from accounts.storage.cache import TABLE, Counted, Found, Lookup, find_then_count

RETRY_SECONDS = 5

log = structlog.get_logger("cache")


class CountingRedisCache(RedisCache):
    def count(self, key: str, seconds: int, *, by: int = 1) -> Counted:
        """Count as DatabaseCache.count does, as one transaction of Redis."""
        name = self.make_and_validate_key(key)
        with self._cache.get_client(name, write=True).pipeline() as steps:
            steps.set(name, 0, ex=seconds, nx=True)
            steps.incrby(name, by)
            steps.ttl(name)
            _, number, left = steps.execute()
        return Counted(number, max(1, left))


class RedisOrDatabaseCache(BaseCache):
    """Use Redis; while it does not answer, the cache of the alias TABLE. Redis is then tried again
    every RETRY_SECONDS, so that not every request waits for it."""

    _down_until = 0.0  # by time.monotonic(); one for all threads

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(params)
        self._redis = CountingRedisCache(server, params)

    def _do(self, method: str, *args: Any, **kwargs: Any) -> Any:
        if time.monotonic() >= RedisOrDatabaseCache._down_until:
            try:
                return getattr(self._redis, method)(*args, **kwargs)
            except RedisError as error:
                RedisOrDatabaseCache._down_until = time.monotonic() + RETRY_SECONDS
                log.error(
                    "redis_is_gone",
                    error=type(error).__name__,
                    effect="limits start anew and are counted in the database",
                    tried_again_in=RETRY_SECONDS,
                )
        return getattr(caches[TABLE], method)(*args, **kwargs)

    def is_away(self) -> bool:
        """Return whether Redis did not answer when it was last asked."""
        return time.monotonic() < RedisOrDatabaseCache._down_until

    def count(self, key: str, seconds: int, *, by: int = 1) -> Counted:
        return cast(Counted, self._do("count", key, seconds, by=by))

    def find_and_count(
        self, lookup: Lookup, key: str, seconds: int, *, by: int = 1
    ) -> Found | None:
        return find_then_count(self, lookup, key, seconds, by)

    def add(
        self, key: str, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None
    ) -> bool:
        return bool(self._do("add", key, value, timeout, version))

    def get(self, key: str, default: Any = None, version: int | None = None) -> Any:
        return self._do("get", key, default, version)

    def set(
        self, key: str, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None
    ) -> None:
        self._do("set", key, value, timeout, version)

    def touch(self, key: str, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        return bool(self._do("touch", key, timeout, version))

    def delete(self, key: str, version: int | None = None) -> bool:
        return bool(self._do("delete", key, version))

    def incr(self, key: str, delta: int = 1, version: int | None = None) -> int:
        return int(self._do("incr", key, delta, version))

    def clear(self) -> None:
        self._do("clear")
