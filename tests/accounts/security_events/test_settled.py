"""Events read in their order: one that commits late is not passed by."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Event as Signal

import pytest
from django.db import connection, transaction
from django.utils import timezone

from accounts.models import SecurityEvent
from accounts.models.event_kinds import Actor, Event
from accounts.security_events import settled
from accounts.security_events.record import record


def happen() -> int:
    return int(record(Event.SIGN_OUT, actor=Actor.PERSON).pk)


@pytest.mark.django_db
def test_nothing_is_newer_than_the_newest_event() -> None:
    assert settled.newest() == 0
    first = happen()
    assert settled.newest() == settled.newest(after=first) == first
    assert settled.newest(after=first + 1) == first + 1


@pytest.mark.django_db
def test_events_are_read_up_to_the_first_number_that_is_missing() -> None:
    first, missing = happen(), happen()
    happen()
    assert settled._before_a_gap(first - 1) == missing + 1
    SecurityEvent.objects.filter(pk=missing).expire(timezone.now())
    assert settled._before_a_gap(first - 1) == first


@contextmanager
def written_slowly() -> Iterator[None]:
    """Somebody writes an event, and commits when the block ends."""
    written, may_commit = Signal(), Signal()

    def write() -> None:
        try:
            with transaction.atomic():
                happen()
                written.set()
                may_commit.wait(5)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(write)
        written.wait(5)
        try:
            yield
        finally:
            may_commit.set()
            slow.result()


def roll_back() -> None:
    with transaction.atomic():
        happen()
        transaction.set_rollback(True)


@pytest.mark.skipif(connection.vendor != "postgresql", reason="On SQLite one writes at a time.")
@pytest.mark.django_db(transaction=True)
def test_what_was_written_later_is_not_read_before_what_commits_later() -> None:
    with written_slowly():
        later = happen()
        assert settled.newest(wait=0.03) < later - 1
    assert settled.newest() == later
    assert SecurityEvent.objects.filter(pk__lte=later).count() == 2


@pytest.mark.skipif(connection.vendor != "postgresql", reason="On SQLite one writes at a time.")
@pytest.mark.django_db(transaction=True)
def test_what_was_written_before_a_long_transaction_does_not_wait_for_it() -> None:
    roll_back()
    seen = happen()
    assert settled.newest() == seen
    before = [happen(), happen()][1]
    with written_slowly():
        happen()
        # Also for who has read nothing yet, and for whom numbers are missing.
        assert settled.newest(wait=0.03) == settled.newest(after=seen, wait=0.03) == before
        assert settled.newest(after=before, wait=0.03) == before
    assert settled.newest(wait=0.03) == before + 2
