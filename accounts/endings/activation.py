"""Switch a person's account off, for an admin or a client, and on again, for an admin."""

from django.db import transaction

from accounts.endings import memberships, people
from accounts.models import User
from accounts.models.event_kinds import Actor, Event
from accounts.oauth_server.models import Client
from accounts.security_events.receipts import Receipt
from accounts.security_events.record import record


def deactivate(pk: int, *, by: Client | None = None) -> Receipt | None:
    """Switch an account off, and end all that there is of its person; None where it is off. `by`
    is the client that does it, of which the person is told at once; an admin's log tells them."""
    with transaction.atomic():
        person = User.objects.lock(pk)
        if person is None:
            return None
        person.is_active = False
        person.save(update_fields=["is_active", "updated_at"])
        actor = Actor.CLIENT if by else Actor.ADMIN
        return people.end_person(person, actor=actor, client=by, is_told=by is not None)


def reactivate(pk: int, *, by: Client | None = None) -> bool:
    """Switch an account on again, also one that its person asked to be deleted; False where it is
    on. What was ended stays so. `by` as in `deactivate`."""
    with transaction.atomic():
        inactive = User.objects.select_for_update(no_key=True).filter(pk=pk, is_active=False)
        person = inactive.first()
        if person is None:
            return False
        actor = Actor.CLIENT if by else Actor.ADMIN
        if person.delete_after:
            record(Event.DELETION_CANCELLED, actor=actor, user=person, client=by)
        person.is_active, person.delete_after = True, None
        person.save(update_fields=["is_active", "delete_after", "updated_at"])
        memberships.settle_locked(person)
        if by:
            record(Event.ACCOUNT_REACTIVATED, actor=actor, user=person, client=by)
    return True
