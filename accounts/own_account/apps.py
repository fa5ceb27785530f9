"""List the apps that a person let in, and end their access."""

from django.db import transaction
from django.db.models import QuerySet

from accounts.models import User
from accounts.models.event_kinds import Actor, Event
from accounts.oauth_server.models import Authorization, Client, Delegation
from accounts.oauth_server.models.software import AGENT
from accounts.oauth_server.tokens import revocation
from accounts.security_events.details import AppEnded
from accounts.security_events.receipts import Receipt
from accounts.security_events.record import record


def of(user: User) -> QuerySet[Authorization]:
    """Return what `user` let apps do, with the app of each."""
    return Authorization.objects.filter(user=user).select_related("client")


def agents_of(user: User) -> QuerySet[Client]:
    """Return the agents that act for `user`: by what they allowed, or another app handed on."""
    handed_on = Delegation.objects.filter(authorization__user=user).values_list("client", flat=True)
    allowed = Authorization.objects.filter(user=user).values_list("client", flat=True)
    # Asked for by themselves: in one statement, PostgreSQL may read all clients for them.
    return Client.objects.filter(pk__in=list(allowed.union(handed_on)), kind=AGENT)


def remove(authorization: Authorization, *, actor: Actor, by: Client | None = None) -> Receipt:
    """End all that the app has of the person, with their consent, and return what that was. `by`
    is the app that does it, where one does."""
    with transaction.atomic():
        these = Authorization.objects.filter(pk=authorization.pk)
        ended = revocation.revoke_authorizations(these)
        record(
            Event.APP_REMOVED,
            actor=actor,
            user=authorization.user,
            client=authorization.client,
            details=AppEnded(ended, **AppEnded.told_of(by)),
        )
    return ended
