"""Stop all agents of a host, who cannot come back then.

What services verify by themselves (JWT access tokens, RFC 9068) ends with its few minutes.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction

from accounts.models import User
from accounts.models.event_kinds import Actor, Event
from accounts.oauth_server.models import BlockedHost, Client
from accounts.oauth_server.models.software import THIS_DEVICE
from accounts.oauth_server.rules import host_names
from accounts.oauth_server.tokens import revocation, told_people
from accounts.security_events.details import AgentsEnded
from accounts.security_events.receipts import Receipt
from accounts.security_events.record import record

_AT_ONCE = 5_000  # clients of one statement


@dataclass(frozen=True)
class Stopped:
    """Tell what was done about a host: the agents that were disabled, what that ended, and whether
    the host is blocked by it."""

    agents: list[Client]
    receipt: Receipt
    is_blocked: bool


def stop_host(host: str, agents: Iterable[Client], *, by: User) -> Stopped:
    """Disable `agents`, which are those of `host` that the admin may change, end all that they hold
    of anybody, and let no other register itself from there."""
    with transaction.atomic():
        is_blocked = _block(host, by)
        stopped = _disable([client.pk for client in agents])
        pks = [client.pk for client in stopped]
        receipt = revocation.revoke_clients(pks)
        if stopped or is_blocked:
            client_ids = tuple(client.client_id for client in stopped)
            ended = AgentsEnded(receipt, len(stopped), client_ids, host)
            record(Event.ADMIN_AGENTS, actor=Actor.ADMIN, user=by, details=ended)
    return Stopped(stopped, receipt, is_blocked)


def _block(host: str, by: User) -> bool:
    """Block the host; False where it was already, or where every native app is answered."""
    if host == THIS_DEVICE:
        return False
    name = host_names.covering(host)[0]
    return BlockedHost.objects.get_or_create(host=name, defaults={"user": by})[1]


def _disable(pks: list[int]) -> list[Client]:
    """Disable those of the clients that are active yet, and return these."""
    stopped: list[Client] = []
    for first in range(0, len(pks), _AT_ONCE):
        active = Client.objects.filter(pk__in=pks[first : first + _AT_ONCE], is_active=True)
        some = list(active.select_for_update(no_key=True).order_by("pk"))
        Client.objects.filter(pk__in=[client.pk for client in some]).update(is_active=False)
        told_people.tell_later(client.pk for client in some)
        stopped += some
    return stopped
