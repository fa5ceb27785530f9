"""End all that anybody is signed in with: after a restore, which brings back what had been revoked
since, or after a theft.

What belongs to nobody goes first: tokens that clients hold for themselves, and codes and sessions
in which nobody has signed in yet. Then people, some hundreds in a transaction, and their apps are
told. What begins meanwhile stays.
"""

from collections import Counter
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from accounts.endings.people import end_people
from accounts.models import KnownDevice, Session, User
from accounts.models.event_kinds import Actor
from accounts.oauth_server.models import AccessToken, Authorization, DeviceGrant, PersonalToken
from accounts.security_events.receipts import Receipt

PEOPLE, ROWS = 500, 1_000  # in a transaction


@dataclass(frozen=True)
class Ended:
    """Count the people of whom something was ended, and what it was."""

    people: int
    receipt: Receipt


def end_everything() -> Ended:
    """End every session, code and token. Consents stay, and so does what people and clients prove
    themselves by: passwords, passkeys, secrets."""
    counts = _end_nobodys()
    people, last = 0, 0
    while batch := list(concerned().filter(pk__gt=last)[:PEOPLE]):
        for receipt in end_people(batch, actor=Actor.ADMIN):
            counts.update(receipt.as_json())
        people, last = people + len(batch), batch[-1].pk
    return Ended(people, Receipt.read(counts))


def concerned() -> QuerySet[User]:
    """Return the people who hold something that would be ended."""
    held = (Session, Authorization, PersonalToken, KnownDevice)
    of_user = [Exists(model._base_manager.filter(user=OuterRef("pk"))) for model in held]
    return User.objects.filter(reduce(or_, of_user)).order_by("pk")


def _end_nobodys() -> Counter[str]:
    now = timezone.now()
    codes = DeviceGrant.objects.filter(authorization=None)
    tokens = AccessToken.objects.filter(authorization=None, created__lt=now)
    sessions = Session.objects.filter(user=None, started__lt=now)
    return Counter(
        codes=_delete(codes.filter(expires__lt=now + settings.DEVICE_CODE_LIFETIME)),
        access_tokens=_delete(tokens),
        sessions=_delete(sessions),
    )


def _delete(rows: QuerySet[Any]) -> int:
    """Delete them, a batch a transaction, and return how many there were."""
    deleted = 0
    while batch := list(rows.values_list("pk", flat=True)[:ROWS]):
        with transaction.atomic():
            deleted += rows.filter(pk__in=batch).delete()[0]
    return deleted
