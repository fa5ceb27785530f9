"""List where a person is signed in, and end it."""

from typing import Any

from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY
from django.db import transaction

from accounts.endings import people
from accounts.models import Session, User
from accounts.models.event_kinds import Actor, Event
from accounts.oauth_server.models import Client
from accounts.security_events.details import SessionsEnded
from accounts.security_events.record import record


def of(user: User) -> Any:
    """Return the sessions of the browsers in which `user` is signed in now."""
    return Session.objects.of(user)


def proofs(session: Session) -> list[dict[str, Any]]:
    """Return with what the sign-in of `session` was made, as allauth keeps it."""
    return list(session.get_decoded().get(AUTHENTICATION_METHODS_SESSION_KEY, []))


def methods(session: Session) -> list[str]:
    """Return the same as codes, such as "password" and "totp"."""
    kinds = [each.get("type") or each["method"] for each in proofs(session)]
    return list(dict.fromkeys(kinds))


def end(user: User, session: Session, *, actor: Actor, client: Client | None = None) -> None:
    """End one session, and record that, if anything was ended: of two tabs, once is enough.
    `client` is the app that does it, where one does."""
    with transaction.atomic():
        ended = people.end_sessions(user, Session.objects.filter(pk=session.pk))
        note_end(user, ended, actor=actor, client=client, user_agent=session.user_agent)


def note_end(
    user: User,
    ended: int,
    *,
    actor: Actor,
    client: Client | None = None,
    user_agent: str = "",
    is_rest: bool = False,
) -> None:
    if ended:
        what = SessionsEnded(ended, is_rest, user_agent)
        record(Event.SESSION_ENDED, actor=actor, user=user, client=client, details=what)
