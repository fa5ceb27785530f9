"""How these tests ask what was recorded."""

from typing import Any

from accounts.models import SecurityEvent
from accounts.models.event_kinds import Event


def recorded(kind: Event, **filters: Any) -> list[tuple[str, str | None, str]]:
    """The outcome, the person and the why of each event of `kind`, the oldest first."""
    events = SecurityEvent.objects.filter(kind=kind, **filters).order_by("pk")
    return [(event.outcome, _name(event), event.why) for event in events]


def _name(event: SecurityEvent) -> str | None:
    assert event.sub == (event.user.sub if event.user else "")
    return event.user.name if event.user else None
