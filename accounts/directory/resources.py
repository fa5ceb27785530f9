"""Let a resource server keep its own protected resources, for the API: each change is an event.

It says what its resources are called and which scopes they have. Who may ask for them is for admins
to say: a resource that nobody narrowed is one that every app may ask people for.
"""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from accounts.models.event_kinds import Actor, Event
from accounts.oauth_server.models import Client, ProtectedResource
from accounts.oauth_server.models.protected_resource import to_lines
from accounts.oauth_server.models.signing_key import ALGORITHMS
from accounts.oauth_server.rules.resources import compared, problem
from accounts.security_events.details import ResourceChange
from accounts.security_events.record import record

__all__ = ["ALGORITHMS"]

FORMATS = tuple(ProtectedResource.FORMATS)
MOST = 20  # resources of a server


class TooMany(Exception):
    """Report that the server has as many as it may have."""


class IdentifierTaken(Exception):
    """Report that there is a resource with that identifier already."""


class Wrong(Exception):
    """Refuse what cannot be: `problems` by field."""

    def __init__(self, problems: dict[str, list[str]]) -> None:
        super().__init__()
        self.problems = problems


def of(server: Client | None) -> QuerySet[ProtectedResource]:
    """Return the resources that a client serves: none, where a person's own script asks."""
    none = ProtectedResource.objects.none()
    return ProtectedResource.objects.filter(server=server) if server else none


def locked(server: Client | None) -> QuerySet[ProtectedResource]:
    """Return them, to be locked as they are read. In a transaction."""
    return of(server).select_for_update(no_key=True)


def register(server: Any, identifier: str, **told: Any) -> ProtectedResource:
    """Register one that `server` serves. In a transaction. Raises TooMany, IdentifierTaken and
    Wrong."""
    Client.objects.select_for_update(no_key=True).get(pk=server.pk)  # which counts them
    if of(server).count() >= MOST:
        raise TooMany
    if wrong := problem(identifier):
        raise Wrong({"identifier": [f"This is no address of an API: {wrong}."]})
    row = ProtectedResource(server=server, identifier=identifier)
    _tell(row, told)
    if ProtectedResource.objects.filter(key=compared(identifier)).exists():
        raise IdentifierTaken
    _save(row)
    _record(row, "made")
    return row


def change(resource: ProtectedResource, **told: Any) -> ProtectedResource:
    """Change what is given; the row is locked. Raises Wrong."""
    _tell(resource, told)
    _save(resource)
    _record(resource, "changed")
    return resource


def delete(resource: ProtectedResource) -> None:
    """Delete one: nothing is refreshed for it any more, and access tokens end with their
    lifetime."""
    _record(resource, "deleted")
    resource.delete()


def _tell(row: ProtectedResource, told: dict[str, Any]) -> None:
    if "scopes" in told:
        told["scopes"] = _lines(told["scopes"])
    for name, value in told.items():
        setattr(row, name, value)


def _lines(scopes: dict[str, str]) -> str:
    try:
        return to_lines(scopes)
    except ValidationError as error:
        raise Wrong(error.message_dict) from error


def _save(row: ProtectedResource) -> None:
    try:
        row.full_clean()
        with transaction.atomic():
            row.save()
    except ValidationError as error:
        raise Wrong(error.message_dict) from error
    except IntegrityError as error:  # another server was faster
        raise IdentifierTaken from error


def _record(row: ProtectedResource, code: str) -> None:
    record(
        Event.RESOURCE_CHANGED,
        actor=Actor.CLIENT,
        client=row.server,
        details=ResourceChange(row.name, row.identifier, code),
    )
