"""Carry protected resources: the APIs of others that tokens of this site are for."""

from collections.abc import Iterable
from typing import Any

from django.core.exceptions import ValidationError

from accounts.configuration import fields
from accounts.configuration.difference import Difference, between
from accounts.oauth_server.models import Client, ProtectedResource
from accounts.oauth_server.models.protected_resource import to_lines

_NAMES = {field.kept_in: field.name for field in fields.RESOURCE}


def export() -> list[dict[str, Any]]:
    return [
        {"identifier": row.identifier} | _told_of(row) for row in ProtectedResource.objects.all()
    ]


def apply(told: dict[str, Any]) -> Difference:
    """Have the resource be as it is told, after the clients. Raises ValidationError by the names of
    the file."""
    rows = ProtectedResource.objects.select_for_update()
    row = rows.filter(identifier=told["identifier"]).first()
    before, is_new = _told_of(row) if row else {}, row is None
    row = row or ProtectedResource(identifier=told["identifier"])
    for field in fields.RESOURCE:
        if field.name in told:
            setattr(row, field.kept_in, field.stored(told[field.name]))
    if "scopes" in told:
        row.scopes = to_lines(told["scopes"])
    if "server" in told:
        row.server = next(iter(_clients("server", filter(None, [told["server"]]))), None)
    _check(row)
    row.save()
    if "apps" in told:
        row.clients.set(_clients("apps", told["apps"]))
    return Difference("resource", row.identifier, is_new, between(before, _told_of(row)))


def _told_of(row: ProtectedResource) -> dict[str, Any]:
    return {field.name: field.read(row) for field in fields.RESOURCE} | {
        "scopes": row.sentences,
        "apps": sorted(row.clients.values_list("client_id", flat=True)),
        "server": row.server.client_id if row.server else None,
    }


def _clients(name: str, client_ids: Iterable[str]) -> list[Client]:
    wanted = list(client_ids)
    found = {each.client_id: each for each in Client.objects.filter(client_id__in=wanted)}
    unknown = [client_id for client_id in wanted if client_id not in found]
    if unknown:
        raise ValidationError({name: [f"There is no client “{each}”." for each in unknown]})
    return [found[client_id] for client_id in wanted]


def _check(row: ProtectedResource) -> None:
    try:
        row.full_clean()
    except ValidationError as error:
        found = error.message_dict
        raise ValidationError(
            {_NAMES.get(name, name): said for name, said in found.items()}
        ) from error
