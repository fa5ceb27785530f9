"""List the third-party accounts that a person is connected to, and remove one: never the last way
in."""

from allauth.socialaccount.models import SocialAccount
from allauth.socialaccount.signals import social_account_removed
from django.db import transaction
from django.http import HttpRequest

from accounts.models import User
from accounts.models.event_kinds import Actor
from accounts.oauth_server.models import Client
from accounts.own_account.ways_in import WaysIn


class LastWayIn(Exception):
    """Refuse to take away what alone lets the person in."""


def remove(
    request: HttpRequest,
    user: User,
    connection: SocialAccount,
    *,
    actor: Actor,
    client: Client | None = None,
) -> None:
    """Remove it under the person's lock, for the app `client` where one does it. What listens
    records it, and takes groups back that were due to it. Raises LastWayIn."""
    with transaction.atomic():
        person = User.objects.lock(user.pk)
        if person is None or WaysIn.of(person).need(connection):
            raise LastWayIn
        forget(request, connection, actor=actor, client=client)


def forget(
    request: HttpRequest,
    connection: SocialAccount,
    *,
    actor: Actor = Actor.PERSON,
    client: Client | None = None,
) -> None:
    """Delete a connection, also one whose provider is gone, and tell who listens."""
    connection.delete()
    social_account_removed.send(
        sender=SocialAccount,
        request=request,
        socialaccount=connection,
        actor=actor,
        client=client,
    )
