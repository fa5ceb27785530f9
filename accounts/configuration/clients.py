"""Carry the clients that an admin registered: those that registered themselves are their own."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import QuerySet

from accounts.configuration import fields, secrets
from accounts.configuration.difference import SECRET, Changed, Difference, between
from accounts.endings import memberships
from accounts.groups.membership import NoSuchGroup, named
from accounts.models.event_kinds import Actor
from accounts.oauth_server.clients import sector_lists
from accounts.oauth_server.clients.told import BadSecret, check_secret, fill_in, keep_secret
from accounts.oauth_server.models import Client, GroupValue
from accounts.oauth_server.tokens import revocation

_NAMES = {field.kept_in: field.name for field in fields.CLIENT}


def export() -> list[dict[str, Any]]:
    source = Client.RegistrationSource.MANUAL
    found = Client.objects.filter(registration_source=source).order_by("name", "pk")
    return [{"client_id": client.client_id} | _told_of(client) for client in found]


def sector_problems(told: dict[str, Any]) -> list[str]:
    """Return what is wrong with the list at the client's sector identifier URI. Calls the network,
    so that it is asked before a transaction opens."""
    client = _found(Client.objects.all(), told["client_id"])
    fill_in(client, _columns(told))
    return sector_lists.problems(client)


def apply(told: dict[str, Any]) -> Difference:
    """Have the client be as it is told. Raises ValidationError by the names of the file."""
    client = _found(Client.objects.select_for_update(no_key=True), told["client_id"])
    before, is_new = _told_of(client) if client.pk else {}, not client.pk
    was_active = client.is_active or is_new
    fill_in(client, _columns(told))
    if "groups" in told:
        client.is_restricted = told["groups"] is not None
    _check(client)
    client.save()
    if told.get("groups") is not None:
        client.groups.set([_group("groups", slug) for slug in told["groups"]])
    if "told_groups" in told:
        _tell_groups(client, told["told_groups"])
    changed = between(before, _told_of(client)) | _secret(client, told)
    _end_what_is_over(client, changed, was_active=was_active)
    return Difference("client", client.client_id, is_new, changed)


def _found(rows: QuerySet[Client], client_id: str) -> Client:
    """Return the client, or a new one. Raises ValidationError where it is not an admin's."""
    found: Client | None = rows.filter(client_id=client_id).first()
    if found and not found.is_registered_by_admin:
        raise ValidationError({"client_id": "This client registered itself. Choose another ID."})
    return found or Client(client_id=client_id, client_type=Client.CLIENT_CONFIDENTIAL)


def _told_of(client: Client) -> dict[str, Any]:
    told = {field.name: field.read(client) for field in fields.CLIENT}
    slugs = sorted(client.groups.values_list("profile__slug", flat=True))
    listed = GroupValue.objects.filter(client=client).select_related("group__profile")
    told_groups = [
        {"group": row.group.profile.slug} | ({"value": row.value} if row.value else {})
        for row in listed
    ]
    groups = {"groups": slugs if client.is_restricted else None}
    return told | groups | ({"told_groups": told_groups} if told_groups else {})


def _columns(told: dict[str, Any]) -> dict[str, Any]:
    listed = (field for field in fields.CLIENT if field.name in told)
    return {field.kept_in: field.stored(told[field.name]) for field in listed}


def _check(client: Client) -> None:
    try:
        client.full_clean()
    except ValidationError as error:
        found = error.message_dict
        raise ValidationError(
            {_NAMES.get(name, name): said for name, said in found.items()}
        ) from error


def _group(name: str, slug: str) -> Any:
    try:
        return named(slug)
    except NoSuchGroup as error:
        raise ValidationError({name: f"There is no group “{error}”."}) from error


def _tell_groups(client: Client, told: list[dict[str, str]]) -> None:
    wanted = [(_group("told_groups", each["group"]), each.get("value", "")) for each in told]
    if len({group for group, _ in wanted}) < len(wanted):
        raise ValidationError({"told_groups": "A group is there twice."})
    rows = GroupValue.objects.filter(client=client).select_related("group")
    if [(row.group, row.value) for row in rows] == wanted:
        return
    rows.delete()
    for group, value in wanted:
        row = GroupValue(client=client, group=group, value=value)
        row.full_clean()
        row.save()


def _secret(client: Client, told: dict[str, Any]) -> Changed:
    """Have the client know the secret that is referred to, beside those that it has."""
    if "client_secret" not in told:
        return {}
    try:
        secret = secrets.read(told["client_secret"])
        check_secret(client, secret)
        is_new = keep_secret(client, secret)
    except (secrets.NoSecret, BadSecret) as error:
        raise ValidationError({"client_secret": str(error)}) from error
    return {"client_secret": (None, SECRET)} if is_new else {}


def _end_what_is_over(client: Client, changed: Changed, *, was_active: bool) -> None:
    if was_active and not client.is_active:
        revocation.revoke_client(client, actor=Actor.ADMIN)
    elif "groups" in changed:
        memberships.end_closed_later([client.pk])
