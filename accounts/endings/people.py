"""End the sessions of a person, or all that there is of them: the one place that announces it.

The apps that hold something from a session are told (OpenID Connect Back-Channel Logout 1.0), by
tasks that begin after the commit. Nothing else imports what tells them (pyproject.toml).
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any, cast

from django.contrib.auth.signals import user_logged_out
from django.db import transaction
from django.db.models import QuerySet
from django.dispatch import receiver
from django.http import HttpRequest

from accounts.models import Session, User
from accounts.models.event_kinds import Actor, Event
from accounts.oauth_server.logout.back_channel import announce_end, announce_ends
from accounts.oauth_server.models import Authorization, PersonalToken
from accounts.oauth_server.tokens.revocation import revoke_authorizations
from accounts.security_events.details import Ended
from accounts.security_events.receipts import Receipt
from accounts.security_events.record import record
from accounts.sessions import device_cookies
from accounts.sessions.store import SID


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
        ended = revoke_authorizations(authorizations, keep_consent=keep_consent)
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


def end_other_browsers(request: HttpRequest, user: User, sessions: QuerySet[Session]) -> int:
    """End a person's sessions but this browser's, and know none but this one any more."""
    with transaction.atomic():
        ended = end_sessions(user, sessions)
        token = device_cookies.known_token(request, user)
        user.known_devices.exclude(digest=device_cookies.digest_of(user, token)).delete()
    return ended


def end_session(user: User, sid: str) -> None:
    """End one session of a person by its public name, also where its row has gone already."""
    with transaction.atomic():
        announce_end(user, [sid])
        Session.objects.filter(user=user, sid=sid).delete()


def end_batch(sessions: Iterable[Session]) -> int:
    """End sessions of several people, and return how many."""
    with transaction.atomic():
        found = list(sessions)
        announce_ends(found)
        return Session.objects.filter(pk__in=[row.pk for row in found]).delete()[0]


@receiver(user_logged_out)
def end_current(request: HttpRequest, user: Any, **kwargs: Any) -> None:
    """End the session of this browser, whose person signs out or makes way for somebody else.

    Django signals every sign-out, also at Django admin, before it forgets whose session it was.
    """
    if user is not None:
        end_session(cast(User, user), request.session.get(SID, ""))
