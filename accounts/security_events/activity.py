"""Read a person's own security events as they see them, on the page "Activity" and others."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

from accounts.models import SecurityEvent
from accounts.models.event_kinds import GROUPS, Event, Outcome
from accounts.models.security_event import SecurityEventQuerySet
from accounts.network import browser_names
from accounts.security_events.words import sentence

if TYPE_CHECKING:
    from accounts.models import User

_OWN_NO = {Event.CONSENT_REFUSED, Event.DEVICE_REFUSED}


@dataclass(frozen=True)
class Entry:
    """Describe one event as a person reads it. `device` and `address` are empty where they are
    unknown or an admin's; `is_alarming` where something failed that was not the person's own No."""

    id: int
    at: datetime
    sentence: str
    device: str
    address: str
    is_alarming: bool


def events_of(user: "User", *, group: str = "", until: date | None = None) -> SecurityEventQuerySet:
    """Return the person's events, the newest first, up to the end of the day `until` (UTC). An
    unknown group is every group."""
    events: SecurityEventQuerySet = SecurityEvent.objects.filter(user=user)
    if group in GROUPS:
        events = events.filter(kind__in=GROUPS[group])
    if until and until < date.max:
        events = events.filter(at__lt=datetime.combine(until + timedelta(days=1), time(), UTC))
    return events


def entry(event: SecurityEvent, provider_names: Mapping[str, str]) -> Entry:
    """Return the event as a page shows it; see words.sentence for `provider_names`."""
    return Entry(
        id=event.pk,
        at=event.at,
        sentence=sentence(event, provider_names),
        device="" if event.is_by_an_admin else browser_names.describe(event.user_agent),
        address="" if event.is_by_an_admin else event.address,
        is_alarming=event.outcome == Outcome.FAILED and event.kind not in _OWN_NO,
    )
