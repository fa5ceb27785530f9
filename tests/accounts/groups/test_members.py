"""Admins see who is in a group, and what its deletion ended."""

import pytest
from django.contrib.auth.models import Group, Permission
from django.test import Client as Browser

from accounts.admin.members import SHOWN
from accounts.models import Membership, SecurityEvent, User
from accounts.oauth_server.models import Client
from tests.accounts.second_factors.authenticators import confirmed

pytestmark = pytest.mark.django_db


@pytest.fixture
def team(db: None, alice: User) -> Group:
    team = Group.objects.create(name="Team")
    alice.groups.add(team)
    return team


@pytest.fixture
def desk(bob: User) -> Browser:
    bob.is_staff = bob.is_superuser = True
    bob.save()
    return confirmed(bob)


def test_a_page_of_a_group_names_its_people_and_leads_to_all_of_them(
    desk: Browser, team: Group, alice: User
) -> None:
    people = [User(email=f"p{n}@example.com", sub=f"p{n}", name=f"P{n}") for n in range(SHOWN + 5)]
    made = User.objects.bulk_create(people)
    Membership.objects.bulk_create(Membership(user=each, group=team) for each in made)
    page = desk.get(f"/admin/auth/group/{team.pk}/change/").content.decode()
    assert page.count("/admin/accounts/user/") - page.count("/admin/accounts/user/?") >= SHOWN
    everybody = f"/admin/accounts/user/?group={team.pk}"
    assert f'href="{everybody}">Search among all {SHOWN + 6}<' in page
    found = desk.get(f"{everybody}&q=p7@example.com").context["cl"]
    assert [row.email for row in found.result_list] == ["p7@example.com"]
    assert desk.get(everybody).context["cl"].result_count == SHOWN + 6


def test_who_is_in_a_group_is_not_for_every_admin(desk: Browser, team: Group, alice: User) -> None:
    staff = User.objects.get(name="Bob")
    staff.is_superuser = False
    staff.save()
    staff.user_permissions.set(Permission.objects.filter(codename="view_user"))
    found = desk.get(f"/admin/accounts/user/?group={team.pk}").context["cl"]
    assert found.result_count == User.objects.count() - 1  # all but who may use Django admin
    assert "group" not in [spec.title for spec in found.filter_specs]


def test_deleting_a_group_is_one_event_that_says_what_ended(desk: Browser, team: Group) -> None:
    for name in ("Wiki", "Album"):
        Client.objects.create(name=name, client_id=name, is_restricted=True).groups.add(team)
    told = "1 membership ended. No longer open by it: Album, Wiki."
    page = desk.post(f"/admin/auth/group/{team.pk}/delete/", {"post": "yes"}, follow=True)
    assert told in page.content.decode()
    (event,) = SecurityEvent.objects.filter(details__model="auth.group")
    assert event.details["message"] == told
    empty = Group.objects.create(name="Empty")
    chosen = {"action": "delete_selected", "_selected_action": [empty.pk], "post": "yes"}
    desk.post("/admin/auth/group/", chosen)
    event = SecurityEvent.objects.filter(details__model="auth.group").first()
    assert event
    assert event.details["message"] == "0 memberships ended. No app was open by it."
