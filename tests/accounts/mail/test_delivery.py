"""Sending: nobody waits for a mail server, and what waits for it is of no use to a thief."""

import socket
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.core.management import call_command
from django.test import Client as Browser
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from accounts.mail import delivery
from accounts.models import User
from tests.accounts.security_events.test_sign_in import code_in_the_mailbox
from tests.metrics import Metrics
from tests.test_stolen_database import whole_database

pytestmark = pytest.mark.django_db

CODE = "/accounts/login/code/"
NOBODY_LISTENS = ("127.0.0.1", 9)


@pytest.fixture
def _queued(settings: Any) -> None:
    """TASKS_BACKEND=database"""
    settings.TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}


@pytest.fixture
def mute_server(settings: Any) -> Iterator[socket.socket]:
    """A mail server that takes the connection and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        send_by(settings, *server.getsockname())
        yield server


@pytest.fixture
def threads(settings: Any) -> Iterator[None]:
    """MAIL_THREADS=2, ended with the test."""
    settings.MAIL_THREADS = 2
    delivery._threads.cache_clear()
    yield
    delivery._threads().shutdown(wait=True)
    delivery._threads.cache_clear()


def send_by(settings: Any, host: str, port: int) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = host, port
    settings.EMAIL_TIMEOUT = 2


def work() -> None:
    """What `manage.py db_worker` does until there is nothing to do."""
    call_command("db_worker", batch=True, interval=0, startup_delay=False, verbosity=0)


@pytest.mark.usefixtures("mute_server", "threads")
def test_nobody_waits_for_a_slow_mail_server_known_or_unknown(alice: User) -> None:
    for email in (alice.email, "nobody@example.com"):
        began = time.monotonic()
        assert Browser().post(CODE, {"email": email}).status_code == 302
        assert time.monotonic() - began < 1.5


@pytest.mark.usefixtures("threads")
def test_what_waits_is_sent_before_the_process_ends(alice: User) -> None:
    Browser().post(CODE, {"email": alice.email})
    delivery._threads().shutdown(wait=True)  # what Python does at exit
    assert [message.to for message in mail.outbox] == [[alice.email]]


@pytest.mark.usefixtures("mute_server", "threads")
def test_an_outage_fills_no_memory(
    alice: User, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    settings.MAIL_MOST_WAITING = 1
    delivery._room.cache_clear()
    for _ in range(2):
        Browser().post(CODE, {"email": alice.email})
    assert "too many are waiting" in caplog.text
    delivery._room.cache_clear()


def test_a_failure_breaks_nothing_and_logs_neither_address_nor_code(
    alice: User, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    send_by(settings, *NOBODY_LISTENS)
    browser = Browser()
    assert browser.post(CODE, {"email": alice.email}).status_code == 302
    code = code_in_the_mailbox(browser)
    assert "mail_not_sent" in caplog.text
    assert alice.email not in caplog.text
    assert code not in caplog.text


@pytest.mark.usefixtures("_queued")
class TestQueued:
    pytestmark = pytest.mark.django_db(transaction=True)

    def test_a_code_waits_sealed_and_then_arrives(self, alice: User) -> None:
        browser = Browser()
        browser.post(CODE, {"email": alice.email})
        code = code_in_the_mailbox(browser)
        assert mail.outbox == []
        assert [table for table, text in whole_database() if code in text] == []

        work()
        (message,) = mail.outbox
        assert code in message.body
        assert code in message.alternatives[0][0]
        assert [table for table, text in whole_database() if code in text] == []

    def test_a_letter_that_was_sent_is_kept_by_no_task(self, alice: User) -> None:
        """Sealed, but the site could open it: its reader may have been deleted since."""
        Browser().post(CODE, {"email": alice.email})
        assert DBTaskResult.objects.get().args_kwargs["args"]
        work()
        assert len(mail.outbox) == 1
        kept = DBTaskResult.objects.get()
        assert (kept.status, kept.args_kwargs) == ("SUCCESSFUL", {"args": [], "kwargs": {}})

    def test_a_letter_is_tried_again_and_stays_the_same(
        self, alice: User, settings: Any, caplog: pytest.LogCaptureFixture
    ) -> None:
        working = settings.EMAIL_BACKEND
        send_by(settings, *NOBODY_LISTENS)
        Browser().post(CODE, {"email": alice.email})
        work()
        assert "mail_not_sent" in caplog.text
        assert alice.email not in caplog.text

        settings.EMAIL_BACKEND = working
        long_ago = timezone.now() - timedelta(seconds=1)
        DBTaskResult.objects.filter(status="READY").update(run_after=long_ago)
        work()
        assert [message.to for message in mail.outbox] == [[alice.email]]

    def test_a_letter_that_never_arrives_is_given_up(self, alice: User, settings: Any) -> None:
        send_by(settings, *NOBODY_LISTENS)
        Browser().post(CODE, {"email": alice.email})
        for _ in range(len(delivery.RETRY_AFTER) + 3):
            DBTaskResult.objects.filter(status="READY").update(run_after=timezone.now())
            work()
        assert DBTaskResult.objects.count() == len(delivery.RETRY_AFTER) + 1

    def test_a_letter_whose_key_is_gone_is_dropped(self, alice: User, settings: Any) -> None:
        Browser().post(CODE, {"email": alice.email})
        settings.ENCRYPTION_KEYS = ["MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="]
        work()
        assert mail.outbox == []
        assert DBTaskResult.objects.get().status == "SUCCESSFUL"


ATTEMPTS, LOST = "latchkey_mail_attempts_total", "latchkey_mail_lost_total"


def test_letters_are_counted_sent_or_lost(alice: User, settings: Any, metrics: Metrics) -> None:
    Browser().post(CODE, {"email": alice.email})
    assert metrics(ATTEMPTS, outcome="sent") == 1
    send_by(settings, *NOBODY_LISTENS)
    Browser().post(CODE, {"email": alice.email})
    assert metrics(ATTEMPTS, outcome="failed") == 1
    assert metrics(LOST) == 1


@pytest.mark.usefixtures("mute_server", "threads")
def test_letters_that_wait_are_counted_and_those_for_which_there_is_no_room(
    alice: User, settings: Any, metrics: Metrics
) -> None:
    settings.MAIL_MOST_WAITING = 1
    delivery._room.cache_clear()
    for _ in range(2):
        Browser().post(CODE, {"email": alice.email})
    assert metrics("latchkey_mail_waiting") == 1
    assert metrics(LOST) == 1
    delivery._threads().shutdown(wait=True)
    assert metrics("latchkey_mail_waiting") == 0
    delivery._room.cache_clear()


@pytest.mark.usefixtures("_queued")
@pytest.mark.django_db(transaction=True)
def test_a_letter_is_lost_only_when_it_is_tried_no_more(
    alice: User, settings: Any, metrics: Metrics
) -> None:
    send_by(settings, *NOBODY_LISTENS)
    Browser().post(CODE, {"email": alice.email})
    for attempt in range(1, len(delivery.RETRY_AFTER) + 2):
        assert metrics(LOST) == 0
        DBTaskResult.objects.filter(status="READY").update(run_after=timezone.now())
        work()
        assert metrics(ATTEMPTS, outcome="failed") == attempt
    assert metrics(LOST) == 1
    assert not DBTaskResult.objects.filter(status="READY").exists()
    tasks = metrics("latchkey_tasks_finished_total", task="deliver", outcome="successful")
    assert tasks == len(delivery.RETRY_AFTER) + 1
