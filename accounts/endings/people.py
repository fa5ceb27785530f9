"""End the sessions of a person, or all that there is of them: the one place that announces it.

The apps that hold something from a session are told (OpenID Connect Back-Channel Logout 1.0), by
tasks that begin after the commit. Nothing else imports what tells them (pyproject.toml).
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any, cast

from django.contrib.auth.signals import user_logged_out
from django.db import transaction
from django.db.models import Count, Q, QuerySet
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils import timezone

from accounts.models import AccountLink, KnownDevice, Session, User
from accounts.models.event_kinds import Actor, Event
from accounts.oauth_server.logout.back_channel import (
    announce_end,
    announce_end_at,
    announce_end_at_some,
    announce_ends,
    announce_ends_of,
)
from accounts.oauth_server.models import (
    AccessToken,
    Authorization,
    AuthorizationCode,
    Client,
    Delegation,
    PersonalToken,
    RefreshToken,
)
from accounts.oauth_server.models.software import AGENT
from accounts.oauth_server.tokens.revocation import end_handed_on, revoke_authorizations
from accounts.security_events.details import AgentsEnded, Ended, Extent, TokensEnded
from accounts.security_events.receipts import Receipt
from accounts.security_events.record import record
from accounts.sessions import device_cookies
from accounts.sessions.store import SID


def end_person(
    user: User,
    *,
    actor: Actor,
    client: Client | None = None,
    keep_consent: bool = False,
    is_told: bool = False,
) -> Receipt:
    """End a person's every session, everything that apps hold of theirs, and their own tokens.
    `client` is the app that did it, where one did.

    `is_told`: by mail, where no other mail says so, as that of a reset password does.
    """
    with transaction.atomic():
        User.objects.lock(user.pk)  # a personal token that is being made is made before or refused
        announce_end(user)
        held = _held_by([user])[user.pk]
        Session.objects.filter(user=user).delete()
        authorizations = Authorization.objects.filter(user=user)
        ended = revoke_authorizations(authorizations, keep_consent=keep_consent)
        PersonalToken.objects.filter(user=user).delete()
        receipt = replace(ended, sessions=held.sessions, personal_tokens=held.personal_tokens)
        AccountLink.objects.filter(user=user).delete()
        user.known_devices.all().delete()  # whoever comes back on one is looked at anew
        ended_all = Ended(receipt)
        who: dict[str, Any] = {"actor": actor, "client": client, "user": user}
        record(Event.EVERYTHING_ENDED, **who, details=ended_all, is_told=is_told)
    return receipt


def end_people(users: Sequence[User], *, actor: Actor) -> list[Receipt]:
    """End all that there is of several people at once, as end_person does. Their consents stay, and
    they read of it in their recent activity: a mail to each would be one to everybody."""
    with transaction.atomic():
        locked = User.objects.select_for_update(no_key=True).filter(pk__in=[u.pk for u in users])
        people = list(locked.order_by("pk"))
        announce_ends_of(people)
        receipts = _held_by(people)
        Session.objects.filter(user__in=people).delete()
        authorizations = Authorization.objects.filter(user__in=people)
        revoke_authorizations(authorizations, keep_consent=True)
        PersonalToken.objects.filter(user__in=people).delete()
        AccountLink.objects.filter(user__in=people).delete()
        KnownDevice.objects.filter(user__in=people).delete()
        for user in people:
            ended = Ended(receipts[user.pk])
            event = Event.EVERYTHING_ENDED
            record(event, actor=actor, user=user, details=ended, is_told=False)
    return list(receipts.values())


def _held_by(users: list[User]) -> dict[int, Receipt]:
    """Return what each of `users` holds that still works, by their primary keys."""
    now = timezone.now()
    kinds: dict[str, QuerySet[Any]] = {
        "sessions": Session.objects.filter(expire_date__gt=now),
        "access_tokens": AccessToken.objects.filter(expires__gt=now),
        "refresh_tokens": RefreshToken.objects.live(),
        "codes": AuthorizationCode.objects.filter(redeemed=None, expires__gt=now),
        "personal_tokens": PersonalToken.objects.exclude(expires__lte=now),
    }
    counts: dict[int, dict[str, int]] = {user.pk: {} for user in users}
    for name, rows in kinds.items():
        of_users = rows.filter(user__in=users).order_by().values_list("user_id")
        for user_id, count in of_users.annotate(count=Count("pk")):
            counts[user_id][name] = count
    return {user_id: Receipt.read(held) for user_id, held in counts.items()}


def end_access(authorization: Authorization, *, actor: Actor, by: Client | None = None) -> Receipt:
    """End what an app holds of somebody who may not use it any more, with their consent to it. The
    app is told that they signed out. `by` is another app whose doing it is, where one's is. To be
    called under the person's lock."""
    user, client = authorization.user, authorization.client
    with transaction.atomic():
        announce_end_at(client, user)
        receipt = revoke_authorizations(Authorization.objects.filter(pk=authorization.pk))
        ended = TokensEnded(receipt, code=Extent.GROUP, **TokensEnded.told_of(by))
        record(Event.TOKEN_REVOKED, actor=actor, user=user, client=client, details=ended)
    return receipt


def end_agents(user: User, *, actor: Actor) -> Receipt:
    """End all that agents hold of a person, with their consent, and what apps handed on to them
    (RFC 8693). Agents that want to know are told that the person signed out."""
    with transaction.atomic():
        rows = _agents_locked(user)
        if not rows:
            return Receipt()
        clients = {row.client_id: row.client.client_id for row in rows if row.client.is_agent}
        announce_end_at_some(clients, user)
        exchanged = AccessToken.objects.filter(user=user, application__kind=AGENT)
        handed_on = Delegation.objects.filter(authorization__in=rows, client__kind=AGENT)
        clients |= handed_on.values_list("client_id", "client__client_id")
        own = Authorization.objects.filter(user=user, client__kind=AGENT)
        receipt = revoke_authorizations(own)
        handed_on.delete()
        tokens = end_handed_on(exchanged, list(clients))
        receipt = replace(receipt, access_tokens=receipt.access_tokens + tokens)
        ended = AgentsEnded(receipt, len(clients), tuple(clients.values()))
        is_told = actor == Actor.PERSON  # of what admins do, the change tells (admin/recorders.py)
        record(Event.AGENTS_REMOVED, actor=actor, user=user, details=ended, is_told=is_told)
    return replace(receipt, apps=len(clients))


def _agents_locked(user: User) -> list[Authorization]:
    """Lock what `user` let agents do, and let apps do that handed it on to agents."""
    by_way_of = Delegation.objects.filter(authorization__user=user, client__kind=AGENT)
    concerned = Q(client__kind=AGENT) | Q(pk__in=by_way_of.values("authorization"))
    held = Authorization.objects.filter(concerned, user=user).order_by("pk")
    return list(held.select_for_update(of=("self",), no_key=True).select_related("client"))


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
