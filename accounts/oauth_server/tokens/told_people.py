"""Tell people, on their page of recent activity, that an admin has disabled an app of theirs.

They may be very many, so that tasks write it after what it tells of: what they let the app do is
gone by then, and whose that was has to be asked before.
"""

from collections.abc import Iterable
from functools import partial

from django.db import transaction
from django_tasks import task

from accounts.models import User
from accounts.models.event_kinds import Actor, Event
from accounts.oauth_server.models import Authorization, Client
from accounts.security_events.details import Extent, TokensEnded
from accounts.security_events.record import record

AT_ONCE = 500  # people of one task


def tell_later(clients: Iterable[int]) -> None:
    """Tell everybody whose authorizations `clients` have now, after the commit."""
    held = Authorization.objects.filter(client__in=list(clients)).order_by("client", "user")
    pairs = list(held.values_list("client_id", "user_id"))
    for first in range(0, len(pairs), AT_ONCE):
        some = [list(pair) for pair in pairs[first : first + AT_ONCE]]
        if tell_people.get_backend().supports_defer:
            tell_people.enqueue(some)
        else:
            transaction.on_commit(partial(tell_people.enqueue, some))


@task()
def tell_people(pairs: list[list[int]]) -> None:
    """Record for each pair of a client and a person that the one lost what it had of the other."""
    clients = Client.objects.in_bulk({client for client, _ in pairs})
    people = User.objects.in_bulk({person for _, person in pairs})
    ended = TokensEnded(code=Extent.CLIENT)
    for client, person in pairs:
        if client in clients and person in people:
            who = {"user": people[person], "client": clients[client]}
            record(Event.TOKEN_REVOKED, actor=Actor.ADMIN, details=ended, **who)
