"""Find the clients that a person is concerned with, to fill their values in."""

from allauth.account.models import EmailAddress
from django.contrib.auth.models import AnonymousUser
from django.db.models import Q

from accounts.models import User
from accounts.oauth_server.models import Client

_AT_MOST = 50


def own_clients(person: User | AnonymousUser) -> list[Client]:
    """Return the active clients that name a verified address of `person` as the responsible one,
    and for whoever still is an admin those that they registered."""
    if not isinstance(person, User):
        return []
    addresses = EmailAddress.objects.filter(user=person, verified=True)
    concerned = Q(responsible_email__in=[each.email for each in addresses])
    if person.is_staff:
        concerned |= Q(user=person)
    return list(Client.objects.filter(concerned, is_active=True).order_by("name", "pk")[:_AT_MOST])
