"""What a client is told of a person's groups: by whose yes, where, under which name, as what."""

import json
from typing import Any

import jwt
import pytest
from django.contrib.auth.models import Group
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext

from accounts.models import GroupProfile, Membership, SecurityEvent, User
from accounts.models.event_kinds import Event
from accounts.oauth_server.models import Client, GroupValue
from tests.accounts.oauth_server.admin.client.test_clients import ADD, fill_in
from tests.accounts.oauth_server.app import App, answer_in, me
from tests.accounts.oauth_server.claims.test_release import id_token, userinfo

ALL = "openid email groups"
REDIRECT = "--redirect-uri=https://app.example/callback"


@pytest.fixture
def dashboards(app: App) -> App:
    """An app that may ask for groups."""
    app.client.scopes = f"{ALL} offline_access"
    app.client.save()
    return app


@pytest.fixture
def member(alice: User) -> User:
    """Alice, who writes and reviews. There are also admins, without her."""
    for name in ("Writers", "Reviewers", "Admins"):
        Group.objects.create(name=name)
    join(alice, "Writers")
    join(alice, "Reviewers")
    return alice


def join(person: User, name: str) -> None:
    Membership.objects.create(user=person, group=Group.objects.get(name=name))


def choose(app: App, *listed: tuple[str, str], **columns: Any) -> None:
    """As an admin chooses for the app: which groups are listed, and the rest."""
    Client.objects.filter(pk=app.client.pk).update(**columns)
    app.client.refresh_from_db()
    for name, value in listed:
        group = Group.objects.get(name=name)
        GroupValue.objects.create(client=app.client, group=group, value=value)


# --- by whose yes ---


def test_it_is_told_with_the_scope_and_to_nobody_without(dashboards: App, member: User) -> None:
    tokens = dashboards.tokens_for(member, scope=ALL)
    assert userinfo(tokens)["groups"] == id_token(tokens)["groups"] == ["Reviewers", "Writers"]
    fresh = dashboards.refresh(tokens["refresh_token"], scope="openid email").json()
    assert "groups" not in {**userinfo(fresh), **id_token(fresh)}

    without = dashboards.tokens_for(member, scope="openid email")
    assert "groups" not in {**userinfo(without), **id_token(without)}


def test_the_person_reads_it_and_may_say_no(dashboards: App, member: User) -> None:
    browser = Browser()
    browser.force_login(member)
    assert "See which groups you are in" in dashboards.send(browser, scope=ALL).content.decode()

    answer = dashboards.ask(browser, scope=ALL, without=["groups"])
    tokens = dashboards.redeem(answer_in(answer)["code"]).json()
    assert tokens["scope"] == "openid email"
    assert "groups" not in {**userinfo(tokens), **id_token(tokens)}


def test_a_client_that_may_not_have_the_scope_is_told_nothing_by_name(
    app: App, member: User
) -> None:
    claims = json.dumps({"userinfo": {"groups": None}, "id_token": {"groups": None}})
    tokens = app.tokens_for(member, scope="openid", claims=claims)
    assert "groups" not in {**userinfo(tokens), **id_token(tokens)}


def test_it_is_told_by_name_where_the_client_may_and_the_person_said_yes(
    dashboards: App, member: User
) -> None:
    choose(dashboards, groups_claim="roles", groups_in="")
    claims = json.dumps({"userinfo": {"roles": None, "groups": None}})
    browser = Browser()
    browser.force_login(member)
    page = dashboards.send(browser, scope="openid", claims=claims).content.decode()
    assert "See which groups you are in" in page

    tokens = dashboards.tokens_for(member, scope="openid", claims=claims)
    assert userinfo(tokens) == {"sub": member.sub, "roles": ["Reviewers", "Writers"]}
    assert "roles" not in id_token(tokens)


def test_no_client_has_it_by_itself_and_neither_has_a_script(dashboards: App) -> None:
    form = {"grant_type": "client_credentials", "scope": "groups"}
    assert dashboards.post("/oauth/token/", form).json()["error"] == "invalid_scope"


def test_the_api_tells_nothing_of_groups(dashboards: App, member: User) -> None:
    choose(dashboards, scopes="openid profile groups")
    answer = me(dashboards.tokens_for(member, scope="openid profile groups")["access_token"])
    assert answer.json()["name"] == "Alice"
    assert "groups" not in answer.json()


def test_discovery_names_the_scope_and_the_claim(db: None) -> None:
    metadata = Browser().get("/.well-known/openid-configuration").json()
    assert "groups" in metadata["scopes_supported"]
    assert "groups" in metadata["claims_supported"]


# --- where ---


@pytest.mark.parametrize("place", ["id_token", "userinfo", "introspection"])
def test_it_is_told_where_an_admin_chose(dashboards: App, member: User, place: str) -> None:
    choose(dashboards, groups_in=place)
    tokens = dashboards.tokens_for(member, scope=ALL)

    told = {
        "id_token": id_token(tokens),
        "userinfo": userinfo(tokens),
        "introspection": dashboards.introspect(tokens["access_token"]),
    }
    assert [name for name, claims in told.items() if "groups" in claims] == [place]
    assert told[place]["groups"] == ["Reviewers", "Writers"]


def test_introspection_of_a_refresh_token_tells_it_too(dashboards: App, member: User) -> None:
    choose(dashboards, groups_in="introspection")
    tokens = dashboards.tokens_for(member, scope=f"{ALL} offline_access")
    assert dashboards.introspect(tokens["refresh_token"])["groups"] == ["Reviewers", "Writers"]
    without = dashboards.tokens_for(member, scope="openid offline_access")
    assert "groups" not in dashboards.introspect(without["refresh_token"])


def test_a_membership_that_ends_is_told_of_no_more(dashboards: App, member: User) -> None:
    choose(dashboards, groups_in="id_token userinfo introspection")
    tokens = dashboards.tokens_for(member, scope=ALL)
    Membership.objects.filter(group__name="Writers").delete()

    assert userinfo(tokens)["groups"] == ["Reviewers"]
    assert dashboards.introspect(tokens["access_token"])["groups"] == ["Reviewers"]
    assert id_token(dashboards.refresh(tokens["refresh_token"]).json())["groups"] == ["Reviewers"]


# --- under which name, as what ---


def told(app: App, person: User) -> Any:
    return userinfo(app.tokens_for(person, scope="openid groups")).get(app.client.groups_claim)


def test_it_may_have_another_name_and_other_values(dashboards: App, member: User) -> None:
    choose(dashboards, ("Writers", "editor"), ("Reviewers", "editor"), groups_claim="roles")
    assert told(dashboards, member) == ["editor"]
    join(member, "Admins")  # is not listed, so it is told by its name
    assert told(dashboards, member) == ["Admins", "editor"]


def test_only_the_groups_that_are_shared_are_told_where_chosen(
    dashboards: App, member: User
) -> None:
    choose(dashboards, ("Writers", ""), ("Admins", ""), groups_only_listed=True)
    assert told(dashboards, member) == ["Writers"]
    Group.objects.filter(name="Writers").delete()
    assert told(dashboards, member) == []
    GroupValue.objects.all().delete()  # nothing listed is nothing told, and not everything
    assert told(dashboards, member) == []


def test_it_may_be_the_first_one_that_fits(dashboards: App, member: User) -> None:
    chosen = {"groups_claim": "role", "groups_form": "first"}
    choose(
        dashboards, ("Admins", "admin"), ("Writers", "editor"), ("Reviewers", "viewer"), **chosen
    )
    assert told(dashboards, member) == "editor"
    join(member, "Admins")
    assert told(dashboards, member) == "admin"
    member.groups.clear()
    assert told(dashboards, member) is None


def test_it_may_be_whether_the_person_is_in_one(dashboards: App, member: User) -> None:
    choose(dashboards, ("Admins", ""), groups_claim="is_admin", groups_form="member")
    assert told(dashboards, member) is False
    join(member, "Admins")
    assert told(dashboards, member) is True


def test_a_name_that_looks_like_json_stays_a_name(dashboards: App, member: User) -> None:
    odd = 'Quotes "and", \\ [brackets] ü'
    Group.objects.create(name=odd)
    join(member, odd)
    assert odd in told(dashboards, member)


def test_what_one_client_reads_another_does_not(
    dashboards: App, other_app: App, member: User
) -> None:
    choose(dashboards, ("Writers", "editor"), groups_only_listed=True)
    choose(other_app, scopes="openid groups")
    assert told(dashboards, member) == ["editor"]
    assert told(other_app, member) == ["Reviewers", "Writers"]


# --- an admin's choices ---


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("sub", "says something else already"),
        ("email", "says something else already"),
        ("active", "says something else already"),
        ("two words", "Use letters"),
        ("<b>", "Use letters"),
    ],
)
def test_a_name_that_is_taken_or_none_is_refused(desk: Browser, name: str, words: str) -> None:
    page = desk.post(ADD, fill_in(groups_claim=name))
    assert words in page.content.decode()
    assert not Client.objects.exists()


def test_an_admin_chooses_in_django_admin(desk: Browser, member: User) -> None:
    writers = Group.objects.get(name="Writers")
    row = {"group_values-0-group": writers.pk, "group_values-0-value": "editor"}
    chosen = {"groups_claim": "https://app.example/roles", "groups_in": ["id_token"]}
    desk.post(ADD, fill_in(**chosen, **row, **{"group_values-TOTAL_FORMS": 1}))

    client = Client.objects.get()
    assert (client.groups_claim, client.groups_in) == ("https://app.example/roles", "id_token")
    assert client.groups_form == "list"
    assert [each.value for each in client.group_values.all()] == ["editor"]


def test_an_admin_chooses_at_a_command_line(db: None) -> None:
    options = ["--groups-claim=roles", "--groups-in=id_token introspection", "--groups-form=first"]
    call_command("register_client", "--name=Grafana", REDIRECT, *options)
    client = Client.objects.get()
    assert (client.groups_claim, client.groups_form) == ("roles", "first")
    assert client.groups_in == "id_token introspection"
    with pytest.raises(CommandError, match="no place"):
        call_command("register_client", "--name=Argo", REDIRECT, "--groups-in=cookie")


def test_an_admin_lists_groups_there_by_slug_or_name_and_changes_them(
    member: User, capsys: Any
) -> None:
    GroupProfile.objects.make_for(Group.objects.all())
    grafana = ["register_client", "--name=Grafana", REDIRECT]
    call_command(
        *grafana, "--tell-group=writers=Editor", "--tell-group=Admins", "--groups-only-listed"
    )
    client = Client.objects.get()
    assert client.groups_only_listed
    assert [str(each) for each in client.group_values.all()] == [
        "Writers: Editor",
        "Admins: Admins",
    ]

    capsys.readouterr()
    for answer in ("Writers=Editor, Admins", None):
        call_command(*grafana, "--tell-group=admins=Admin", "--tell-group=writers=Editor")
        changed = json.loads(capsys.readouterr().out).get("changed", {})
        assert changed.get("told_groups", {}).get("from") == answer
    assert [each.value for each in client.group_values.all()] == ["Admin", "Editor"]
    last = SecurityEvent.objects.filter(kind=Event.ADMIN_CLIENT).latest("pk")
    assert last.details["object"] == "Grafana"
    with pytest.raises(CommandError, match="there is no group"):
        call_command(*grafana, "--tell-group=nobody")


def test_an_id_token_that_is_read_alone_has_them_too(dashboards: App, member: User) -> None:
    choose(dashboards, claims_in_id_token=True)
    token = dashboards.tokens_for(member, scope=ALL)["id_token"]
    claims = jwt.decode(token, options={"verify_signature": False})
    assert claims["groups"] == ["Reviewers", "Writers"]
    assert claims["email"] == member.email


# --- what it costs ---


def test_they_cost_one_statement_more_where_they_are_told(
    dashboards: App, member: User, django_assert_num_queries: Any
) -> None:
    choose(dashboards, ("Writers", "editor"), groups_in="userinfo introspection")
    tokens = dashboards.tokens_for(member, scope=ALL)
    headers = {"Authorization": f"Bearer {tokens['access_token']}"}
    browser = Browser()

    with django_assert_num_queries(1 + 1):
        assert browser.get("/oauth/userinfo/", headers=headers).json()["groups"]
    plain = {"scopes": "openid email", "groups_in": ""}
    dashboards.introspect(tokens["access_token"])
    with CaptureQueriesContext(connection) as with_groups:
        assert dashboards.introspect(tokens["access_token"])["groups"]
    choose(dashboards, **plain)
    with CaptureQueriesContext(connection) as without:
        assert "groups" not in dashboards.introspect(tokens["access_token"])
    assert len(with_groups) == len(without) + 1


def test_an_id_token_without_them_costs_no_statement(dashboards: App, member: User) -> None:
    def statements(scope: str) -> int:
        code = dashboards.code_for(member, scope=scope)
        with CaptureQueriesContext(connection) as sent:
            assert dashboards.redeem(code).status_code == 200
        return len(sent)

    dashboards.tokens_for(member, scope=ALL)  # whatever is kept for later is kept by then
    assert statements(ALL) == statements("openid email") + 1
