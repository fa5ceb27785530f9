"""Switch a person's account off and on again, for an admin."""

from django.db import transaction

from accounts.endings import memberships, people
from accounts.models import User
from accounts.models.event_kinds import Actor, Event
from accounts.security_events.receipts import Receipt
from accounts.security_events.record import record


def deactivate(pk: int) -> Receipt | None:
    """Switch an account off, and end all that there is of its person; None where it is off."""
    with transaction.atomic():
        person = User.objects.lock(pk)
        if person is None:
            return None
        person.is_active = False
        person.save(update_fields=["is_active", "updated_at"])
        return people.end_person(person, actor=Actor.ADMIN)


def reactivate(pk: int) -> bool:
    """Switch an account on again, also one that its person asked to be deleted; False where it is
    on. What was ended stays so."""
    with transaction.atomic():
        inactive = User.objects.select_for_update(no_key=True).filter(pk=pk, is_active=False)
        person = inactive.first()
        if person is None:
            return False
        if person.delete_after:
            record(Event.DELETION_CANCELLED, actor=Actor.ADMIN, user=person)
        person.is_active, person.delete_after = True, None
        person.save(update_fields=["is_active", "delete_after", "updated_at"])
        memberships.settle_locked(person)
    return True
