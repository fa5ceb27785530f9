"""Carry the policies by which clients act for people of others: token exchange, and vouching at
other servers."""

from typing import Any

from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError

from accounts.configuration import fields
from accounts.configuration.difference import Difference, between
from accounts.oauth_server.models import Client, CrossAppPolicy, ExchangePolicy

_SERVER = "audience"


def export_exchange() -> list[dict[str, Any]]:
    rows = ExchangePolicy.objects.select_related("client", "source")
    return [
        {
            "client": row.client.client_id,
            "source": row.source.client_id,
            "may_impersonate": row.may_impersonate,
        }
        for row in rows
    ]


def exchange_key(told: dict[str, Any]) -> str:
    return f"{told['client']} {told['source']}"


def apply_exchange(told: dict[str, Any]) -> Difference:
    """Have the policy be as it is told. Raises ValidationError by the names of the file."""
    pair = {"client": _client(told, "client"), "source": _client(told, "source")}
    row = ExchangePolicy.objects.select_for_update().filter(**pair).first()
    before, is_new = {"may_impersonate": row.may_impersonate} if row else {}, row is None
    row = row or ExchangePolicy(**pair)
    row.may_impersonate = told.get("may_impersonate", row.may_impersonate)
    row.save()
    after = {"may_impersonate": row.may_impersonate}
    return Difference("exchange_policy", exchange_key(told), is_new, between(before, after))


def export_cross_app() -> list[dict[str, Any]]:
    rows = CrossAppPolicy.objects.select_related("client", "relying_party")
    return [{"client": row.client.client_id, _SERVER: row.audience} | _told_of(row) for row in rows]


def cross_app_key(told: dict[str, Any]) -> str:
    return f"{told['client']} {told[_SERVER]}"


def apply_cross_app(told: dict[str, Any]) -> Difference:
    """Have the policy be as it is told, after clients and groups. Raises ValidationError by the
    names of the file."""
    pair = {"client": _client(told, "client"), _SERVER: told[_SERVER]}
    row = CrossAppPolicy.objects.select_for_update().filter(**pair).first()
    before, is_new = _told_of(row) if row else {}, row is None
    row = row or CrossAppPolicy(**pair)
    for field in fields.CROSS_APP:
        if field.name in told:
            setattr(row, field.kept_in, field.stored(told[field.name]))
    row.relying_party = _client(told, "relying_party")
    groups = _groups(told)
    row.is_restricted = told["groups"] is not None if "groups" in told else row.is_restricted
    row.full_clean()
    row.save()
    if "groups" in told:
        row.groups.set(groups)
    changed = between(before, _told_of(row))
    return Difference("cross_app_policy", cross_app_key(told), is_new, changed)


def _told_of(row: CrossAppPolicy) -> dict[str, Any]:
    slugs = sorted(row.groups.values_list("profile__slug", flat=True))
    return {field.name: field.read(row) for field in fields.CROSS_APP} | {
        "relying_party": row.relying_party.client_id,
        "groups": slugs if row.is_restricted else None,
    }


def _client(told: dict[str, Any], name: str) -> Client:
    found: Client | None = Client.objects.filter(client_id=told[name]).first()
    if found is None:
        raise ValidationError({name: f"There is no client “{told[name]}”."})
    return found


def _groups(told: dict[str, Any]) -> list[Group]:
    slugs = told.get("groups") or []
    found = {each.profile.slug: each for each in Group.objects.filter(profile__slug__in=slugs)}
    unknown = [slug for slug in slugs if slug not in found]
    if unknown:
        raise ValidationError({"groups": [f"There is no group “{each}”." for each in unknown]})
    return [found[slug] for slug in slugs]
