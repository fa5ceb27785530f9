"""Ending the sessions of a person, or all that there is of them: the one place that announces it.

The apps that hold something from a session are told (OpenID Connect Back-Channel Logout 1.0).
"""

from dataclasses import replace

from django.db import transaction
from django.db.models import QuerySet

from accounts.models import Session, User
from accounts.models.event_kinds import Actor, Event
from accounts.oauth_server.logout.back_channel import announce_end
from accounts.oauth_server.models import Authorization, PersonalToken
from accounts.oauth_server.tokens.revocation import end_authorizations
from accounts.security_events.details import Ended
from accounts.security_events.receipts import Receipt
from accounts.security_events.record import record


def end_person(
    user: User, *, actor: Actor, keep_consent: bool = False, is_told: bool = False
) -> Receipt:
    """End a person's every session, everything that apps hold of theirs, and their own tokens.

    `is_told`: by mail, where no other mail says so, as that of a reset password does.
    """
    with transaction.atomic():
        User.objects.lock(user.pk)  # a personal token that is being made is made before or refused
        announce_end(user)
        sessions = Session.objects.filter(user=user).delete()[0]
        authorizations = Authorization.objects.filter(user=user)
        ended = end_authorizations(authorizations, keep_consent=keep_consent)
        personal = PersonalToken.objects.filter(user=user).delete()[0]
        receipt = replace(ended, sessions=sessions, personal_tokens=personal)
        user.known_devices.all().delete()  # whoever comes back on one is looked at anew
        ended_all = Ended(receipt)
        record(Event.EVERYTHING_ENDED, actor=actor, user=user, details=ended_all, is_told=is_told)
    return receipt


def end_sessions(user: User, sessions: QuerySet[Session]) -> int:
    """End some sessions of a person, and return how many. Apps keep their tokens and are told."""
    with transaction.atomic():
        announce_end(user, sessions.values_list("sid", flat=True))
        return sessions.delete()[0]
