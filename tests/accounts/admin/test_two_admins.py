"""Two admins at one row: nothing of either is lost unsaid, and whoever is later reads why."""

from functools import partial
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.test import Client as Browser

from accounts.models import SecurityEvent, User
from accounts.models.event_kinds import Event
from accounts.oauth_server.models import Client, ClientSecret, GroupValue
from tests.accounts.admin.forms import filled
from tests.accounts.admin.scene import desk_of
from tests.accounts.at_once import meet_before
from tests.accounts.oauth_server.app import App
from tests.accounts.oauth_server.conftest import app

__all__ = ["app"]

CHANGED = "This was changed while you had it open"
DELETED = "A row of this list was deleted while you had it open"


def chief(name: str) -> Browser:
    """The browser of one more superuser."""
    person = User.objects.create(email=f"{name}@example.com", name=name, is_superuser=True)
    return desk_of(person)


def page_of(row: Any, page: str = "change") -> str:
    kind = row._meta
    return f"/admin/{kind.app_label}/{kind.model_name}/{row.pk}/{page}/"


@pytest.mark.django_db
def test_a_row_that_another_admin_changed_or_deleted_meanwhile_is_said(app: App) -> None:
    desk, page = chief("Bob"), page_of(app.client)
    groups = [Group.objects.create(name=name) for name in ("cooks", "waiters", "guests")]
    cooks, waiters, guests = (
        GroupValue.objects.create(client=app.client, group=each, value=each.name) for each in groups
    )
    typed = filled(desk.get(page))
    GroupValue.objects.filter(pk=cooks.pk).update(value="kitchen")
    late = desk.post(page, typed | {"group_values-0-value": "chefs"})
    assert CHANGED in late.content.decode()

    again = filled(late)
    assert again["group_values-0-value"] == ["chefs"]
    waiters.delete()
    late = desk.post(page, again | {"group_values-2-value": "visitors"})
    assert DELETED in late.content.decode()
    assert set(GroupValue.objects.values_list("value", flat=True)) == {"kitchen", "guests"}

    assert desk.post(page, filled(late)).status_code == 302
    left = dict(GroupValue.objects.values_list("pk", "value"))
    assert left == {cooks.pk: "chefs", guests.pk: "visitors"}


@pytest.mark.django_db
def test_a_row_can_be_added_without_a_script(app: App) -> None:
    desk, page = chief("Bob"), page_of(app.client)
    group = Group.objects.create(name="cooks")
    sent = filled(desk.get(page)) | {"group_values-0-group": group.pk}
    assert desk.post(page, sent | {"group_values-0-value": ""}).status_code == 302
    assert list(app.client.group_values.values_list("group", flat=True)) == [group.pk]


@pytest.mark.django_db(transaction=True)
def test_of_two_in_the_same_moment_each_is_done_or_told_why_not(app: App, alice: User) -> None:
    desks, page = [chief("Bob"), chief("Mallory")], page_of(app.client)

    def at_once(address: str, *forms: dict[str, Any]) -> list[Any]:
        sent = zip(desks, forms, strict=True)
        steps = (partial(desk.post, address, form) for desk, form in sent)
        return meet_before(("SELECT",), *steps)

    typed = [filled(desk.get(page)) | {"name": f"By {n}"} for n, desk in enumerate(desks)]
    saved = at_once(page, *typed)
    assert sorted(each.status_code for each in saved) == [200, 302]
    quicker = [each.status_code for each in saved].index(302)
    assert CHANGED in saved[1 - quicker].content.decode()
    assert Client.objects.get(pk=app.client.pk).name == f"By {quicker}"

    at_once(page_of(app.client, "secret"), {"days": ""}, {"days": "30"})
    assert ClientSecret.objects.count() == 3

    ending = [filled(desk.get(page)) | {"secrets-0-DELETE": "on"} for desk in desks]
    ended = at_once(page, *ending)
    assert sorted(each.status_code for each in ended) == [200, 302]
    assert ClientSecret.objects.count() == 2

    at_once(page_of(alice, "deactivate"), {}, {})
    assert not User.objects.get(pk=alice.pk).is_active
    ends = SecurityEvent.objects.filter(kind=Event.EVERYTHING_ENDED, user=alice)
    assert ends.count() == 1
