"""Clean up what has ended: in small batches over indexed columns, beside traffic and itself.

What goes, and when:

    authorization codes   a day after they expired: until then a replay is seen as one
    access tokens         when they expired
    refresh tokens        when their own idle limit has passed. A superseded or revoked one stays
                          as long, so that presenting it is seen as a replay; after that it would
                          be refused for its age whoever presents it. What is left of a sign-in
                          that was ended is thus gone REFRESH_TOKEN_IDLE_DAYS later at most
    device codes          a day after they expired
    pushed requests       an hour after their person should have come with them
    used proofs           when they are too old to be taken again
    used assertions       when they expired: an expired one is refused for its age
    client secrets        90 days after they expired: an admin may ask which one was used when
    recorded requests     a day after an admin had a client's requests recorded
    withdrawn keys        when the last tokens of a stolen signing key have arrived
    personal tokens       30 days after they expired: their owner sees which one it was
    sessions              when they reached a limit; apps that hold something from one are told.
                          Those in which nobody is signed in when they expired
    known browsers        a year after the person last signed in with one
    cache, counts         when they expired
    people                when the cooling-off period is over that began when they asked for it
    unused apps           those that registered themselves: settings.REGISTRATION_UNUSED after they
                          were last used (oauth_server/registration/unused_clients.py)
    released user names   a year after somebody gave them up
    account links         when they expired
    invitations           30 days after their link ended
    access of an app      that is not open to its person any more, where nothing ended it at once
    finished tasks        14 days after they ended
    webhook deliveries    30 days after they were made
    security events       after EVENT_RETENTION_DAYS

A batch is a short transaction of its own. On PostgreSQL it passes by rows that anybody else holds
(SKIP LOCKED), so that it never waits for traffic or for another janitor, nor makes them wait for
more than a batch. Between batches it rests: requests have the database to themselves most of the
time, and what they wait for is one batch at most.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from django.conf import settings
from django.core.cache import caches
from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from accounts.endings import expired_sessions, memberships
from accounts.endings.deletion import delete_due
from accounts.models import (
    AccountLink,
    CleanupRun,
    Invitation,
    KnownDevice,
    ReleasedName,
    SecurityEvent,
    Session,
    User,
    WebhookDelivery,
    user_name,
)
from accounts.models.webhook import KEPT as DELIVERIES_KEPT
from accounts.oauth_server.models import (
    AccessToken,
    AuthorizationCode,
    ClientSecret,
    DeviceGrant,
    KeptAnswer,
    PersonalToken,
    PushedRequest,
    RecordedRequest,
    Recording,
    RefreshToken,
    SigningKey,
    UsedAssertion,
    UsedProof,
)
from accounts.oauth_server.models.recording import KEPT as RECORDED_FOR
from accounts.oauth_server.registration import unused_clients
from accounts.second_factors import recovery_codes
from accounts.sessions import device_cookies
from accounts.storage.cache import TABLE, DatabaseCache

BATCH = 250  # rows
# As many times as a batch took it is rested after it. On SQLite, where one may write at a time,
# another janitor would wait for all that longer, too.
_RESTS = {"sqlite": 1, "postgresql": 3}

_REPLAYS_SEEN = timedelta(days=1)
_SECRETS_KNOWN = timedelta(days=90)
_TASKS_KNOWN = timedelta(days=14)
_PERSONAL_TOKENS_KNOWN = timedelta(days=30)
_INVITATIONS_KNOWN = timedelta(days=30)


@dataclass(frozen=True)
class Chore:
    """Clean up one kind of row: `count` says how many are due; `remove` takes them away, at most so
    many a batch, and yields how many each batch was."""

    name: str
    count: Callable[[], int]
    remove: Callable[[int], Iterator[int]]

    def batches(self, size: int) -> Iterator[int]:
        """Do it all; yield how many rows each batch took away. At the end, note that it is done."""
        rows, started = 0, time.monotonic()
        began = started
        for removed in self.remove(size):
            rows += removed
            yield removed
            time.sleep((time.monotonic() - began) * _RESTS[connection.vendor])
            began = time.monotonic()
        CleanupRun.objects.note(self.name, rows, time.monotonic() - started)


def chores(now: datetime | None = None) -> list[Chore]:
    """Return what is to be done, as of `now`."""
    now = now or timezone.now()
    past = now - _REPLAYS_SEEN
    return [
        _rows("authorization codes", AuthorizationCode.objects.filter(expires__lt=past)),
        _rows("access tokens", AccessToken.objects.filter(expires__lt=now)),
        _rows("refresh tokens", RefreshToken.objects.filter(expires__lt=now)),
        _rows("device codes", DeviceGrant.objects.filter(expires__lt=past)),
        _rows("pushed requests", PushedRequest.objects.filter(expires__lt=now)),
        _rows("used proofs", UsedProof.objects.filter(expires__lt=now)),
        _rows("used assertions", UsedAssertion.objects.filter(expires__lt=now)),
        _rows("client secrets", ClientSecret.objects.filter(expires__lt=now - _SECRETS_KNOWN)),
        _rows(
            "recorded requests", RecordedRequest.objects.filter(at__lt=now - RECORDED_FOR), by="at"
        ),
        _rows("recordings", Recording.objects.filter(ends__lt=now - RECORDED_FOR), by="ends"),
        _rows(
            "personal tokens",
            PersonalToken.objects.filter(expires__lt=now - _PERSONAL_TOKENS_KNOWN),
        ),
        _rows(
            "released user names",
            ReleasedName.objects.filter(released_at__lt=now - user_name.KEPT),
            by="released_at",
        ),
        _rows("withdrawn signing keys", SigningKey.objects.withdrawn(), by="published_until"),
        _rows("kept answers", KeptAnswer.objects.filter(expires__lt=now)),
        _rows("invitations", Invitation.objects.filter(expires__lt=now - _INVITATIONS_KNOWN)),
        _rows("account links", AccountLink.objects.filter(expires__lt=now)),
        Chore(
            "sessions",
            lambda: expired_sessions.count(now),
            lambda size: expired_sessions.remove(now, size),
        ),
        _rows("sessions of nobody", _sessions_of_nobody(now), by="expire_date"),
        Chore(
            "sealed recovery codes",
            recovery_codes.sealed().count,
            recovery_codes.hash_sealed,
        ),
        _rows("known browsers", _forgotten_devices(now), by="last_used"),
        Chore("people", User.objects.due(now).count, _repeated(delete_due)),
        _cache(now),
        Chore("unused apps", unused_clients.count, _repeated(_remove_unused_clients)),
        _rows("finished tasks", _finished_tasks(now), by="finished_at"),
        _rows(
            "webhook deliveries",
            WebhookDelivery.objects.filter(made_at__lt=now - DELIVERIES_KEPT),
            by="made_at",
        ),
        Chore("access of closed apps", memberships.closed().count, _repeated(memberships.end_some)),
        _events(now - timedelta(days=settings.EVENT_RETENTION_DAYS)),
    ]


def _sessions_of_nobody(now: datetime) -> QuerySet[Any]:
    nobodys: QuerySet[Any] = Session.objects.filter(user=None, expire_date__lt=now)
    return nobodys


def _forgotten_devices(now: datetime) -> QuerySet[Any]:
    return KnownDevice.objects.filter(last_used__lt=now - device_cookies.LIFETIME)


def _rows(name: str, due: QuerySet[Any], *, by: str = "expires") -> Chore:
    def remove(size: int) -> Iterator[int]:
        rest = due.order_by(by)
        while removed := _remove(rest, size):
            yield removed
            # PostgreSQL's index still leads to the deleted rows: do not pass by them all again.
            begins = rest.values_list(by, flat=True).first()
            if begins is None:
                return
            rest = due.order_by(by).filter(**{f"{by}__gte": begins})

    return Chore(name, due.count, remove)


def _remove(rest: QuerySet[Any], at_most: int) -> int:
    skip = connection.features.has_select_for_update_skip_locked
    batch = rest.select_for_update(skip_locked=skip).values_list("pk", flat=True)[:at_most]
    with transaction.atomic():
        # A statement of its own: as a subquery, PostgreSQL may run it again for each row that it
        # compares, lock further rows each time, and so remove more than a batch.
        removed, _ = rest.model._base_manager.filter(pk__in=list(batch)).delete()
    return removed


def _repeated(remove: Callable[[int], int]) -> Callable[[int], Iterator[int]]:
    def until_none_is_left(size: int) -> Iterator[int]:
        while removed := remove(size):
            yield removed

    return until_none_is_left


def _remove_unused_clients(at_most: int) -> int:
    return unused_clients.remove(at_most=min(at_most, unused_clients.AT_ONCE))


def _finished_tasks(now: datetime) -> QuerySet[Any]:
    """Return them: with TASKS_BACKEND=database, one for each app that was told of a sign-out."""
    finished: QuerySet[Any] = DBTaskResult.objects.finished()
    return finished.filter(finished_at__lt=now - _TASKS_KNOWN)


def _cache(now: datetime) -> Chore:
    table = cast(DatabaseCache, caches[TABLE])
    return Chore(
        "cache entries and counts",
        lambda: table.count_expired(now),
        _repeated(lambda at_most: table.remove_expired(now, at_most=at_most)),
    )


def _events(before: datetime) -> Chore:
    events = SecurityEvent.objects
    return Chore(
        "security events",
        events.filter(at__lt=before).count,
        _repeated(lambda at_most: events.expire(before, at_most=at_most)),
    )
