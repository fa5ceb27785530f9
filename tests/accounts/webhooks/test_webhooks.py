"""Webhooks: what happens is told to who subscribed, signed, once where it arrives."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.core.management import call_command
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.endings.cleanup import chores
from accounts.models import SecurityEvent, User, Webhook, WebhookDelivery
from accounts.models.event_kinds import Actor, Event
from accounts.oauth_server.models import Client
from accounts.security_events import details
from accounts.security_events.record import record
from accounts.webhooks import payload, queue, subscriptions, worker
from accounts.webhooks.sending import RETRY_AFTER
from tests.accounts.webhooks.receiver import Receiver, receiving

pytestmark = pytest.mark.django_db(transaction=True)  # receivers are called outside of any

DAY = timedelta(days=1)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as server:
        yield server


@pytest.fixture
def webhook(receiver: Receiver) -> Webhook:
    return subscribed(receiver.url)


def subscribed(url: str, *kinds: Event, **columns: Any) -> Webhook:
    wanted = list(kinds or (Event.PASSWORD_CHANGED, Event.EMAIL_ADDED))
    webhook = Webhook(name="Collector", url=url, kinds=wanted, **columns)
    subscriptions.begin(webhook)
    webhook.save()
    return webhook


def change_password(person: User) -> SecurityEvent:
    return record(Event.PASSWORD_CHANGED, actor=Actor.PERSON, user=person, is_told=False)


def is_due() -> None:
    """The time of the next attempt comes."""
    waiting = WebhookDelivery.objects.filter(due_at__isnull=False)
    waiting.update(due_at=timezone.now() - timedelta(seconds=1))


def test_what_happens_is_told_once_signed_and_without_personal_data(
    receiver: Receiver, webhook: Webhook, alice: User
) -> None:
    event = change_password(alice)
    record(Event.SIGN_OUT, actor=Actor.PERSON, user=alice)  # which nobody wants
    address = details.Address("alice@work.example")
    record(Event.EMAIL_ADDED, actor=Actor.PERSON, user=alice, details=address, is_told=False)
    worker.work_off()
    second, first = sorted(receiver.bodies(webhook.secret), key=lambda told: told["type"])
    assert first == {
        "type": "password_changed.succeeded",
        "timestamp": event.at.isoformat().replace("+00:00", "Z"),
        "data": {"outcome": "succeeded", "actor": "person", "sub": alice.sub},
    }
    assert "work.example" not in str(second)
    worker.work_off()
    assert len(receiver.heard) == 2
    assert receiver.heard[0][0]["content-type"] == "application/json"
    delivery = WebhookDelivery.objects.earliest("pk")
    assert (delivery.standing, delivery.status, delivery.attempts) == ("delivered", 204, 1)


def test_a_webhook_with_personal_data_tells_the_address(
    receiver: Receiver, webhook: Webhook, alice: User
) -> None:
    Webhook.objects.update(has_personal_data=True)
    address = details.Address("alice@work.example")
    record(Event.EMAIL_ADDED, actor=Actor.PERSON, user=alice, details=address, is_told=False)
    worker.work_off()
    (body,) = receiver.bodies(webhook.secret)
    assert body["data"]["details"] == {"email": "alice@work.example"}


def test_every_key_of_details_is_known_to_be_personal_or_not() -> None:
    personal = {
        *("name", "object", "object_id", "message", "changes", "email", "old_text", "filtered"),
        *("sent", "expected", "user_agent", "browser", "system"),
    }
    found = {key for kind in details.Details.__subclasses__() for key in kind.__annotations__}
    assert found - payload.IMPERSONAL == personal


def test_recording_takes_no_statement_more_with_a_webhook(webhook: Webhook, alice: User) -> None:
    with CaptureQueriesContext(
        connection,
    ) as asked:
        change_password(alice)
    assert len(asked) == 1


def test_what_is_rolled_back_is_told_to_nobody(
    receiver: Receiver, webhook: Webhook, alice: User
) -> None:
    with transaction.atomic():
        change_password(alice)
        transaction.set_rollback(True)
    worker.work_off()
    assert receiver.heard == []


def test_an_attempt_that_failed_is_made_again_as_the_same_message(
    receiver: Receiver, webhook: Webhook, alice: User
) -> None:
    receiver.answers, receiver.says = [500, 301], b"out of \x1b[31morder"
    change_password(alice)
    worker.work_off()
    delivery = WebhookDelivery.objects.get()
    assert (delivery.standing, delivery.problem) == ("waiting", "status 500")
    assert delivery.answer == "out of \\x1b[31morder"
    assert delivery.due_at is not None
    waits = (delivery.due_at - timezone.now()).total_seconds()
    assert 0.8 * RETRY_AFTER[0] < waits < 1.2 * RETRY_AFTER[0]
    worker.work_off()
    assert len(receiver.heard) == 1, "before its time"
    is_due()
    worker.work_off()
    delivery.refresh_from_db()
    assert delivery.problem == "a redirect", "which is not followed"
    is_due()
    worker.work_off()
    ids = [headers["webhook-id"] for headers, _ in receiver.heard]
    assert ids == [delivery.message_id] * 3
    webhook.refresh_from_db()
    assert webhook.failing_since is None


def test_attempts_end_after_a_day_and_one_is_pressed_again(
    receiver: Receiver, webhook: Webhook, alice: User
) -> None:
    assert DAY < timedelta(seconds=0.9 * sum(RETRY_AFTER)) < 2 * DAY
    receiver.answers = [503]
    change_password(alice)
    queue.collect()
    WebhookDelivery.objects.update(attempts=len(RETRY_AFTER))
    worker.work_off()
    delivery = WebhookDelivery.objects.get()
    assert delivery.standing == "failed"
    subscriptions.send_again(delivery)
    worker.work_off()
    delivery.refresh_from_db()
    assert delivery.standing == "delivered"
    assert receiver.heard[0][0]["webhook-id"] == receiver.heard[1][0]["webhook-id"]


def test_a_webhook_is_disabled_after_a_day_in_vain_and_goes_on_where_it_stopped(
    receiver: Receiver, webhook: Webhook, alice: User, bob: User
) -> None:
    bob.is_staff = bob.is_superuser = True
    bob.save()
    bob.emailaddress_set.update_or_create(email=bob.email, defaults={"verified": True})
    receiver.answers = [500, 500]
    change_password(alice)
    worker.work_off()
    Webhook.objects.update(failing_since=timezone.now() - DAY)
    is_due()
    worker.work_off()
    webhook.refresh_from_db()
    assert not webhook.is_active
    event = SecurityEvent.objects.get(kind=Event.WEBHOOK_DISABLED)
    assert event.details == {"name": "Collector", "host": "127.0.0.1", "code": "failing"}
    (letter,) = mail.outbox
    assert letter.to == [bob.email]
    assert "Collector" in letter.subject
    change_password(alice)
    is_due()
    worker.work_off()
    assert len(receiver.heard) == 2
    subscriptions.reactivate(webhook)
    webhook.save()
    worker.work_off()
    assert len(receiver.heard) == 4


def test_a_receiver_that_is_gone_ends_its_webhook_at_once(
    receiver: Receiver, webhook: Webhook, alice: User
) -> None:
    receiver.answers = [410]
    change_password(alice)
    worker.work_off()
    webhook.refresh_from_db()
    assert not webhook.is_active


def test_two_workers_deliver_once(receiver: Receiver, webhook: Webhook, alice: User) -> None:
    for _ in range(3):
        change_password(alice)
    receiver.waits.clear()

    def work() -> None:
        try:
            worker.work_off()
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        working = [pool.submit(work) for _ in range(2)]
        assert receiver.is_called.wait(5)
        receiver.waits.set()
        for each in working:
            each.result()
    assert len({headers["webhook-id"] for headers, _ in receiver.heard}) == 3
    assert len(receiver.heard) == 3


def test_a_slow_receiver_is_left_in_time_and_holds_up_no_other(
    receiver: Receiver, webhook: Webhook, alice: User, settings: Any
) -> None:
    with receiving() as slow:
        slow.waits.clear()
        subscribed(slow.url)
        change_password(alice)
        settings.WEBHOOK_SECONDS = 0.2
        worker.turn()
        slow.waits.set()
    assert len(receiver.heard) == 1
    assert WebhookDelivery.objects.get(delivered_at=None).problem


def test_the_secret_is_sealed_and_two_sign_while_one_replaces_the_other(
    receiver: Receiver, webhook: Webhook, alice: User
) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT secret FROM accounts_webhook")
        assert webhook.secret not in str(cursor.fetchall())
    new = subscriptions.rotate(webhook)
    change_password(alice)
    worker.work_off()
    assert receiver.bodies(webhook.secret) == receiver.bodies(new)
    Webhook.objects.update(former_ends=timezone.now())
    change_password(alice)
    worker.work_off()
    signatures = receiver.heard[1][0]["webhook-signature"].split(" ")
    assert len(signatures) == 1
    receiver.bodies(new)


@pytest.mark.parametrize(
    "url",
    [
        *("https://10.0.0.1/", "https://169.254.169.254/latest", "https://[::1]:8443/"),
        *("https://127.0.0.1/", "https://[::ffff:10.0.0.1]/", "https://0.0.0.0/"),
    ],
)
def test_a_service_leads_this_site_nowhere_inside(url: str, alice: User) -> None:
    service = Client.objects.create(name="Service", scopes="webhooks.write")
    subscribed(url, client=service)
    change_password(alice)
    worker.work_off()
    assert WebhookDelivery.objects.get().problem == "its host is not on the public internet"


@pytest.mark.parametrize(
    "url",
    [
        *("http://log.example/", "ftp://log.example/", "https://", "https://a:b@log.example/"),
        *("https://log.example/#x", "https://log.example:99999/", "https://log .example/", "x"),
        *("https://log.example/\n", "javascript:alert(1)", "http://127.0.0.1/"),
    ],
)
def test_an_address_that_cannot_be_told_is_refused(url: str) -> None:
    assert subscriptions.address_problem(url, may_be_loopback=False)


def test_a_backlog_is_bounded_and_nothing_of_it_is_lost(
    receiver: Receiver, webhook: Webhook, alice: User
) -> None:
    later = timezone.now() + DAY
    WebhookDelivery.objects.bulk_create(
        WebhookDelivery(webhook=webhook, due_at=later) for _ in range(queue.MOST_WAITING - 2)
    )
    for _ in range(5):
        change_password(alice)
    assert (queue.collect(), queue.collect()) == (2, 0)
    worker.work_off()
    worker.work_off()
    assert len(receiver.heard) == 5


def test_old_deliveries_are_cleaned_up_and_events_that_are_gone_are_not_told(
    webhook: Webhook, alice: User
) -> None:
    change_password(alice)
    queue.collect()
    SecurityEvent.objects.all().expire(timezone.now())
    worker.work_off()
    delivery = WebhookDelivery.objects.get()
    assert (delivery.standing, delivery.problem) == ("failed", "the event is not kept any more")
    chore = next(
        each
        for each in chores(timezone.now() + timedelta(days=31))
        if each.name == "webhook deliveries"
    )
    assert sum(chore.batches(10)) == 1


def test_the_command_of_the_task_worker_delivers(
    receiver: Receiver, webhook: Webhook, alice: User, settings: Any
) -> None:
    settings.TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
    change_password(alice)
    call_command("db_worker", batch=True, interval=0, startup_delay=False, verbosity=0)
    assert len(receiver.heard) == 1
