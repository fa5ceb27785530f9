"""PostgreSQL ends connections, by a restart, a crash or its clock: no caller of the site sees it.

A backend that is terminated is to its client what a restart is.
"""

import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import DataError, OperationalError, close_old_connections, connection, transaction
from django.test.utils import CaptureQueriesContext
from django_tasks_db.models import DBTaskResult

from accounts.mail.delivery import deliver, forget_letter
from accounts.models import User
from accounts.oauth_server.models import AccessToken
from accounts.storage.rows import first_row
from tests.accounts.at_once import just_before
from tests.accounts.oauth_server.app import App, me
from tests.accounts.oauth_server.conftest import app

__all__ = ["app"]

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="of PostgreSQL"),
]

End = Callable[[], None]


@pytest.fixture
def beside() -> Iterator["psycopg.Connection[Any]"]:
    """Another connection to the same database, for who looks on."""
    there = connection.get_connection_params() | {"autocommit": True, "cursor_factory": None}
    there = {name: there[name] for name in ("dbname", "user", "host", "autocommit")}
    with psycopg.connect(**there) as other:
        yield other


@pytest.fixture
def end(beside: "psycopg.Connection[Any]") -> End:
    """Ends the site's connection, as a restart of PostgreSQL does."""

    def terminate() -> None:
        process = connection.connection.info.backend_pid
        beside.execute("SELECT pg_terminate_backend(%s, 5000)", [process])

    return terminate


def test_a_request_after_a_restart_is_answered(app: App, alice: User, end: End) -> None:
    token = app.tokens_for(alice)["access_token"]
    end()
    close_old_connections()  # as the server does before each request
    assert me(token).status_code == 200

    end()
    close_old_connections()
    form = {"grant_type": "client_credentials", "scope": "profile"}
    assert app.post("/oauth/token/", form).status_code == 200


def test_a_connection_that_ends_between_two_look_ups_costs_no_error(
    app: App, alice: User, end: End
) -> None:
    token = app.tokens_for(alice)["access_token"]
    assert me(token).status_code == 200
    end()
    assert me(token).status_code == 200


def test_a_look_up_without_a_cursor_finds_what_one_with_a_cursor_finds(
    alice: User, beside: Any
) -> None:
    values = "'a%%b', now()::date, 7::bigint, true, NULL, '192.0.2.1'::inet, '{\"a\": 1}'::jsonb"
    by_name = f"SELECT {values}, name, date_joined FROM accounts_user WHERE id = %(id)s"
    by_place = by_name.replace("%(id)s", "%s") + " AND name = %s AND %s::text IS NULL"
    for statement, given in ((by_name, {"id": alice.pk}), (by_place, [alice.pk, "Alice", None])):
        with connection.cursor() as cursor:
            cursor.execute(statement, given)
            expected = cursor.fetchone()
        assert list(first_row(statement, given) or ()) == list(expected)
    assert first_row(by_name, {"id": 0}) is None
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement FROM pg_prepared_statements")
        prepared = [statement for (statement,) in cursor.fetchall()]
    assert sum("'a%b'" in statement for statement in prepared) == 2
    with pytest.raises(DataError):
        first_row("SELECT 1 / %s", [0])
    assert connection.is_usable()


def test_a_look_up_whose_plan_is_gone_costs_no_error(alice: User, beside: Any) -> None:
    asked = "SELECT name FROM accounts_user WHERE id = %s"

    def name() -> Any:
        return list(first_row(asked, [alice.pk], plain=True) or ())

    assert name() == ["Alice"]
    beside.execute("ALTER TABLE accounts_user ALTER COLUMN name TYPE text")
    assert name() == ["Alice"]
    beside.execute("ALTER TABLE accounts_user ALTER COLUMN name TYPE varchar(150)")
    with connection.cursor() as cursor:
        cursor.execute("DEALLOCATE ALL")
    assert name() == ["Alice"]


def test_who_watches_statements_sees_look_ups_too(alice: User) -> None:
    with CaptureQueriesContext(connection) as watched:
        first_row("SELECT 1", [])
    assert len(watched) == 1


def test_a_connection_is_looked_at_without_a_round_trip(beside: Any, end: End) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")

    def last_heard() -> Any:
        process = connection.connection.info.backend_pid
        asked = "SELECT state_change FROM pg_stat_activity WHERE pid = %s"
        return beside.execute(asked, [process]).fetchone()

    before = last_heard()
    assert before
    assert connection.is_usable()
    assert last_heard() == before

    end()
    assert not connection.is_usable()
    connection.close()


@pytest.mark.parametrize("statement", ["SELECT", "UPDATE", "SAVEPOINT"])
def test_the_first_statement_of_a_transaction_is_asked_again(
    statement: str, alice: User, end: End
) -> None:
    with just_before(statement, end), transaction.atomic():
        if statement == "SAVEPOINT":
            with transaction.atomic():
                User.objects.filter(pk=alice.pk).update(name="Alice L.")
        elif statement == "SELECT":
            found = User.objects.select_for_update().get(pk=alice.pk)
            found.name = "Alice L."
            found.save()
        else:
            User.objects.filter(pk=alice.pk).update(name="Alice L.")
    alice.refresh_from_db()
    assert alice.name == "Alice L."


def test_what_only_reads_is_asked_again(app: App, alice: User, end: End) -> None:
    token = app.tokens_for(alice)["access_token"]
    with just_before("SELECT", end):
        assert me(token).status_code == 200


def test_what_writes_by_itself_is_never_done_twice(alice: User, end: End) -> None:
    """It may have been done, and only its answer got lost."""
    change = User.objects.filter(pk=alice.pk)
    with pytest.raises(OperationalError), just_before("UPDATE", end):
        change.update(name="Alice L.")
    assert change.update(name="Alice L.") == 1


def test_a_transaction_is_never_gone_on_with_in_half(alice: User, end: End) -> None:
    @transaction.atomic
    def write_and_read() -> None:
        User.objects.filter(pk=alice.pk).update(name="Mallory")
        with just_before("SELECT", end):
            User.objects.get(pk=alice.pk)

    with pytest.raises(OperationalError):
        write_and_read()
    alice.refresh_from_db()
    assert alice.name == "Alice"


def test_rows_that_are_read_bit_by_bit_are_never_mixed(alice: User, end: End) -> None:
    with pytest.raises(OperationalError), transaction.atomic(), just_before("SELECT", end):
        list(User.objects.iterator())


def test_a_table_that_is_changed_meanwhile_costs_no_error(alice: User, beside: Any) -> None:
    """A prepared statement cannot return another type than it did."""

    def name() -> Any:
        with connection.cursor() as cursor:
            cursor.execute("SELECT name FROM accounts_user WHERE id = %s", [alice.pk])
            return cursor.fetchone()[0]

    for _ in range(4):
        assert name() == "Alice"
    beside.execute("ALTER TABLE accounts_user ALTER COLUMN name TYPE text")
    assert name() == "Alice"
    beside.execute("ALTER TABLE accounts_user ALTER COLUMN name TYPE varchar(150)")
    assert name() == "Alice"


def test_whoever_comes_while_postgresql_starts_waits_for_it(alice: User, tmp_path: Path) -> None:
    connection.close()
    there = connection.settings_dict["HOST"]
    back = threading.Timer(0.2, os.symlink, (there, tmp_path / "socket"))
    connection.settings_dict["HOST"] = str(tmp_path / "socket")
    back.start()
    try:
        assert User.objects.filter(pk=alice.pk).exists()
    finally:
        back.join()
        connection.settings_dict["HOST"] = there
        connection.close()


def test_what_is_sent_often_is_prepared_and_what_is_sent_once_is_not(alice: User) -> None:
    connection.close()
    for number in range(1, 6):
        User.objects.filter(pk__in=range(number)).exists()
        AccessToken.objects.filter(pk=number).exists()
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement FROM pg_prepared_statements")
        prepared = [statement for (statement,) in cursor.fetchall()]
    assert len(prepared) == 1
    assert "oauth_server_accesstoken" in prepared[0]


def test_a_letter_that_was_sent_is_told_as_sent_though_the_database_went(
    end: End, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """Its task would fail with what forgets it, and have an admin look for a letter that came."""
    settings.TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
    sent = deliver.enqueue("sealed")
    end()

    forget_letter(task_result=sent)

    assert "letter_not_forgotten" in caplog.text
    connection.close()
    assert DBTaskResult.objects.get().args_kwargs["args"] == ["sealed"]
    forget_letter(task_result=sent)
    assert DBTaskResult.objects.get().args_kwargs["args"] == []
