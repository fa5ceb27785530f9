"""Look whether what is done in the background is done: tasks, and the cleanup."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Max
from django.utils import timezone
from django_tasks import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from accounts.checks import figures
from accounts.doctor.findings import Finding, Topic
from accounts.models import CleanupRun

tasks = Topic("tasks")
cleanup = Topic("cleanup")

_WAITS_TOO_LONG = timedelta(minutes=5)
_TOO_LONG_AGO = timedelta(days=2)
_DAILY = "Run manage.py cleartokens every day: latchkey-cleanup.timer of deploy/systemd, or cron."


def examine() -> Iterator[Finding]:
    yield _worker()
    yield _failed()
    yield _cleaned()


def _worker() -> Finding:
    checked = "A worker performs what waits"
    now = timezone.now()
    due = figures.due(now)
    waiting, since = sum(row[1] for row in due), min((row[2] for row in due), default=now)
    if now - since > _WAITS_TOO_LONG:
        return tasks.broken(
            checked,
            f"{waiting} wait, the first since {_ago(since, now)}.",
            "Start manage.py db_worker, and see its log."
            if settings.TASKS_BACKEND == "database"
            else "They were left as TASKS_BACKEND became inline: manage.py db_worker --batch.",
        )
    if settings.TASKS_BACKEND != "database":
        return tasks.skipped(checked, "TASKS_BACKEND is inline: nothing waits for a worker.")
    return tasks.ok(checked, f"{waiting} wait, none for long.")


def _failed() -> Finding:
    checked = "Tasks end well"
    failed = DBTaskResult.objects.filter(status=TaskResultStatus.FAILED)
    number, last = failed.count(), failed.aggregate(last=Max("finished_at"))["last"]
    if number:
        return tasks.warning(
            checked,
            f"{number} failed in the last 14 days, the last one {_ago(last, timezone.now())} ago.",
            "Look at them in Django admin, and at the log of manage.py db_worker.",
        )
    return tasks.ok(checked, "None failed in the last 14 days.")


def _cleaned() -> Finding:
    checked = "Its last run"
    now = timezone.now()
    last = CleanupRun.objects.aggregate(last=Max("finished"))["last"]
    if last is None:
        return cleanup.warning(checked, "It has never run.", _DAILY)
    if now - last > _TOO_LONG_AGO:
        return cleanup.warning(checked, f"It ran {_ago(last, now)} ago.", _DAILY)
    return cleanup.ok(checked, f"It ran {_ago(last, now)} ago.")


def _ago(then: datetime | None, now: datetime) -> str:
    """Return how long ago that was, in its largest unit."""
    minutes = int((now - (then or now)).total_seconds() // 60)
    for unit, size in (("days", 1440), ("hours", 60)):
        if minutes >= 2 * size:
            return f"{minutes // size} {unit}"
    return f"{minutes} minutes"
