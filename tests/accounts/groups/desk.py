"""Fill in the forms of groups and people in Django admin."""

from typing import Any

from django.contrib.auth.models import Group
from django.http import HttpResponse
from django.test import Client as Browser

from accounts.models import User


def _formset(prefix: str, rows: list[dict[str, Any]], first: int = 0) -> dict[str, Any]:
    form = {f"{prefix}-TOTAL_FORMS": len(rows), f"{prefix}-INITIAL_FORMS": first}
    for number, row in enumerate(rows):
        form |= {f"{prefix}-{number}-{name}": value for name, value in row.items()}
    return form


def save_group(
    desk: Browser, name: str, *rules: dict[str, Any], first: int = 0, **changes: Any
) -> HttpResponse:
    """Save the group of this name, or a new one. The `first` rules are there already."""
    group = Group.objects.filter(name=name).first()
    page = f"{group.pk}/change/" if group else "add/"
    form = {"name": name, "slug": "", "description": ""} | changes
    return desk.post(f"/admin/auth/group/{page}", form | _formset("rules", list(rules), first))


def choose_groups(desk: Browser, person: User, *groups: Group) -> HttpResponse:
    form: dict[str, Any] = {"email": person.email, "name": person.name, "is_active": "on"}
    form["in_groups"] = [group.pk for group in groups]
    address = person.emailaddress_set.get()
    kept = {"id": address.pk, "user": person.pk, "email": address.email}
    kept |= {"verified": "on" if address.verified else "", "primary": "on"}
    rows = _formset("emailaddress_set", [kept], first=1)
    return desk.post(f"/admin/accounts/user/{person.pk}/change/", form | rows)
