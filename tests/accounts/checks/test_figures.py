"""What the database says when somebody asks for metrics; and that it holds nobody up."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django_tasks_db.models import DBTaskResult, get_date_max

from accounts.checks.figures import OPEN, Figures, down, read
from accounts.models import CleanupRun
from accounts.oauth_server.models import SigningKey
from tests.metrics import value_of

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)


def wait(name: str, *, since: timedelta, **fields: Any) -> None:
    """Put a task into the database, as of some time ago."""
    task = DBTaskResult.objects.create(
        task_path=f"accounts.mail.{name}",
        args_kwargs={"args": [], "kwargs": {}},
        backend_name="default",
        **{"run_after": get_date_max()} | fields,
    )
    DBTaskResult.objects.filter(pk=task.pk).update(enqueued_at=timezone.now() - since)


def test_tasks_are_told_by_name_and_state_and_how_long_they_wait() -> None:
    now = timezone.now()
    wait("deliver", since=5 * MINUTE)
    wait("deliver", since=2 * MINUTE)
    wait("deliver", since=60 * MINUTE, run_after=now - MINUTE)  # to be tried again since then
    wait("tell", since=60 * MINUTE, run_after=now + MINUTE)
    wait("tell", since=MINUTE, status="FAILED")
    wait("tell", since=MINUTE, status="SUCCESSFUL")
    wait("tell", since=MINUTE, status="RUNNING")

    found = read()

    tasks = "latchkey_tasks"
    assert value_of(found, tasks, task="deliver", state="waiting") == 3
    assert value_of(found, tasks, task="deliver", state="failed") is None
    assert value_of(found, tasks, task="tell", state="later") == 1
    assert value_of(found, tasks, task="tell", state="failed") == 1
    assert value_of(found, tasks, task="tell", state="running") == 1
    assert value_of(found, tasks, task="tell", state="successful") is None
    oldest = value_of(found, "latchkey_tasks_oldest_waiting_seconds", task="deliver")
    assert oldest == pytest.approx(300, abs=20)
    assert value_of(found, "latchkey_tasks_oldest_waiting_seconds", task="tell") is None


def test_it_is_told_when_was_last_cleaned_up() -> None:
    yesterday = timezone.now() - timedelta(days=1)
    CleanupRun.objects.note("access tokens", 7, 1.5, yesterday)
    CleanupRun.objects.note("access tokens", 3, 2.5, yesterday)
    of = {"chore": "access tokens"}

    found = read()

    last = "latchkey_cleanup_last_run"
    assert value_of(found, f"{last}_timestamp_seconds", **of) == yesterday.timestamp()
    assert value_of(found, f"{last}_duration_seconds", **of) == 2.5
    assert value_of(found, f"{last}_rows", **of) == 3
    assert value_of(found, "latchkey_cleanup_rows_total", **of) == 10


def test_it_is_told_since_when_a_key_signs_and_when_the_next_does() -> None:
    SigningKey.objects.all().delete()
    key = SigningKey.objects.current("ES256")
    assert value_of(read(), "latchkey_signing_key_next_timestamp_seconds") is None

    following = SigningKey.objects.rotate("ES256")

    found, of = read(), {"algorithm": "ES256"}
    since = value_of(found, "latchkey_signing_key_since_timestamp_seconds", **of)
    assert since == key.signs_from.timestamp()
    due = value_of(found, "latchkey_signing_key_next_timestamp_seconds", **of)
    assert due == following.signs_from.timestamp()


def test_few_statements_ask_for_all_of_it() -> None:
    with CaptureQueriesContext(connection) as asked:
        found = read()
    assert value_of(found, "latchkey_database_up") == 1
    named = [each["sql"] for each in asked if "SAVEPOINT" not in each["sql"]]
    assert len([each for each in named if "statement_timeout" not in each]) == 5


def test_open_tasks_are_counted_by_their_index() -> None:
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN {OPEN}")
        plan = "\n".join(line for (line,) in cursor)
    assert "tasks_running_or_failed" in plan


class TestHolding:
    """Somebody asks while the database does not answer."""

    @pytest.fixture
    def answers(self) -> Iterator[threading.Event]:
        event = threading.Event()
        yield event
        event.set()

    def test_nobody_waits_and_it_is_asked_once(self, answers: threading.Event) -> None:
        asked: list[int] = []

        def hang() -> list[Any]:
            asked.append(1)
            answers.wait(20)
            return []

        figures = Figures(hang, seconds=0.05)

        assert value_of(figures(), "latchkey_database_up") == 0
        assert value_of(figures(), "latchkey_database_up") == 0
        assert asked == [1]

    def test_it_is_asked_again_when_it_has_answered(self) -> None:
        figures = Figures(down, seconds=20)
        for _ in range(2):
            assert value_of(figures(), "latchkey_database_up") == 0


def test_a_table_that_is_not_there_breaks_no_scrape() -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE {CleanupRun._meta.db_table}")  # until the test is rolled back
    found = read()
    assert value_of(found, "latchkey_database_up") == 0
    assert value_of(found, "latchkey_tasks") is None
