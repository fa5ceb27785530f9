"""A person's own security events, page by page: what the account's page "Recent activity" reads."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.core.paginator import Page, Paginator

from accounts.security_events import device
from accounts.security_events.kinds import GROUPS, Outcome
from accounts.security_events.models import SecurityEvent
from accounts.security_events.words import sentence

if TYPE_CHECKING:
    from accounts.models import User

PAGE_SIZE = 50


@dataclass(frozen=True)
class Entry:
    """One event as a person reads it. `device` and `address` are empty where unknown."""

    at: datetime
    sentence: str
    device: str
    address: str
    failed: bool


def page_of(user: "User", *, group: str, number: str) -> Page[SecurityEvent]:
    """Return a page of the events, the newest first. An unknown group is every group, and a page
    that is not there the nearest that is."""
    events = SecurityEvent.objects.filter(user=user).select_related("client")
    if group in GROUPS:
        events = events.filter(kind__in=GROUPS[group])
    return Paginator(events, PAGE_SIZE).get_page(number)


def entry(event: SecurityEvent) -> Entry:
    return Entry(
        at=event.at,
        sentence=sentence(event),
        device=device.describe(event.user_agent),
        address=event.address,
        failed=event.outcome == Outcome.FAILED,
    )
