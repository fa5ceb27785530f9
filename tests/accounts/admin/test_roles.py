"""The roles of Django admin: each sees what its work needs, and nothing else."""

import io
import json
from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission
from django.core.management import CommandError, call_command
from django.test import Client as Browser

from accounts.models import Membership, Session, User
from accounts.models.event_kinds import Event
from accounts.staff.roles import ROLES, differences
from tests.accounts.admin.scene import address_of, fill, permission, rows_of, rows_of_nobody
from tests.accounts.admin.table import ACTIONS, GIVEN, INLINES, PAGES
from tests.accounts.oauth_server.app import App
from tests.accounts.oauth_server.conftest import app as photo_album
from tests.accounts.second_factors.authenticators import confirmed
from tests.accounts.security_events.events import recorded

__all__ = ["photo_album"]

pytestmark = pytest.mark.django_db

# What is given by permission, and is no role's: each for a reason.
IN_NO_ROLE = {
    *("oauth_server.view_authorizationcode", "oauth_server.delete_authorizationcode"),
    "oauth_server.view_signingkey",  # public, and a superuser's to rotate
    *("socialaccount.view_socialapp", "socialaccount.change_socialapp"),  # who may be whom
    "socialaccount.delete_socialapp",
}
OPEN = {
    "role-client-managers": {
        *("oauth_server.Client", "oauth_server.InitialAccessToken", "oauth_server.BlockedHost"),
    },
    "role-people-managers": {
        *("accounts.User", "accounts.SecurityEvent", "accounts.Invitation"),
        *("socialaccount.SocialAccount", "oauth_server.Authorization"),
        *("oauth_server.AccessToken", "oauth_server.RefreshToken", "oauth_server.PersonalToken"),
    },
    "role-auditors": {"accounts.SecurityEvent"},
    "role-support": {"accounts.User"},
}


def desk_in(role: str, person: User) -> Browser:
    person.is_staff = True
    person.save()
    group = Group.objects.get(profile__slug=role)
    Membership.objects.create(user=person, group=group)
    return confirmed(person)


def test_the_groups_hold_what_the_roles_say_and_every_permission_is_there() -> None:
    assert differences() == []
    assert set(OPEN) == set(ROLES)


def test_every_permission_that_gives_something_is_in_a_role_or_left_out_on_purpose() -> None:
    given = {
        f"{label.split('.')[0].lower()}.{permission(action, label).codename}"
        for label, page in {**PAGES, **INLINES}.items()
        for action in ACTIONS
        if page.gives(action) == GIVEN
    }
    in_roles = set().union(*(role.permissions for role in ROLES.values()))
    assert given - in_roles == IN_NO_ROLE
    assert in_roles - given == {"accounts.support_user"}


@pytest.mark.parametrize("role", ROLES)
def test_a_role_opens_its_pages_and_lists_no_others(
    role: str, photo_album: App, alice: User, mallory: User
) -> None:
    fill(photo_album, alice)
    rows: dict[str, Any] = rows_of(alice) | rows_of_nobody()
    desk = desk_in(role, mallory)
    assert User.objects.trusted().filter(pk=mallory.pk).exists()
    listed = {
        model["model"]._meta.label
        for app in desk.get("/admin/").context["app_list"]
        for model in app["models"]
    }
    assert listed == OPEN[role]
    for label, row in rows.items():
        expected = 200 if label in OPEN[role] else 403
        assert desk.get(address_of(label)).status_code == expected, label
        assert desk.get(address_of(row, "change/")).status_code == expected, label


def test_support_ends_sessions_and_changes_nothing(alice: User, bob: User, mallory: User) -> None:
    confirmed(alice)
    desk = desk_in("role-support", mallory)
    page = address_of(alice)
    assert alice.sub in desk.get(f"{page}change/").content.decode()
    assert b'name="_save"' not in desk.get(f"{page}change/").content
    assert desk.post(f"{page}change/", {"email": "mallory.too@example.net"}).status_code == 403
    for further in ("deactivate", "reactivate", "second-factors/reset"):
        assert desk.post(f"{page}{further}/").status_code == 404, further
    assert desk.post(f"{page}sessions/end/").status_code == 302
    assert not Session.objects.filter(user=alice).exists()
    assert [row[1:3] for row in recorded(Event.SESSION_ENDED)] == [("Alice", "admin")]
    assert desk.get(f"{page}link/").status_code != 404
    bob.is_staff = True
    bob.save()
    assert desk.get(f"{address_of(bob)}sessions/end/").status_code == 404


def test_auditors_end_nothing(alice: User, mallory: User) -> None:
    desk = desk_in("role-auditors", mallory)
    assert desk.post(f"{address_of(alice)}sessions/end/").status_code == 404


def test_a_role_that_was_changed_is_told(db: None) -> None:
    auditors = Group.objects.get(profile__slug="role-auditors")
    auditors.permissions.set([permission("view", "accounts.User")])
    Group.objects.get(profile__slug="role-support").delete()
    assert list(map(str, differences())) == [
        "The role Auditors was changed. It also may: accounts.view_user. It may no longer: "
        "accounts.view_securityevent.",
        "The role Support was deleted.",
    ]


def test_a_person_is_made_for_a_role(db: None) -> None:
    printed = io.StringIO()
    call_command("create_person", email="eve@example.com", role="support", stdout=printed)
    person = User.objects.get(email="eve@example.com")
    assert json.loads(printed.getvalue())["admin"]
    assert (person.is_staff, person.is_superuser) == (True, False)
    assert person.has_perm("accounts.support_user")
    assert not person.has_perm("accounts.change_user")
    assert Permission.objects.filter(group__user=person).count() == 4
    Group.objects.filter(profile__slug="role-support").delete()
    with pytest.raises(CommandError, match="was deleted"):
        call_command("create_person", email="eve@example.com", role="support")
