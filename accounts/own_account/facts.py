"""List what else this site holds about a person: addresses, groups, what happened."""

from collections.abc import Mapping
from typing import Any

from allauth.account.models import EmailAddress
from django.contrib.auth.models import Group
from django.db.models import QuerySet

from accounts.models import SecurityEvent, User
from accounts.models.event_kinds import Event, Outcome
from accounts.security_events.activity import Entry, entry
from accounts.security_events.activity import events_of as _events_of
from accounts.site.provider_names import provider_names

# What events can be filtered by.
KINDS: tuple[str, ...] = tuple(Event.values)
OUTCOMES: tuple[str, ...] = tuple(Outcome.values)


def addresses(user: User) -> Any:
    return EmailAddress.objects.filter(user=user)


def groups(user: User) -> QuerySet[Group]:
    return Group.objects.filter(user=user).select_related("profile")


def events(user: User) -> QuerySet[SecurityEvent]:
    return _events_of(user).select_related("client")


def told(event: SecurityEvent, names: Mapping[str, str]) -> Entry:
    """Return the event as its person reads it; `names` are those of third parties."""
    return entry(event, names)


def names() -> dict[str, str]:
    return provider_names()
