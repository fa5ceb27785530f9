"""Send what is due, and see what follows from the answer: done, later once more, or never again.

Receivers are called side by side and outside of any transaction, through the one filter for
addresses that somebody else chose (oauth_server/clients/outbound.py): https, the public internet,
no redirect, so much time and no more.
"""

import random
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus

import structlog
from django.conf import settings
from django.db import Error as DatabaseIsAway
from django.db import transaction
from django.utils import timezone

from accounts.metrics import declared
from accounts.models import SecurityEvent, Webhook, WebhookDelivery
from accounts.network.outbound import CallFailed
from accounts.oauth_server.clients.outbound import CannotFetch, session_to
from accounts.storage.sealed import CannotOpen
from accounts.text.cleaning import clean
from accounts.webhooks import answers, disabling, event_tokens, payload, queue
from accounts.webhooks.answers import Answer
from accounts.webhooks.signature import sign

# After each attempt that failed, in seconds: a little more than a day all in all, so that one event
# alone shows that a receiver took nothing for a day (disabling.py).
RETRY_AFTER = (5, 60, 300, 900, 3_600, 7_200, 14_400, 14_400, 28_800, 28_800)
_JITTER = 0.1  # so that those that failed together do not come back together
_AT_ONCE = 16
_NOT_KEPT = "the event is not kept any more"

_Written = tuple[dict[str, str], bytes]  # headers, and the body

log = structlog.get_logger("webhooks")


@dataclass(frozen=True)
class _Letter:
    webhook: Webhook
    headers: dict[str, str]
    body: bytes


def send() -> int:
    """Make the attempts that are due; return how many. Not inside a transaction."""
    due = queue.take()
    if not due:
        return 0
    events = SecurityEvent.objects.in_bulk({each.event_id for each in due if each.event_id})
    with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="webhooks") as pool:
        # Nothing in these threads needs the database.
        sent = [(each, pool.submit(_post, _letter(each, events))) for each in due]
    for delivery, sending in sent:
        _settle(delivery, _result(sending))
    return len(due)


def _result(sending: "Future[Answer]") -> Answer:
    try:
        return sending.result()
    except Exception as error:  # noqa: BLE001 (of one receiver: the others are told all the same)
        return _fault(error)


def _fault(error: Exception) -> Answer:
    """Say that something went wrong here. Of the error its kind alone, as it may hold a secret."""
    log.error("webhook_attempt_broke", error=type(error).__name__)
    return Answer("a fault of this site", is_ours=True)


def _letter(delivery: WebhookDelivery, events: dict[int, SecurityEvent]) -> "_Letter | Answer":
    """Write what is to be sent; or say why there is nothing to send."""
    event = events.get(delivery.event_id or 0)
    if delivery.event_id and event is None:
        return Answer(_NOT_KEPT, is_ours=True)
    webhook = delivery.webhook
    try:
        headers, body = _WRITE[webhook.format](delivery, event)
        if webhook.authorization_header:
            headers["Authorization"] = webhook.authorization_header
    except CannotOpen:
        return Answer("the secret cannot be opened (ENCRYPTION_KEYS)", is_ours=True)
    except DatabaseIsAway:
        raise
    except Exception as error:  # noqa: BLE001 (of one message: the others are sent all the same)
        return _fault(error)
    return _Letter(webhook, headers | {"User-Agent": "Latchkey-Webhooks"}, body)


def _standard(delivery: WebhookDelivery, event: SecurityEvent | None) -> _Written:
    """Write a message as Standard Webhooks 1.0 has it. Raises CannotOpen."""
    message, now = delivery.message_id, timezone.now()
    body, sent = payload.body_of(delivery, event), int(now.timestamp())
    headers = {
        "Content-Type": "application/json",
        "webhook-id": message,
        "webhook-timestamp": str(sent),
        "webhook-signature": sign(delivery.webhook.secrets(now), message, sent, body),
    }
    return headers, body


def _event_token(delivery: WebhookDelivery, event: SecurityEvent | None) -> _Written:
    """Write a message as RFC 8935 section 2.1 has it. Raises CannotOpen."""
    headers = {"Content-Type": event_tokens.CONTENT_TYPE, "Accept": "application/json"}
    return headers, event_tokens.sign(delivery, event)


_WRITE: dict[str, Callable[[WebhookDelivery, SecurityEvent | None], _Written]] = {
    Webhook.STANDARD: _standard,
    Webhook.EVENT_TOKENS: _event_token,
}


def _post(letter: "_Letter | Answer") -> Answer:
    if isinstance(letter, Answer):
        return letter
    began, webhook = time.monotonic(), letter.webhook
    try:
        with session_to(
            webhook.url,
            may_be_loopback=webhook.client_id is None,
            seconds=settings.WEBHOOK_SECONDS,
        ) as session:
            response = session.post(webhook.url, data=letter.body, headers=letter.headers)
    except (CallFailed, CannotFetch) as error:
        return Answer(clean(str(error), 200), seconds=time.monotonic() - began)
    return answers.read(webhook, response, time.monotonic() - began)


def _settle(delivery: WebhookDelivery, answer: Answer) -> None:
    """Write down what became of it, and disable a webhook that nobody answers for a day."""
    now = timezone.now()
    delivery.status, delivery.answer = answer.status, answer.text
    delivery.problem, delivery.seconds = answer.problem, round(answer.seconds, 3)
    delivery.due_at = None
    if not answer.problem:
        delivery.delivered_at = now
    elif _is_worth_another(delivery, answer):
        own_wait = _wait(delivery.attempts)
        delivery.due_at = now + timedelta(seconds=max(own_wait, answer.wait))
    with transaction.atomic():
        webhook = Webhook.objects.select_for_update(no_key=True).filter(pk=delivery.webhook_id)
        if not (found := webhook.first()):
            return  # it was deleted meanwhile, with its deliveries
        delivery.save(
            update_fields=["status", "answer", "problem", "seconds", "due_at", "delivered_at"]
        )
        if answer.wait:
            found.not_before = now + timedelta(seconds=answer.wait)
            found.save(update_fields=["not_before"])
        is_gone = answer.status == HTTPStatus.GONE
        if not answer.is_ours:
            disabling.judge(found, now, is_well=not answer.problem, is_gone=is_gone)
    declared.WEBHOOK_ATTEMPTS.count("failed" if answer.problem else "delivered")
    if answer.problem:
        message = delivery.message_id
        log.warning("webhook_not_delivered", webhook=found.pk, id=message, why=answer.problem)


def _is_worth_another(delivery: WebhookDelivery, answer: Answer) -> bool:
    """Return whether it is tried again: no test, nothing of which the event is gone, and nothing
    that the receiver can never read."""
    is_of_event = delivery.event_id is not None and answer.problem != _NOT_KEPT
    return is_of_event and not answer.is_final and delivery.attempts <= len(RETRY_AFTER)


def _wait(attempts: int) -> float:
    return RETRY_AFTER[attempts - 1] * random.uniform(1 - _JITTER, 1 + _JITTER)  # noqa: S311
