"""Read from the database, for whoever asks for metrics, what no process could count: what waits
there, and when was last done what has to be done again and again.

It takes no longer than a scrape may, whatever the database does, and never fails one.
"""

import platform
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from threading import Thread
from typing import Any

import django
from django.db import Error, connection, transaction
from django.db.models import Case, Count, F, Min, QuerySet, When
from django.utils import timezone
from django_tasks import TaskResultStatus
from django_tasks_db.models import DBTaskResult, get_date_max

from accounts.metrics import declared, kinds
from accounts.models import CleanupRun
from accounts.oauth_server.models import SigningKey

WAIT_SECONDS = 1.0  # for all of it
_STATEMENT_SECONDS = 0.5

Read = Callable[[], list[Any]]


class Figures:
    """Return what `read` does, in a thread of its own and within a time; where it takes longer,
    that the database is not up. What hangs is waited for, and not asked again meanwhile."""

    def __init__(self, read: Read, seconds: float = WAIT_SECONDS) -> None:
        self._read, self._seconds = read, seconds
        self._thread: Thread | None = None

    def __call__(self) -> list[Any]:
        found: list[list[Any]] = []
        if self._thread is None or not self._thread.is_alive():
            self._thread = Thread(target=self._ask, args=[found], name="figures", daemon=True)
            self._thread.start()
            self._thread.join(self._seconds)
        return found[0] if found else down()

    def _ask(self, found: list[list[Any]]) -> None:
        try:
            found.append(self._read())
        finally:
            connection.close()


def read() -> list[Any]:
    """Return what the database says, or that it says nothing."""
    try:
        with _in_time():
            found = [*_tasks(), *_cleanup(), *_signing_keys()]
    except Error:
        return down()
    return [declared.DATABASE_UP.family([((), 1)]), *found]


def down() -> list[Any]:
    return [declared.DATABASE_UP.family([((), 0)])]


def build(version: str) -> list[Any]:
    """Return what runs, and on what."""
    labels = (version, platform.python_version(), django.get_version())
    return [declared.BUILD.family([(labels, 1)])]


@contextmanager
def _in_time() -> Iterator[None]:
    """Let no statement take long. (On SQLite none does, and a transaction would be a writer's.)"""
    if connection.vendor != "postgresql":
        yield
        return
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL statement_timeout = {int(_STATEMENT_SECONDS * 1000)}")
        yield


# --- Tasks ---


def _tasks() -> Iterable[Any]:
    now = timezone.now()
    waiting = list(due(now))
    later = DBTaskResult.objects.filter(
        status=TaskResultStatus.READY, run_after__gt=now, run_after__lt=get_date_max()
    )
    counted = [
        *(((_name(path), "waiting"), number) for path, number, _ in waiting),
        *(((_name(path), "later"), number) for path, number in _counted(later)),
        *_open(),
    ]
    ages = [((_name(path),), (now - since).total_seconds()) for path, _, since in waiting]
    return [declared.TASKS.family(counted), declared.TASKS_AGE.family(ages)]


def due(now: datetime) -> QuerySet[Any, Any]:
    """Return how many of each task are due, and since when the first of them is."""
    at_once = When(run_after=get_date_max(), then="enqueued_at")
    since = Case(at_once, default=F("run_after"))
    ready = DBTaskResult.objects.ready().order_by()
    return ready.values_list("task_path").annotate(number=Count("pk"), since=Min(since))


def _counted(tasks: QuerySet[Any]) -> QuerySet[Any, Any]:
    return tasks.order_by().values_list("task_path").annotate(Count("pk"))


# The states stand in the statement, as they do in its index (accounts.0018): PostgreSQL must see
# that they are the same.
OPEN = f"""
    SELECT task_path, status, COUNT(*) FROM {DBTaskResult._meta.db_table}
    WHERE status IN ('RUNNING', 'FAILED') GROUP BY task_path, status
"""  # noqa: S608 (a table's name, no input)


def _open() -> list[tuple[tuple[str, str], int]]:
    with connection.cursor() as cursor:
        cursor.execute(OPEN)
        return [((_name(path), status.lower()), number) for path, status, number in cursor]


def _name(path: str) -> str:
    return path.rpartition(".")[2]


# --- Cleanup and keys ---


def _cleanup() -> Iterable[Any]:
    runs = list(CleanupRun.objects.all())
    columns: dict[kinds.Reading, Callable[[CleanupRun], float]] = {
        declared.CLEANUP_AT: lambda run: run.finished.timestamp(),
        declared.CLEANUP_SECONDS: lambda run: run.seconds,
        declared.CLEANUP_ROWS: lambda run: run.rows,
        declared.CLEANUP_ROWS_TOTAL: lambda run: run.rows_ever,
    }
    return [
        metric.family(((run.chore,), value(run)) for run in runs)
        for metric, value in columns.items()
    ]


def _signing_keys() -> Iterable[Any]:
    now = timezone.now()
    keys = SigningKey.objects.published().order_by("generation")
    found = list(keys.values_list("algorithm", "signs_from"))  # the newest of each comes last
    since = {(name,): at.timestamp() for name, at in found if at <= now}
    following = {(name,): at.timestamp() for name, at in found if at > now}
    return [
        declared.KEY_SINCE.family(since.items()),
        declared.KEY_NEXT.family(following.items()),
    ]
