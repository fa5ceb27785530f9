"""Read security events in their order without a gap: for who remembers the last one and goes on.

An event's number is given when it is written, and the event is there for others when its
transaction commits. Of two that are written side by side the later one may be there first, and a
reader who goes on from it has missed the other for good. So nobody reads beyond `newest`: below it
nothing will appear any more.

It costs writers nothing. On PostgreSQL whoever writes an event holds a lock of its table (ROW
EXCLUSIVE, which no other such lock waits for) from before the number is given until after the
commit. Those who hold one now may have lower numbers than the newest event; when they have ended,
all numbers up to it are there or never will be. On SQLite one writes at a time, in order.

One transaction that stays open for minutes holds back what came after its own events, and nothing
else: up to the first number that is missing, everything is there. A number that was given and
rolled back is missing, too, so each process remembers below which number none is awaited.
"""

import time

from django.db import connection

from accounts.models import SecurityEvent

WAIT_SECONDS = 0.5
_LOOK_SECONDS = 0.01
_AT_ONCE = 1_000  # events


class _Known:
    """Hold a key up to which nobody writes any more, as this process found out."""

    key = 0


_known = _Known()

_WRITERS = """
    SELECT virtualtransaction FROM pg_locks
    WHERE relation = %s::regclass AND mode = 'RowExclusiveLock' AND granted
        AND pid IS DISTINCT FROM pg_backend_pid()
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""


def newest(*, after: int = 0, wait: float = WAIT_SECONDS) -> int:
    """Return the key of an event below which no other one will appear: `after` where there is none
    above it. Who writes is waited for, for `wait` seconds; then it is a key before theirs.

    Read what is up to it with a statement of its own, and not in a transaction that looked before.
    """
    last = SecurityEvent.objects.order_by("-pk").values_list("pk", flat=True).first()
    if last is None or last <= after:
        return after
    if connection.vendor != "postgresql":
        return int(last)
    if not _have_ended(_writers(), wait):
        return _before_a_gap(max(after, min(_known.key, last)))
    _known.key = int(last)
    return int(last)


def _before_a_gap(key: int) -> int:
    """Return the last of the keys that follow `key` one after the other."""
    following = SecurityEvent.objects.filter(pk__gt=key).order_by("pk")
    for found in following.values_list("pk", flat=True)[:_AT_ONCE]:
        if found != key + 1:
            break
        key = found
    return key


def _have_ended(asked: set[str], wait: float) -> bool:
    """Return whether all transactions `asked` for have ended, in at most so many seconds."""
    until = time.monotonic() + wait
    while asked:
        if time.monotonic() >= until:
            return False
        time.sleep(_LOOK_SECONDS)
        asked &= _writers()
    return True


def _writers() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(_WRITERS, [SecurityEvent._meta.db_table])
        return {writer for (writer,) in cursor.fetchall()}
