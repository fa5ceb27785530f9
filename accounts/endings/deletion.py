"""Close an account at once, and delete it when the cooling-off period is over.

A closed account is an inactive one that has a date: whatever refuses inactive people (tokens,
sessions, every way to sign in) refuses it too, without knowing of deletion. What its person let
apps do is kept until the end, so that keeping the account brings it back; what apps and scripts
hold is not.

Security events outlive the person, for as long as events are kept, without what tells who it was:
the link to them, addresses, browsers and details go, and so does what other rows tell of them
(traces.py). The `sub` stays. It is random and was the
name of nobody else, and nobody else will have it.
"""

from datetime import timedelta

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from accounts.endings import people, traces
from accounts.models import ReleasedName, User
from accounts.models.event_kinds import Actor, Event
from accounts.security_events.details import Deletion
from accounts.security_events.receipts import Receipt
from accounts.security_events.record import record


class LastAdmin(Exception):
    """Say that nobody else could look after this site, or give anybody the right to."""


def close(user: User) -> Receipt:
    """End all that `user` could do here, and have them deleted; without a cooling-off period, now.

    Closing twice changes nothing. Raises LastAdmin.
    """
    with transaction.atomic():
        if is_last_admin(user):
            raise LastAdmin
        locked = User.objects.lock(user.pk)
        if locked is None:
            return Receipt()
        locked.is_active = False
        locked.delete_after = timezone.now() + timedelta(days=settings.DELETION_COOLING_OFF_DAYS)
        locked.save(update_fields=["is_active", "delete_after"])
        due = Deletion(locked.delete_after.date().isoformat())
        record(Event.DELETION_ASKED, actor=Actor.PERSON, user=locked, details=due)
        receipt = people.end_person(locked, actor=Actor.PERSON, keep_consent=True)
        if not settings.DELETION_COOLING_OFF_DAYS:
            delete(locked, actor=Actor.PERSON)
    return receipt


def keep(pk: int) -> User | None:
    """Open a closed account again; None where there is none to open."""
    with transaction.atomic():
        closed = User.objects.select_for_update(no_key=True).filter(pk=pk)
        user = closed.exclude(delete_after=None).first()
        if user is None:
            return None
        user.is_active, user.delete_after = True, None
        user.save(update_fields=["is_active", "delete_after"])
        record(Event.DELETION_CANCELLED, actor=Actor.PERSON, user=user)
    return user


def delete(user: User, *, actor: Actor) -> None:
    """Delete `user` and all that is theirs, for good.

    The event comes first, while whoever is told of it by mail still has an address.
    """
    with transaction.atomic():
        record(Event.ACCOUNT_DELETED, actor=actor, user=user)
        traces.remove(user)
        if user.last_login:  # no app knows the name of who was never here
            ReleasedName.objects.release(user.username_key or "", of=None)
        user.delete()


def delete_due(at_most: int) -> int:
    """Delete people whose cooling-off period is over; return how many. Call until it is 0."""
    with transaction.atomic():
        skip = connection.features.has_select_for_update_skip_locked
        found = User.objects.due().order_by("delete_after").select_for_update(skip_locked=skip)
        people = list(found[: min(at_most, _AT_ONCE)])
        for person in people:
            delete(person, actor=Actor.SITE)
    return len(people)


_AT_ONCE = 20  # people: each may have many rows


def is_last_admin(user: User) -> bool:
    """Return whether `user` is the only one who can do everything in Django admin. Inside a
    transaction, it stays true or false: two admins cannot leave at once."""
    if not user.is_superuser:
        return False
    admins = User.objects.filter(is_superuser=True, is_staff=True, is_active=True).order_by("pk")
    if connection.in_atomic_block:
        admins = admins.select_for_update(no_key=True)
    return [admin.pk for admin in admins] == [user.pk]
