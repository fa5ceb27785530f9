"""Read from a command line which groups a client is told of, and as what."""

from typing import Any

from django.contrib.auth.models import Group
from django.core.management.base import CommandError
from django.db import transaction

from accounts.models.event_kinds import Actor, Event
from accounts.oauth_server.models import Client, GroupValue
from accounts.security_events.details import Action, AdminChange
from accounts.security_events.record import record

Listed = list[tuple[Group, str]]


def read(told: list[str] | None) -> Listed | None:
    """Return the groups that `told` names by slug or name, each with its value: "" for its name.
    None where nothing is told, and none where that is "" alone."""
    if told is None:
        return None
    if told == [""]:
        return []
    return [(_group(name), value) for name, _, value in (each.partition("=") for each in told)]


def _group(name: str) -> Group:
    found = list(Group.objects.filter(profile__slug=name) or Group.objects.filter(name=name))
    if not found:
        raise CommandError(f"--tell-group: there is no group with the slug or name “{name}”.")
    return found[0]


def keep(client: Client, listed: Listed) -> dict[str, tuple[Any, Any]]:
    """Have `client` told of these groups, in this order, in place of those before; return what
    changed."""
    with transaction.atomic():
        rows = GroupValue.objects.filter(client=client).select_related("group")
        before = [(row.group, row.value) for row in rows]
        if before == listed:
            return {}
        rows.delete()
        for group, value in listed:
            GroupValue.objects.create(client=client, group=group, value=value)
        _record(client)
    return {"told_groups": (_words(before), _words(listed))}


def _words(listed: Listed) -> str:
    return ", ".join(f"{group}={value}" if value else str(group) for group, value in listed)


def _record(client: Client) -> None:
    kind = str(GroupValue._meta.verbose_name_plural)
    what: Any = {"changed": {"name": kind, "object": client.name}}
    details = AdminChange(
        Action.CHANGE, client._meta.label_lower, str(client.pk), object=client.name, changes=(what,)
    )
    record(Event.ADMIN_CLIENT, actor=Actor.ADMIN, client=client, details=details)
