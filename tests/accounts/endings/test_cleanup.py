"""`manage.py cleartokens`: what goes, what stays, and who is not disturbed by it."""

import io
import itertools
import sys
import threading
import time
import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from accounts.endings import cleanup
from accounts.models import CleanupRun, SecurityEvent, Session, User
from accounts.models.event_kinds import Event, Outcome
from accounts.oauth_server.models import (
    AccessToken,
    Authorization,
    AuthorizationCode,
    Client,
    ClientSecret,
    DeviceGrant,
    RefreshToken,
    UsedAssertion,
)
from tests.accounts.oauth_server.app import App, error_in, me
from tests.accounts.oauth_server.conftest import app as _app

pytestmark = pytest.mark.django_db

app = _app

ROWS = 2_500
HOUR = timedelta(hours=1)
MODELS = (AuthorizationCode, AccessToken, RefreshToken, DeviceGrant, Session)


@pytest.fixture
def authorization(alice: User, notes: Client) -> Authorization:
    return Authorization.objects.create(user=alice, client=notes)


def fill(authorization: Authorization, expires: Any, count: int = ROWS) -> None:
    """Make `count` rows of each kind that expire then."""
    whose = {"authorization": authorization, "user": authorization.user}
    of_app = whose | {"application": authorization.client}
    numbers = [uuid.uuid4().hex for _ in range(count)]

    def make(model: Any, rows: Any) -> None:
        model._base_manager.bulk_create(rows, batch_size=500)

    make(AuthorizationCode, [AuthorizationCode(**of_app, code=n, expires=expires) for n in numbers])
    make(AccessToken, [AccessToken(**of_app, token_checksum=n, expires=expires) for n in numbers])
    refresh = of_app | {"expires": expires, "family_expires": expires}
    make(RefreshToken, [RefreshToken(**refresh, token_checksum=n) for n in numbers])
    device = {"application": authorization.client, "expires": expires}
    make(DeviceGrant, [DeviceGrant(**device, device_code=n, user_code=n) for n in numbers])
    make(Session, [Session(session_key=n, expire_date=expires) for n in numbers])


def left() -> dict[str, int]:
    return {model.__name__: model._base_manager.count() for model in MODELS}


def clean(**options: Any) -> dict[str, int]:
    """Run the command; return how many rows went, by kind."""
    printed = io.StringIO()
    call_command("cleartokens", stdout=printed, **options)
    lines = [line.strip().partition(" ") for line in printed.getvalue().splitlines()]
    return {name: int(count.replace(",", "")) for count, _, name in lines}


def test_thousands_of_expired_rows_go_and_the_others_stay(authorization: Authorization) -> None:
    fill(authorization, timezone.now() - 25 * HOUR)
    fill(authorization, timezone.now() + HOUR, 10)
    went = clean()
    assert went["access tokens"] == went["refresh tokens"] == went["sessions of nobody"] == ROWS
    assert went["authorization codes"] == went["device codes"] == ROWS
    assert set(left().values()) == {10}
    assert Authorization.objects.count() == 1


def test_traffic_has_the_database_to_itself_between_two_batches(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    slept: list[float] = []
    clock = itertools.count()  # each look at it is a second later: as long takes a batch
    monkeypatch.setattr(time, "monotonic", lambda: float(next(clock)))
    monkeypatch.setattr(time, "sleep", slept.append)
    chore = cleanup.Chore("rows", lambda: 2, lambda size: iter([size, size]))
    assert list(chore.batches(5)) == [5, 5]
    assert slept == [{"sqlite": 1.0, "postgresql": 3.0}[connection.vendor]] * 2


def test_a_batch_is_two_statements_however_many_rows(
    authorization: Authorization, django_assert_num_queries: Any
) -> None:
    fill(authorization, timezone.now() - 25 * HOUR, 100)
    for chore in cleanup.chores():
        if not chore.count():
            continue
        CleanupRun.objects.note(chore.name, 0, 0)
        # Savepoint, rows, deletion, release, where it goes on; and once the note that it is done.
        with django_assert_num_queries(11):
            assert list(chore.batches(60)) == [60, 40]


def test_a_dry_run_counts_and_deletes_nothing(authorization: Authorization) -> None:
    fill(authorization, timezone.now() - 25 * HOUR, 20)
    assert clean(dry_run=True)["access tokens"] == 20
    assert set(left().values()) == {20}


def test_codes_that_expired_today_stay_for_the_sake_of_replays(
    authorization: Authorization,
) -> None:
    fill(authorization, timezone.now() - HOUR, 5)
    assert clean()["access tokens"] == 5
    assert left() | {"AuthorizationCode": 5, "DeviceGrant": 5} == left()


def test_a_replay_is_still_seen_after_cleaning(app: App, alice: User) -> None:
    first = app.tokens_for(alice)
    second = app.refresh(first["refresh_token"]).json()
    RefreshToken.objects.exclude(superseded=None).update(superseded=timezone.now() - HOUR)
    clean()
    assert error_in(app.refresh(first["refresh_token"])) == (400, "invalid_grant")
    assert me(second["access_token"]).status_code == 401


def test_a_client_secret_stays_a_while_after_its_end(notes: Client) -> None:
    for days in (-1, 30, 91):
        ClientSecret.objects.issue(notes, lifetime=-timedelta(days=days))
    ClientSecret.objects.issue(notes)
    assert clean()["client secrets"] == 1
    assert ClientSecret.objects.count() == 3


def test_an_assertion_is_forgotten_when_it_could_not_be_used_any_more(notes: Client) -> None:
    for number, age in enumerate((-HOUR, HOUR)):
        UsedAssertion.objects.use(notes, str(number), expires=timezone.now() - age)
    assert clean()["used assertions"] == 1
    assert UsedAssertion.objects.get().expires > timezone.now()


def test_events_go_when_they_are_old(alice: User, settings: Any) -> None:
    settings.EVENT_RETENTION_DAYS = 30
    for days in (29, 31):
        SecurityEvent.objects.create(
            user=alice,
            kind=Event.SIGN_IN,
            outcome=Outcome.SUCCEEDED,
            at=timezone.now() - timedelta(days=days),
        )
    assert clean()["security events"] == 1
    assert SecurityEvent.objects.count() == 1


def test_the_cache_and_its_counts_go_when_they_have_expired() -> None:
    cache.set("fresh", 1, 3600)
    cache.set("stale", 1, -5)
    cache.count("window", 3600)
    cache.count("window-before", -5)
    assert clean()["cache entries and counts"] == 2
    assert cache.get("fresh") == 1
    assert cache.count("window", 3600).number == 2


@pytest.mark.django_db(transaction=True)
def test_two_at_once_share_the_work(authorization: Authorization) -> None:
    fill(authorization, timezone.now() - 25 * HOUR)
    went: list[dict[str, int]] = []

    def work() -> None:
        went.append(clean(batch_size=100))
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for name in ("access tokens", "refresh tokens", "authorization codes", "sessions of nobody"):
        assert sum(each[name] for each in went) == ROWS
    assert set(left().values()) == {0}


@pytest.mark.django_db(transaction=True)
def test_a_row_that_somebody_holds_is_passed_by(authorization: Authorization) -> None:
    if not connection.features.has_select_for_update_skip_locked:
        return  # SQLite has no locks of rows: whoever writes has the file to themselves
    fill(authorization, timezone.now() - HOUR, 10)
    went: list[int] = []

    def work() -> None:
        went.append(clean()["access tokens"])
        connection.close()

    with transaction.atomic():
        AccessToken.objects.select_for_update().earliest("pk")
        thread = threading.Thread(target=work)
        thread.start()
        thread.join(timeout=20)
        assert went == [9]
    assert clean()["access tokens"] == 1


def test_a_terminal_sees_how_far_it_is(
    authorization: Authorization, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(authorization, timezone.now() - HOUR, 20)
    terminal = io.StringIO()
    terminal.isatty = lambda: True
    monkeypatch.setattr(sys, "stderr", terminal)
    clean(batch_size=10)
    assert "[###############...............] 10 of 20 access tokens" in terminal.getvalue()
    assert terminal.getvalue().endswith("\r\x1b[K")


@pytest.mark.parametrize("size", ["0", "-1", "many"])
def test_a_batch_has_at_least_one_row(size: str) -> None:
    with pytest.raises(CommandError, match="1 or more"):
        call_command("cleartokens", f"--batch-size={size}")


def test_what_the_worker_has_done_goes_after_two_weeks(db: None) -> None:
    old, new = timezone.now() - timedelta(days=15), timezone.now() - timedelta(days=13)
    for finished, status in ((old, "SUCCESSFUL"), (old, "FAILED"), (new, "SUCCESSFUL")):
        task = {"args_kwargs": {"args": [], "kwargs": {}}, "task_path": "a.b", "run_after": old}
        DBTaskResult.objects.create(
            **task, status=status, finished_at=finished, backend_name="default"
        )

    assert clean()["finished tasks"] == 2
    assert DBTaskResult.objects.get().finished_at == new


def test_each_chore_remembers_when_it_was_done_and_what_it_took(
    authorization: Authorization,
) -> None:
    for count in (20, 5):
        fill(authorization, timezone.now() - HOUR, count)
        clean()

    run = CleanupRun.objects.get(chore="access tokens")
    assert (run.rows, run.rows_ever) == (5, 25)
    assert 0 < run.seconds < 10
    assert timezone.now() - run.finished < timedelta(minutes=1)
    assert {each.chore for each in CleanupRun.objects.all()} == {
        chore.name for chore in cleanup.chores()
    }


def test_a_dry_run_is_no_run() -> None:
    call_command("cleartokens", "--dry-run", verbosity=0)
    assert not CleanupRun.objects.exists()
