"""Tell a client of a person's groups, as an admin chose for it: see models/group_claim.py."""

from typing import Any

from accounts.models import User
from accounts.oauth_server.models import Client
from accounts.oauth_server.models.group_claim import groups_of

_Told = list[tuple[int | None, str]]


def claim(user: User, client: Client) -> dict[str, Any]:
    """Return the claim about the groups of `user`; {} where there is nothing to say."""
    told = _FORMS[client.groups_form](groups_of(user, client))
    return {} if told is None else {client.groups_claim: told}


def _values(found: _Told) -> list[str]:
    """Return each value once, in an order that stays the same: some apps compare texts."""
    return sorted({value for _, value in found})


def _first(found: _Told) -> str | None:
    listed = sorted((listed, value) for listed, value in found if listed)
    return listed[0][1] if listed else None


_FORMS: dict[str, Any] = {Client.LIST: _values, Client.FIRST: _first, Client.IS_MEMBER: bool}
