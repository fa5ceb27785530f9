"""Carry groups and roles: a role is a group that has permissions in Django admin."""

from typing import Any

from django.contrib.auth.models import Group, Permission
from django.core.exceptions import ValidationError

from accounts.configuration import fields
from accounts.configuration.difference import Difference, between
from accounts.endings import memberships
from accounts.groups import rules
from accounts.models import GroupProfile, GroupRule


def export() -> list[dict[str, Any]]:
    GroupProfile.objects.make_for(Group.objects.filter(profile=None))
    found = Group.objects.select_related("profile").order_by("profile__slug")
    return [{"slug": group.profile.slug} | _told_of(group) for group in found]


def apply(told: dict[str, Any]) -> Difference:
    """Have the group be as it is told. Raises ValidationError by the names of the file."""
    profile = GroupProfile.objects.select_related("group").filter(slug=told["slug"]).first()
    group = profile.group if profile else Group()
    before = _told_of(group) if profile else {}
    group.name = told["name"]
    group.full_clean()
    group.save()
    _keep_profile(group, told)
    if "permissions" in told:
        group.permissions.set(_permissions(told["permissions"]))
    after = _told_of(group)
    return Difference("group", told["slug"], profile is None, between(before, after))


def apply_rules(told: dict[str, Any]) -> Difference:
    """Have the rules of a group that is there be those that are told, after the third parties."""
    group = Group.objects.get(profile__slug=told["slug"])
    before = _rules_of(group)
    wanted = [_rule(group, index, each) for index, each in enumerate(told.get("rules", before))]
    if wanted and group.permissions.exists():
        raise ValidationError({"rules": "A group with permissions cannot have rules."})
    kept = [(rule.kind, rule.provider, rule.claim, rule.value) for rule in wanted]
    if len(set(kept)) < len(kept):
        raise ValidationError({"rules": "One of them is there twice."})
    after = sorted((_told_rule(rule) for rule in wanted), key=_order)
    if after == before:
        return Difference("group", told["slug"], is_new=False)
    GroupRule.objects.filter(group=group).delete()
    GroupRule.objects.bulk_create(wanted)
    memberships.settle_group_later(group.pk)
    return Difference("group", told["slug"], is_new=False, changed={"rules": (before, after)})


def _told_of(group: Group) -> dict[str, Any]:
    profile = GroupProfile.objects.filter(group=group).first()
    return {
        "name": group.name,
        "description": profile.description if profile else "",
        "permissions": sorted(_name(each) for each in _held(group)),
        "rules": _rules_of(group),
    }


def _held(group: Group) -> Any:
    return group.permissions.select_related("content_type")


def _name(permission: Permission) -> str:
    return f"{permission.content_type.app_label}.{permission.codename}"


def _keep_profile(group: Group, told: dict[str, Any]) -> None:
    GroupProfile.objects.get_or_create(group=group, defaults={"slug": told["slug"]})
    profile = GroupProfile.objects.get(group=group)
    profile.description = told.get("description", profile.description)
    profile.full_clean()
    profile.save()


def _permissions(names: list[str]) -> list[Permission]:
    every = {_name(each): each for each in Permission.objects.select_related("content_type")}
    unknown = [name for name in names if name not in every]
    if unknown:
        raise ValidationError({"permissions": [f"There is no {name}." for name in unknown]})
    return [every[name] for name in names]


def _rules_of(group: Group) -> list[dict[str, Any]]:
    found = GroupRule.objects.filter(group=group)
    return sorted((_told_rule(rule) for rule in found), key=_order)


def _order(told: dict[str, str]) -> list[tuple[str, str]]:
    return sorted(told.items())


def _told_rule(rule: GroupRule) -> dict[str, Any]:
    told = {each.name: each.read(rule) for each in fields.RULE}
    return {name: value for name, value in told.items() if value}


def _rule(group: Group, index: int, told: dict[str, Any]) -> GroupRule:
    rule = GroupRule(group=group, **told)
    try:
        rule.full_clean(validate_unique=False, validate_constraints=False)
    except ValidationError as error:
        raise ValidationError({"rules": f"{index + 1}: {' '.join(error.messages)}"}) from error
    if rule.provider and rule.provider not in rules.third_parties():
        raise ValidationError({"rules": f"{index + 1}: There is no third party {rule.provider}."})
    return rule
