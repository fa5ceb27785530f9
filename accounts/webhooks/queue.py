"""Make deliveries of the events that webhooks want, and hand out those that are due.

Each webhook remembers up to where the events were looked at for it, so an event that commits late
is found, and one that was found is not found again. One whose receiver lags has no more than
MOST_WAITING deliveries: the events wait where they are, and are kept there anyway.
"""

from datetime import timedelta
from typing import TypeVar

from django.db import connection, transaction
from django.db.models import F, Min, Model, Q, QuerySet
from django.utils import timezone

from accounts.models import SecurityEvent, Webhook, WebhookDelivery
from accounts.security_events import settled

M = TypeVar("M", bound=Model)

MOST_WAITING = 1_000  # deliveries of a webhook
LEASE = timedelta(minutes=2)  # after which an attempt whose worker died is made again
_AT_ONCE = 250  # events
_RECEIVERS = 16
_EACH = 2  # deliveries that one receiver gets side by side


def collect() -> int:
    """Make deliveries of what happened since the last time; return how many."""
    active = Webhook.objects.told().order_by("pk")
    read = list(active.values_list("pk", "read_to"))
    if not read:
        return 0
    newest = settled.newest(after=min(read_to for _, read_to in read))
    return sum(_collect(pk, newest) for pk, read_to in read if read_to < newest)


def _collect(pk: int, newest: int) -> int:
    with transaction.atomic():
        webhook = _locked(Webhook.objects.told().filter(pk=pk)).first()
        if webhook is None or webhook.read_to >= newest:
            return 0  # another worker is at it, or has been
        waiting = WebhookDelivery.objects.filter(webhook=webhook, due_at__isnull=False)
        room = min(_AT_ONCE, MOST_WAITING - waiting.count())
        if room <= 0:
            return 0
        events = SecurityEvent.objects.filter(
            pk__gt=webhook.read_to, pk__lte=newest, kind__in=webhook.kinds
        )
        found = list(events.order_by("pk").values_list("pk", "kind")[:room])
        WebhookDelivery.objects.bulk_create(
            WebhookDelivery(webhook=webhook, event_id=event, kind=kind) for event, kind in found
        )
        webhook.read_to = found[-1][0] if len(found) == room else newest
        webhook.save(update_fields=["read_to"])
    return len(found)


def take() -> list[WebhookDelivery]:
    """Return deliveries that are due, of several webhooks side by side, for this worker alone until
    LEASE has passed."""
    now = timezone.now()
    may_be_called = Q(not_before=None) | Q(not_before__lte=now)
    told = Webhook.objects.told().filter(may_be_called).values("pk")
    due = WebhookDelivery.objects.filter(due_at__lte=now, webhook__in=told)
    first = due.values("webhook", "webhook__failing_since").annotate(first=Min("due_at"))
    taken: list[int] = []
    for webhook, failing_since in first.order_by("first").values_list(
        "webhook", "webhook__failing_since"
    )[:_RECEIVERS]:
        # A receiver that is out of order is asked by one at a time.
        number = 1 if failing_since else _EACH
        with transaction.atomic():
            rows = _locked(due.filter(webhook=webhook).order_by("due_at", "pk"))
            chosen = list(rows.values_list("pk", flat=True)[:number])
            WebhookDelivery.objects.filter(pk__in=chosen).update(
                due_at=now + LEASE, last_at=now, attempts=F("attempts") + 1
            )
        taken += chosen
    found = WebhookDelivery.objects.filter(pk__in=taken).select_related("webhook")
    return list(found.order_by("pk"))


def _locked(rows: "QuerySet[M]") -> "QuerySet[M]":
    """Lock `rows`, but for those that another worker holds."""
    skip = connection.features.has_select_for_update_skip_locked
    return rows.select_for_update(skip_locked=skip, of=("self",) if skip else ())
