"""List, make and revoke the tokens that a person's own scripts call the API with."""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import User
from accounts.models.event_kinds import Actor, Event
from accounts.oauth_server.models import PersonalToken
from accounts.oauth_server.models.personal_token import AT_MOST, NAME_LENGTH
from accounts.oauth_server.rules.scopes import Holder, held_by, to_set
from accounts.oauth_server.tokens import revocation
from accounts.security_events.details import Name
from accounts.security_events.record import record

__all__ = ["AT_MOST", "NAME_LENGTH"]


class NameTaken(Exception):
    """Refuse a name that another token of the person has."""


class TooMany(Exception):
    """Refuse to make more tokens than one person may have."""


class SignedOut(Exception):
    """Refuse to make a token for who has been signed out, or switched off, meanwhile."""


def are_on() -> bool:
    return bool(settings.PERSONAL_TOKENS)


def of(user: User) -> QuerySet[PersonalToken]:
    return PersonalToken.objects.filter(user=user)


def scopes_of(token: PersonalToken) -> frozenset[str]:
    """Return what `token` really opens: a scope may have been for personal tokens once."""
    return to_set(token.scope) & held_by(Holder.PERSONAL_TOKEN)


def latest_end() -> datetime | None:
    """Return when a token that is made now ends at the latest; None: it need not end."""
    days = settings.PERSONAL_TOKEN_MAX_DAYS
    return timezone.now() + timedelta(days=days) if days else None


def make(
    user: User,
    *,
    name: str,
    scopes: frozenset[str],
    expires: datetime | None,
    actor: Actor,
    still: Callable[[], bool] = lambda: True,
) -> tuple[str, PersonalToken]:
    """Make a token under the person's lock, and return it, for the only time, with its row.

    `still` says, under the lock, whether who asks is still signed in: signing out everywhere could
    miss a token that is made beside it. Raises NameTaken, TooMany and SignedOut.
    """
    try:
        with transaction.atomic():
            person = User.objects.lock(user.pk)
            if person is None or not still():
                raise SignedOut
            if of(person).count() >= AT_MOST:
                raise TooMany
            token = PersonalToken.objects.issue(person, name=name, scopes=scopes, expires=expires)
            record(Event.PERSONAL_TOKEN_MADE, actor=actor, user=person, details=Name(name))
    except IntegrityError as error:
        raise NameTaken from error
    return token, PersonalToken.objects.get(user=user, name=name)


def revoke(token: PersonalToken, *, actor: Actor) -> None:
    revocation.revoke_personal_token(token, actor=actor)
