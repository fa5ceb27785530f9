"""Keep the cache in a table of the database, which counts exactly when many count at once.

It is the cache where there is no Redis, and while Redis is gone: accounts/storage/redis_cache.py.
"""

import time
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from functools import lru_cache
from itertools import islice
from math import ceil
from typing import Any, NamedTuple

from django.core.cache.backends.db import DatabaseCache as DjangoDatabaseCache
from django.db import connections, router

from accounts.storage.rows import first_row

TABLE = "database"  # the alias, in CACHES, of the table that stands in for Redis

# One statement, so that no process counts over another's count. Django's own incr() reads, then
# writes. A count is kept as digits, which get() cannot read.
_ADD = """
    ON CONFLICT (cache_key) DO UPDATE SET
        value = CASE WHEN {table}.expires <= %(now)s THEN excluded.value ELSE
            CAST(CAST({table}.value AS bigint) + CAST(excluded.value AS bigint) AS text) END,
        expires = CASE WHEN {table}.expires <= %(now)s THEN excluded.expires
            ELSE {table}.expires END
    RETURNING value, expires
"""
_COUNT = """
    INSERT INTO {table} (cache_key, value, expires) VALUES (%(key)s, %(by)s, %(ends)s) {add}
"""
# PostgreSQL alone can look something up and count that it is there with one round trip.
_FIND_AND_COUNT = """
    WITH found AS MATERIALIZED ({lookup}), counted AS (
        INSERT INTO {table} (cache_key, value, expires)
        SELECT CAST(%(key)s AS varchar), CAST(%(by)s AS text), CAST(%(ends)s AS timestamptz)
        FROM found LIMIT 1 {add}
    )
    SELECT counted.*, found.* FROM counted, found
"""

# PostgreSQL is given an array of keys and looks up each: how large the table seems to be
# cannot make it read all of that.
_REMOVE_EXPIRED = """
    DELETE FROM {table} WHERE cache_key {among}
        (SELECT cache_key FROM {table} WHERE expires < %s ORDER BY expires LIMIT %s {skip}){end}
    RETURNING cache_key
"""


class Counted(NamedTuple):
    """Hold what a key counts, and for how many seconds it will go on from there."""

    number: int
    left: int


class Lookup(NamedTuple):
    """Hold a SELECT with its parameters, by name: others than `key`, `by`, `ends` and `now`."""

    statement: str
    parameters: dict[str, Any]


class Found(NamedTuple):
    """Hold the row that a lookup found, and what was counted for it."""

    counted: Counted
    row: Iterator[Any]


class DatabaseCache(DjangoDatabaseCache):
    def count(self, key: str, seconds: int, *, by: int = 1) -> Counted:
        """Add `by` to what `key` counts, and return the sum.

        It begins at 0 with the key's first use, and anew at the first use `seconds` after that.
        """
        now = int(time.time())
        with self._connection.cursor() as cursor:
            cursor.execute(self._sql(_COUNT), self._values(key, now, seconds, by))
            return _counted(cursor.fetchone(), now)

    def find_and_count(
        self, lookup: Lookup, key: str, seconds: int, *, by: int = 1
    ) -> Found | None:
        """Count `by` more as `count` does, where `lookup` finds a row, and return that row with the
        sum. None, and nothing counted, where it finds none."""
        if self._connection.vendor != "postgresql":
            return find_then_count(self, lookup, key, seconds, by)
        now = int(time.time())
        values = lookup.parameters | self._values(key, now, seconds, by)
        row = first_row(self._sql(_FIND_AND_COUNT, lookup.statement), values)
        return None if row is None else Found(_counted(islice(row, 2), now), row)

    @property
    def _connection(self) -> Any:
        return connections[router.db_for_write(self.cache_model_class)]

    def _sql(self, sql: str, lookup: str = "") -> str:
        table = self._connection.ops.quote_name(self._table)  # type: ignore[attr-defined]
        return _composed(sql, table, lookup)

    def _values(self, key: str, now: int, seconds: int, by: int) -> dict[str, Any]:
        as_column = self._connection.ops.adapt_datetimefield_value
        return {
            "key": self.make_and_validate_key(key),
            "by": str(by),
            "ends": as_column(datetime.fromtimestamp(now + seconds, UTC)),
            "now": as_column(datetime.fromtimestamp(now, UTC)),
        }

    def count_expired(self, now: datetime) -> int:
        """Return how many entries nobody can read any more."""
        return self._on_expired("SELECT COUNT(*) FROM {table} WHERE expires < %s", now)[0][0]

    def remove_expired(self, now: datetime, *, at_most: int) -> int:
        """Take the oldest of them away; return how many."""
        return len(self._on_expired(_REMOVE_EXPIRED, now, at_most))

    def _on_expired(self, sql: str, now: datetime, *parameters: int) -> list[Any]:
        connection = self._connection
        before = connection.ops.adapt_datetimefield_value(now.replace(microsecond=0))
        table = connection.ops.quote_name(self._table)  # type: ignore[attr-defined]
        how = {"among": "IN", "skip": "", "end": ""}
        if connection.vendor == "postgresql":
            how = {"among": "= ANY(ARRAY", "skip": "FOR UPDATE SKIP LOCKED", "end": ")"}
        with connection.cursor() as cursor:
            cursor.execute(sql.format(table=table, **how), [before, *parameters])
            return list(cursor.fetchall())


@lru_cache(maxsize=16)
def _composed(sql: str, table: str, lookup: str) -> str:
    return sql.format(table=table, lookup=lookup, add=_ADD.format(table=table))


def _counted(row: Iterable[Any], now: int) -> Counted:
    value, expires = row
    return Counted(int(value), max(1, ceil(_timestamp(expires) - now)))


def find_then_count(cache: Any, lookup: Lookup, key: str, seconds: int, by: int) -> Found | None:
    """Find and count as DatabaseCache.find_and_count does, one after the other."""
    row = first_row(*lookup)
    return None if row is None else Found(cache.count(key, seconds, by=by), row)


def _timestamp(expires: datetime | str) -> float:
    """Read a time as the database returns it: SQLite does so as text, without a time zone."""
    if isinstance(expires, str):
        expires = datetime.fromisoformat(expires)
    return (expires if expires.tzinfo else expires.replace(tzinfo=UTC)).timestamp()
