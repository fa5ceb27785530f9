"""People are in a group for as long as a rule says so, and in one by hand until a hand takes it."""

from collections.abc import Callable
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount, SocialApp
from django.contrib.auth.models import Group, Permission
from django.core.management import call_command
from django.test import Client

from accounts.endings import memberships
from accounts.models import GroupProfile, GroupRule, Membership, SecurityEvent, User
from accounts.models.event_kinds import Actor, Event
from tests.accounts.account_pages.proof import signed_in
from tests.accounts.groups.desk import choose_groups, save_group
from tests.accounts.third_parties.scripted_provider import Browser

pytestmark = pytest.mark.django_db(transaction=True)  # rules are followed after the commit

DOMAIN = {"kind": "domain", "value": "example.com"}
PROVIDER = {"kind": "provider", "provider": "example"}
CLAIM = {"kind": "claim", "provider": "example", "value": "engineering"}


def groups_of(person: User) -> list[str]:
    return sorted(person.groups.values_list("name", flat=True))


@pytest.fixture
def staff(db: None) -> Group:
    return Group.objects.create(name="Staff")


def rule(group: Group, **columns: str) -> GroupRule:
    made = GroupRule(group=group, **columns)
    made.full_clean()
    made.save()
    return made


def trust_groups(is_trusted: bool) -> None:
    app = SocialApp.objects.get()
    app.settings["trusted_groups"] = is_trusted
    app.save()


def newcomer() -> User:
    return User.objects.get(email="alice@example.com")


def test_a_rule_of_a_domain_takes_whom_a_verified_address_makes_its_own(
    browser: Browser, staff: Group
) -> None:
    rule(staff, **DOMAIN)
    browser.sign_in()
    assert groups_of(newcomer()) == ["Staff"]
    joined = SecurityEvent.objects.get(kind=Event.GROUP_JOINED)
    assert (joined.user, joined.actor) == (newcomer(), Actor.SITE)
    assert joined.details == {"group": "Staff", "rule": "domain: example.com"}


@pytest.mark.parametrize("value", ["ample.com", "example.org", "com", "alice@example.com"])
def test_a_domain_is_taken_to_the_letter(alice: User, staff: Group, value: str) -> None:
    GroupRule.objects.create(group=staff, kind="domain", value=value)
    memberships.settle(alice)
    assert groups_of(alice) == []


def test_an_address_that_nobody_has_proven_opens_no_group(alice: User, staff: Group) -> None:
    EmailAddress.objects.create(user=alice, email="alice@corp.example", verified=False)
    rule(staff, kind="domain", value="corp.example")
    memberships.settle(alice)
    assert groups_of(alice) == []


def test_a_domain_is_stored_in_its_one_spelling(staff: Group) -> None:
    assert rule(staff, kind="domain", value="@Müller.Example").value == "xn--mller-kva.example"


def test_a_group_is_left_with_the_address_that_led_into_it(alice: User, staff: Group) -> None:
    own = EmailAddress.objects.create(user=alice, email="alice@corp.example", verified=True)
    rule(staff, kind="domain", value="corp.example")
    memberships.settle(alice)
    assert groups_of(alice) == ["Staff"]
    form = {"action_remove": "", "email": own.email}
    signed_in(alice).post("/accounts/email/", form)
    assert groups_of(alice) == []
    left = SecurityEvent.objects.get(kind=Event.GROUP_LEFT)
    assert (left.actor, left.details["group"]) == (Actor.SITE, "Staff")


def test_everybody_of_a_third_party_is_in_its_group_until_they_disconnect_it(
    browser: Browser, alice: User, staff: Group
) -> None:
    rule(staff, **PROVIDER)
    browser.client = signed_in(alice)
    browser.sign_in("?process=connect")
    assert groups_of(alice) == ["Staff"]
    account = SocialAccount.objects.get()
    browser.client.post("/accounts/3rdparty/", {"account": account.pk})
    assert not SocialAccount.objects.exists()
    assert groups_of(alice) == []


@pytest.mark.parametrize(
    ("said", "is_trusted", "expected"),
    [
        (["engineering", "sales"], True, ["Staff"]),
        ("engineering", True, ["Staff"]),
        (["engineering"], False, []),
        (["engineers"], True, []),
        ("engineering sales", True, []),
        ({"engineering": True}, True, []),
        ([["engineering"]], True, []),
        (None, True, []),
    ],
)
def test_a_claim_counts_where_an_admin_trusts_it(
    browser: Browser, staff: Group, said: Any, is_trusted: bool, expected: list[str]
) -> None:
    trust_groups(is_trusted)
    rule(staff, **CLAIM)
    browser.provider.userinfo["groups"] = said
    browser.sign_in()
    assert groups_of(newcomer()) == expected


def test_a_claim_that_is_gone_ends_what_it_gave(browser: Browser, staff: Group) -> None:
    trust_groups(True)
    rule(staff, **CLAIM)
    browser.provider.userinfo["groups"] = ["engineering"]
    browser.sign_in()
    browser.provider.userinfo["groups"] = ["sales"]
    browser.sign_in()  # in the same browser: the profile is renewed without a new sign-in
    assert groups_of(newcomer()) == []
    browser.provider.userinfo["groups"] = ["engineering"]
    browser.client = Client()
    browser.sign_in()
    assert groups_of(newcomer()) == ["Staff"]


def test_a_claim_may_have_another_name(browser: Browser, staff: Group) -> None:
    trust_groups(True)
    rule(staff, **CLAIM, claim="roles")
    browser.provider.userinfo["roles"] = ["engineering"]
    browser.sign_in()
    assert groups_of(newcomer()) == ["Staff"]


def test_no_rule_takes_what_a_hand_gave(desk: Client, alice: User, staff: Group) -> None:
    made = rule(staff, **DOMAIN)
    memberships.settle(alice)
    choose_groups(desk, alice, staff)
    made.delete()
    memberships.settle(alice)
    assert groups_of(alice) == ["Staff"]
    choose_groups(desk, alice)
    assert groups_of(alice) == []
    left = SecurityEvent.objects.get(kind=Event.GROUP_LEFT)
    assert (left.user, left.actor) == (alice, Actor.ADMIN)


def test_no_hand_takes_what_a_rule_gives(desk: Client, alice: User, staff: Group) -> None:
    rule(staff, **DOMAIN)
    memberships.settle(alice)
    choose_groups(desk, alice, staff)
    choose_groups(desk, alice)
    assert groups_of(alice) == ["Staff"]
    assert not Membership.objects.get().by_hand
    page = desk.get(f"/admin/accounts/user/{alice.pk}/change/").content.decode()
    assert "Groups by rule" in page


# --- a change of the rules ---


def test_a_new_rule_holds_at_once_for_everybody(desk: Client, alice: User, mallory: User) -> None:
    User.objects.filter(pk=mallory.pk).update(email="mallory@else.example")
    EmailAddress.objects.filter(user=mallory).update(email="mallory@else.example")
    answer = save_group(desk, "Staff", DOMAIN, description="All of us")
    assert answer.status_code == 302, answer.content
    assert (groups_of(alice), groups_of(mallory)) == (["Staff"], [])
    profile = GroupProfile.objects.get(slug="staff")
    assert (profile.slug, profile.description) == ("staff", "All of us")


def test_a_rule_that_is_removed_ends_what_it_gave(desk: Client, alice: User) -> None:
    save_group(desk, "Staff", DOMAIN)
    made = GroupRule.objects.get()
    gone = DOMAIN | {"id": made.pk, "group": made.group_id, "DELETE": "on"}
    save_group(desk, "Staff", gone, first=1)
    assert not GroupRule.objects.exists()
    assert groups_of(alice) == []


def test_a_third_party_that_is_trusted_no_more_ends_what_it_gave(
    desk: Client, browser: Browser, staff: Group
) -> None:
    trust_groups(True)
    rule(staff, **CLAIM)
    browser.provider.userinfo["groups"] = ["engineering"]
    browser.sign_in()
    app = SocialApp.objects.get()
    form = {
        "provider": app.provider, "provider_id": app.provider_id, "name": app.name,
        "client_id": app.client_id, "server_url": app.settings["server_url"],
        "trusted_email": "on", "settings": "{}",
    }  # fmt: skip
    answer = desk.post(f"/admin/socialaccount/socialapp/{app.pk}/change/", form)
    assert answer.status_code == 302, answer.content
    assert groups_of(newcomer()) == []


def test_a_third_party_that_is_taken_away_ends_what_it_gave(
    desk: Client, browser: Browser, staff: Group
) -> None:
    rule(staff, **PROVIDER)
    browser.sign_in()
    app = SocialApp.objects.get()
    desk.post(f"/admin/socialaccount/socialapp/{app.pk}/delete/", {"post": "yes"})
    assert groups_of(newcomer()) == []


# --- rights in Django admin ---


def test_no_rule_is_made_for_a_group_with_permissions(desk: Client, alice: User) -> None:
    right = Permission.objects.first()
    answer = save_group(desk, "Chiefs", DOMAIN, permissions=[right.pk])
    assert "cannot have rules" in answer.content.decode()
    assert not GroupRule.objects.exists()


def test_a_group_with_rules_gets_no_permissions(desk: Client, alice: User) -> None:
    save_group(desk, "Staff", DOMAIN)
    made = GroupRule.objects.get()
    kept = DOMAIN | {"id": made.pk, "group": made.group_id}
    right = Permission.objects.first()
    answer = save_group(desk, "Staff", kept, first=1, permissions=[right.pk])
    assert "cannot have rules" in answer.content.decode()
    assert not Group.objects.get(name="Staff").permissions.exists()


def test_a_rule_gives_no_rights_whoever_wrote_it(alice: User, staff: Group) -> None:
    rule(staff, **DOMAIN)
    staff.permissions.add(Permission.objects.first())  # by code, past the form
    memberships.settle(alice)
    assert groups_of(alice) == []


def test_whoever_is_in_a_group_without_permissions_is_no_admin(alice: User, staff: Group) -> None:
    alice.groups.add(staff)
    assert not User.objects.trusted().filter(pk=alice.pk).exists()


@pytest.mark.parametrize(
    "columns",
    [
        {"kind": "domain"}, {"kind": "provider"}, {"kind": "claim", "provider": "example"},
        {"kind": "claim", "value": "x"}, {"kind": "domain", "value": "no domain"},
    ],
)  # fmt: skip
def test_a_rule_that_says_nothing_is_refused(
    desk: Client, register: Callable[..., Any], columns: dict[str, str]
) -> None:
    register()
    assert save_group(desk, "Staff", columns).status_code == 200
    assert not GroupRule.objects.exists()


def test_the_command_follows_the_rules_of_all_groups(
    alice: User, staff: Group, capsys: pytest.CaptureFixture[str]
) -> None:
    rule(staff, **DOMAIN)
    call_command("follow_group_rules")
    assert groups_of(alice) == ["Staff"]
    assert "Staff: 1 by rule" in capsys.readouterr().out
