"""Write what a webhook is told of an event: never a secret, and of a person their subject alone,
unless the webhook is for more."""

import json
from datetime import UTC, datetime
from typing import Any

from accounts.models import SecurityEvent, Webhook, WebhookDelivery

TEST = "test"  # what an admin sends to try a webhook is of this type

# Keys of an event's details that tell nothing of who a person is, nor what they call their things.
# Any other is personal data: security_events/details.py.
IMPERSONAL = frozenset(
    {
        *("methods", "provider", "code", "problem", "sessions", "is_rest", "left", "fields"),
        *("action", "model", "rule", "group", "date", "scopes", "grant", "is_retry", "ended"),
        *("unused_days", "endpoint", "error", "parameter", "limit", "taken_back", "presented_by"),
        *("format", "host", "agents", "clients", "audience", "source", "impersonates"),
        *("client_id", "by"),
    }
)


def type_of(event: SecurityEvent) -> str:
    """Return the type of a message: the kind, and how it ended, as a failed sign-in must not be
    taken for one."""
    return f"{event.kind}.{event.outcome}"


def body_of(delivery: WebhookDelivery, event: SecurityEvent | None) -> bytes:
    """Return the body, of a test where there is no event. It is made anew for each attempt: of
    somebody who was deleted meanwhile it tells no more."""
    if event is None:
        return _written(TEST, delivery.made_at, {})
    return _written(type_of(event), event.at, data_of(delivery.webhook, event))


def data_of(webhook: Webhook, event: SecurityEvent) -> dict[str, Any]:
    """Return what this webhook is told of an event, without what is empty."""
    is_all = webhook.has_personal_data
    data = {
        "outcome": event.outcome,
        "actor": event.actor,
        "sub": event.sub,
        "client_id": event.client_public_id,
        "request_id": event.request_id,
        "address": event.address if is_all else "",
        "user_agent": event.user_agent if is_all else "",
        "details": event.details if is_all else _impersonal(event.details),
    }
    return {name: value for name, value in data.items() if value}


def _impersonal(details: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in details.items() if name in IMPERSONAL}


def _written(kind: str, at: datetime, data: dict[str, Any]) -> bytes:
    timestamp = at.astimezone(UTC).isoformat().replace("+00:00", "Z")
    body = {"type": kind, "timestamp": timestamp, "data": data}
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
