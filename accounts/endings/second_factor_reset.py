"""Reset every second factor of a person who has lost theirs, which they cannot do themselves."""

from allauth.mfa.models import Authenticator
from django.db import transaction

from accounts.endings import people
from accounts.models import User
from accounts.models.event_kinds import Actor, Event
from accounts.security_events.receipts import Receipt
from accounts.security_events.record import record

# In Django admin's log, and there alone: the person is told by an event of its own.
LOGGED = "Two-step verification reset."


def reset(user: User) -> Receipt:
    """Remove passkeys, app and recovery codes, for an admin, and end what was earned with them.

    Whoever asked for it may not be who they said: the person reads of it by mail, and nobody stays
    signed in. Apps keep their consent.
    """
    with transaction.atomic():
        receipt = people.end_person(user, actor=Actor.ADMIN, keep_consent=True)
        Authenticator.objects.filter(user=user).delete()
        record(Event.SECOND_FACTORS_RESET, actor=Actor.ADMIN, user=user)
    return receipt
