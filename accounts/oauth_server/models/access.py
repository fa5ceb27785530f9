"""Say to whom a client is open: to everybody, or to people of chosen groups."""

from collections.abc import Collection
from typing import TYPE_CHECKING

from django.db import connection, models

from accounts.models import Membership
from accounts.oauth_server.models.client import Client

if TYPE_CHECKING:
    from accounts.models import User

_chosen = Client.groups.through._meta.db_table


def _is_open(client: str) -> str:
    return f"""
    (NOT {client}.is_restricted OR EXISTS (
        SELECT 1 FROM {Membership._meta.db_table} AS membership
        JOIN {_chosen} AS chosen ON chosen.group_id = membership.group_id
        WHERE membership.user_id = person.id AND chosen.client_id = {client}.id))
"""  # noqa: S608 (names of tables, no input)


# For statements that are written by hand, which call the tables `client` and `person`.
IS_OPEN = _is_open("client")

_LINKS = {
    "postgresql": ("json_array_elements_text(token.via::json) AS link(value)", "::bigint"),
    "sqlite": ("json_each(token.via) AS link", ""),
}


def passes_on() -> str:
    """Return the SQL of whether all clients that the access token `token` came through may still
    act for `person`: it was exchanged for their tokens, and ends with these (RFC 8693)."""
    links, as_key = _LINKS[connection.vendor]
    return f"""
    (CASE WHEN token.via = '' THEN true ELSE NOT EXISTS (
        SELECT 1 FROM {links} WHERE NOT COALESCE(
            (SELECT earlier.is_active AND {_is_open("earlier")}
             FROM {Client._meta.db_table} AS earlier WHERE earlier.id = link.value{as_key}),
            false)) END)
"""  # noqa: S608 (names of tables, no input)


def all_act_for(clients: Collection[int], user: "User") -> bool:
    """Return whether all of `clients`, by their keys, are active and open to `user`."""
    found = Client.objects.filter(open_to(user), pk__in=clients, is_active=True)
    return found.count() == len(clients)


def is_open(client: Client, user: "User") -> bool:
    """Return whether `user` may use `client`."""
    if not client.is_restricted:
        return True
    return client.groups.filter(memberships__user=user).exists()


def open_to(user: "User") -> models.Q:
    """Return the condition for clients that `user` may use."""
    own = Client.groups.through.objects.filter(
        client=models.OuterRef("pk"), group__memberships__user=user
    )
    return models.Q(is_restricted=False) | models.Q(models.Exists(own))


def closed_to_their_person() -> models.Q:
    """Return the condition for authorizations of people who may not use the client any more."""
    own = Client.groups.through.objects.filter(
        client=models.OuterRef("client"), group__memberships__user=models.OuterRef("user")
    )
    return models.Q(client__is_restricted=True) & ~models.Q(models.Exists(own))
