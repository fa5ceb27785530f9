"""Count security events by day and outcome, of as many as a page can bear."""

from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, NamedTuple

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet
from django.db.models.functions import TruncDate

from accounts.models import SecurityEvent
from accounts.models.event_kinds import Outcome

DAYS = 14
MOST_DAYS = 31
MOST = 50_000  # events that are counted, the newest ones


class Day(NamedTuple):
    date: date
    succeeded: int
    failed: int


class Days(NamedTuple):
    """Hold the days, the oldest first. `is_all` is false where older events of theirs were left."""

    days: list[Day]
    is_all: bool

    @property
    def total(self) -> int:
        return sum(day.succeeded + day.failed for day in self.days)


def count(
    events: QuerySet[SecurityEvent], since: datetime | None, until: datetime, most: int = MOST
) -> Days:
    """Count `events` of the days from `since` to `until` (UTC): of the last DAYS without it, and of
    MOST_DAYS at most; `most` events in all."""
    last = (until - timedelta(microseconds=1)).astimezone(UTC).date()
    shown = (
        DAYS if since is None else min(MOST_DAYS, (last - since.astimezone(UTC).date()).days + 1)
    )
    dates = [last - timedelta(days=back) for back in reversed(range(shown))]
    begin = datetime.combine(dates[0], time(), UTC)
    counted = _counted(events.filter(at__gte=begin, at__lt=until), most)
    days = [
        Day(
            each,
            counted[each.isoformat(), Outcome.SUCCEEDED],
            counted[each.isoformat(), Outcome.FAILED],
        )
        for each in dates
    ]
    return Days(days, is_all=counted.total() < most)


def _counted(events: QuerySet[SecurityEvent], most: int) -> Counter[tuple[str, str]]:
    """Count the newest `most` of `events` by their day and outcome, in the database: what an index
    reads in its order and stops. The ORM groups only what it has not cut off."""
    rows = events.order_by("-at").annotate(day=TruncDate("at", tzinfo=UTC))
    newest: Any = rows.values_list("day", "outcome")[:most]
    try:
        sql, parameters = newest.query.sql_with_params()
    except EmptyResultSet:
        return Counter()
    with connection.cursor() as cursor:
        cursor.execute(
            # What is put in is the ORM's own, with its parameters apart.
            f"SELECT day, outcome, COUNT(*) FROM ({sql}) AS newest GROUP BY day, outcome",  # noqa: S608
            parameters,
        )
        found = cursor.fetchall()
    return Counter({(str(day), outcome): number for day, outcome, number in found})
