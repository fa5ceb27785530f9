"""The shared cache, able to count exactly when many processes count at once.

Without Redis it is a table of the database. With Redis it is Redis, and the table while Redis is
gone: what is counted there (sign-ins, token requests: accounts/limits/ and allauth's own limits) is
then counted on for all processes together. It starts again from nothing, and so does the way back,
so that an outage gives each limit once more at most; nobody is unlimited, and nobody is turned away
because of it. Each process says so in its log.
"""

import time
from datetime import UTC, datetime
from typing import Any

import structlog
from django.core.cache import caches
from django.core.cache.backends.base import DEFAULT_TIMEOUT, BaseCache
from django.core.cache.backends.db import DatabaseCache as DjangoDatabaseCache
from django.core.cache.backends.redis import RedisCache
from django.db import connections, router
from redis.exceptions import RedisError

TABLE = "database"  # the alias, in CACHES, of the table that stands in for Redis
RETRY_SECONDS = 5

log = structlog.get_logger("cache")

# One statement, so that no process counts over another's count. Django's own incr() reads, then
# writes. A count is kept as digits, which get() cannot read.
_COUNT = """
    INSERT INTO {table} (cache_key, value, expires) VALUES (%s, %s, %s)
    ON CONFLICT (cache_key) DO UPDATE
    SET value = CAST(CAST({table}.value AS bigint) + CAST(excluded.value AS bigint) AS text)
    RETURNING value
"""

_REMOVE_EXPIRED = """
    DELETE FROM {table} WHERE cache_key IN
        (SELECT cache_key FROM {table} WHERE expires < %s ORDER BY expires LIMIT %s {skip})
    RETURNING cache_key
"""


class DatabaseCache(DjangoDatabaseCache):
    def count(self, key: str, seconds: int, *, by: int = 1) -> int:
        """Add `by` to what `key` counts, from 0 where it is new, and return the sum.

        `key` is forgotten `seconds` from its first use or later: name a new one for a new period.
        """
        connection = connections[router.db_for_write(self.cache_model_class)]
        expires = datetime.fromtimestamp(int(time.time()) + seconds, UTC)
        values = [
            self.make_and_validate_key(key),
            str(by),
            connection.ops.adapt_datetimefield_value(expires),
        ]
        table = connection.ops.quote_name(self._table)  # type: ignore[attr-defined]
        with connection.cursor() as cursor:
            cursor.execute(_COUNT.format(table=table), values)
            (counted,) = cursor.fetchone()
        return int(counted)

    def count_expired(self, now: datetime) -> int:
        """Return how many entries nobody can read any more."""
        return self._on_expired("SELECT COUNT(*) FROM {table} WHERE expires < %s", now)[0][0]

    def remove_expired(self, now: datetime, *, at_most: int) -> int:
        """Take the oldest of them away; return how many."""
        return len(self._on_expired(_REMOVE_EXPIRED, now, at_most))

    def _on_expired(self, sql: str, now: datetime, *parameters: int) -> list[Any]:
        connection = connections[router.db_for_write(self.cache_model_class)]
        before = connection.ops.adapt_datetimefield_value(now.replace(microsecond=0))
        table = connection.ops.quote_name(self._table)  # type: ignore[attr-defined]
        skip = "FOR UPDATE SKIP LOCKED" if connection.vendor == "postgresql" else ""
        with connection.cursor() as cursor:
            cursor.execute(sql.format(table=table, skip=skip), [before, *parameters])
            return list(cursor.fetchall())


class CountingRedisCache(RedisCache):
    def count(self, key: str, seconds: int, *, by: int = 1) -> int:
        """Like DatabaseCache.count."""
        try:
            return self.incr(key, by)  # Redis does this in one step
        except ValueError:
            self.add(key, 0, seconds)  # whoever is first makes it
            return self.incr(key, by)


class RedisOrDatabaseCache(BaseCache):
    """Redis; while it does not answer, the cache of the alias TABLE. Redis is then tried again
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

    def count(self, key: str, seconds: int, *, by: int = 1) -> int:
        return int(self._do("count", key, seconds, by=by))

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
