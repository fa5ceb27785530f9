"""List the groups of this site, and who is in them."""

from typing import Any

from django.contrib.auth.models import Group
from django.db.models import Exists, OuterRef

from accounts.models import User


def all_of_them() -> Any:
    """Return every group, each with `gives_rights`: whether its people have rights in Django
    admin."""
    rights = Group.permissions.through.objects.filter(group=OuterRef("pk"))
    return Group.objects.select_related("profile").annotate(gives_rights=Exists(rights))


def members(group: Group) -> Any:
    return User.objects.filter(memberships__group=group)


class Unknown(Exception):
    """Report a slug that is no group's. The text is that slug."""


def named(slugs: list[str]) -> list[Group]:
    """Return the groups of these slugs. Raises Unknown for the first that is none's."""
    found = {group.profile.slug: group for group in all_of_them().filter(profile__slug__in=slugs)}
    for slug in slugs:
        if slug not in found:
            raise Unknown(slug)
    return list(found.values())
