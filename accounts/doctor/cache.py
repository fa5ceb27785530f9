"""Look whether the cache keeps what it is given, and for all processes."""

import secrets
from collections.abc import Iterator

from django.core.cache import cache, caches
from django.utils.translation import gettext_lazy as _

from accounts.doctor.findings import Finding, Topic
from accounts.storage.cache import TABLE, DatabaseCache

topic = Topic("cache")

_KEY = "doctor"


def examine() -> Iterator[Finding]:
    yield _keeps()  # first: it asks Redis, if there is one
    yield _shared()


def _shared() -> Finding:
    checked = _("All processes share it")
    behind = caches["default"]
    if isinstance(behind, DatabaseCache):
        return topic.ok(checked, _("It is a table of the database."))
    from accounts.storage.redis_cache import RedisOrDatabaseCache  # takes memory that others need

    if isinstance(behind, RedisOrDatabaseCache):
        if behind.is_away():
            return topic.warning(
                checked,
                _("Redis does not answer; the database stands in, which is slower."),
                _("Start Redis, and compare REDIS_URL with where it is."),
            )
        return topic.ok(checked, _("Redis answers."))
    return topic.broken(
        checked,
        _("%(cache)s is not known to be shared: each process counts attempts alone.")
        % {"cache": type(behind).__name__},
        _("Leave CACHES in config/settings.py as it is, and set REDIS_URL for Redis."),
    )


def _keeps() -> Finding:
    checked = _("It keeps what it is given")
    given = secrets.token_hex(8)
    cache.set(_KEY, given, 60)
    if cache.get(_KEY) == given:
        return topic.ok(checked, _("What was written could be read."))
    return topic.broken(
        checked,
        _("What was written is not there."),
        _("See whether Redis has memory left, or the cache's table “%(table)s” can be written.")
        % {"table": TABLE},
    )
