"""Find agents and what there is to know of them, for Django admin: in as many statements for a page
of them as for one."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Count, Max, Q, QuerySet
from django.utils.translation import gettext as _

from accounts.network import loopback
from accounts.oauth_server.models import AccessToken, Authorization, Client, Delegation
from accounts.oauth_server.models.software import AGENT, THIS_DEVICE
from accounts.oauth_server.rules.scopes import entries, to_set

_AT_ONCE = 2_000


@dataclass(frozen=True)
class Host:
    """Count the agents of a host, and those that are active. `name` is "" for those without any."""

    name: str
    agents: int
    active: int
    is_scheme: bool  # which an app claims on people's devices


@dataclass
class Agent:
    """Tell of one agent. What is of people stays empty for an admin who sees nothing of them."""

    client: Client
    people: int = 0
    last_used: datetime | None = None
    address: str = ""
    scopes: set[str] = field(default_factory=set)
    resources: set[str] = field(default_factory=set)
    handed_on: int = 0  # people for whom it acts by way of another app

    @property
    def sentences(self) -> list[str]:
        """Return what people let it do, or what it may ask for where nobody has."""
        asked = self.scopes or to_set(self.client.scopes)
        return [str(scope.sentence) for scope in entries(asked)]

    @property
    def ways_in(self) -> list[str]:
        exchanged = [_("acts by token exchange")] if self.handed_on else []
        return [self.client.introduced, *exchanged]


def hosts(words: str = "") -> list[Host]:
    """Return the hosts of all agents whose name has `words` in it, by name."""
    every, active, schemes = Counter[str](), Counter[str](), set[str]()
    rows = Client.objects.filter(kind=AGENT).order_by()
    columns = ("client_id", "redirect_uris", "is_active")
    for client in rows.only(*columns).iterator(_AT_ONCE):
        names = [name for name in client.hosts or [""] if words in name]
        every.update(names)
        active.update(names if client.is_active else ())
        schemes |= client.schemes
    return [Host(name, every[name], active[name], name in schemes) for name in sorted(every)]


def of_host(name: str) -> list[Client]:
    """Return the agents of a host by name, the active ones first."""
    some = Client.objects.filter(_perhaps(name), kind=AGENT)
    found = some.order_by("-is_active", "name", "pk")
    return [client for client in found if name in (client.hosts or [""])]


def _perhaps(name: str) -> Q:
    """Return a condition that holds for all clients of the host, and for others."""
    if not name:
        return Q(redirect_uris="")
    written = map(loopback.in_url, loopback.HOSTS) if name == THIS_DEVICE else [name]
    condition = Q()
    for each in written:
        condition |= Q(redirect_uris__icontains=each) | Q(client_id__icontains=each)
    return condition


def described(clients: Sequence[Client], held: QuerySet[Authorization] | None) -> list[Agent]:
    """Tell of agents, each. `held` are the authorizations that the admin may see, None for none."""
    agents = {client.pk: Agent(client) for client in clients}
    for client, last in _own_use(agents):
        agents[client].last_used = last
    if held is not None:
        _tell_of_people(agents, held.order_by().filter(client__in=list(agents)))
        _tell_of_delegations(agents, held)
    return list(agents.values())


def _tell_of_people(agents: dict[int, Agent], held: QuerySet[Authorization]) -> None:
    used = list(held.values_list("client").annotate(Count("pk"), Max("last_used")))
    for client, people, last in used:
        agents[client].people = people
        agents[client].last_used = max(filter(None, (last, agents[client].last_used)))
    lately = held.filter(last_used__in=[last for *_, last in used])
    for client, last, address in lately.values_list("client", "last_used", "last_address"):
        if last == agents[client].last_used:
            agents[client].address = address
    of_people, vouched = ("scope", "resource"), ("vouched_scope", "vouched_resource")
    for names in (of_people, vouched):
        for client, scope, resource in held.values_list("client", *names).distinct():
            agents[client].scopes |= to_set(scope)
            agents[client].resources |= set(resource)


def _tell_of_delegations(agents: dict[int, Agent], held: QuerySet[Authorization]) -> None:
    """Tell for how many people more they act by way of other apps (RFC 8693)."""
    acting = Delegation.objects.filter(client__in=list(agents), authorization__in=held).order_by()
    for client, people, last in acting.values_list("client").annotate(
        Count("authorization__user", distinct=True), Max("last_used")
    ):
        agents[client].handed_on = people
        agents[client].last_used = max(filter(None, (last, agents[client].last_used)))


def _own_use(clients: Iterable[int]) -> QuerySet[Any, tuple[Any, ...]]:
    """Return when each of them got a token of its own, without a person."""
    own = AccessToken.objects.filter(application__in=list(clients), authorization=None)
    return own.order_by().values_list("application").annotate(Max("created"))
