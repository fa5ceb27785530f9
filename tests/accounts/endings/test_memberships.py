"""What ends when somebody may not use an app any more, however that came about."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.test import Client as Browser

from accounts.models import GroupRule, SecurityEvent, User
from accounts.models.event_kinds import Actor, Event
from accounts.oauth_server.models import AccessToken, Authorization, Client
from tests.accounts.groups.desk import choose_groups, save_group
from tests.accounts.oauth_server.admin.client.test_clients import NO_SECRETS
from tests.accounts.oauth_server.app import App
from tests.accounts.oauth_server.conftest import app, other_app
from tests.accounts.oauth_server.listener import Listener, listening
from tests.accounts.second_factors.authenticators import confirmed

__all__ = ["app", "other_app"]

pytestmark = pytest.mark.django_db(transaction=True)  # apps are told after the commit


@dataclass
class Site:
    """Alice, who uses an app that is open to a team alone, and another one."""

    app: App
    other: App
    alice: User
    team: Group
    listener: Listener
    desk: Browser

    def save_client(self, **changes: object) -> None:
        client = self.app.client
        form = {
            "name": client.name, "client_type": client.client_type,
            "grant_types": client.grant_types.split(), "redirect_uris": client.redirect_uris,
            "scopes": client.scopes.split(), "default_scopes": client.default_scopes.split(),
            "is_active": "on", "is_verified": "on",
            "backchannel_logout_uri": client.backchannel_logout_uri,
        }  # fmt: skip
        kept = {f"secrets-0-{name}": client.secrets.get().pk for name in ("id",)}
        kept |= {
            "secrets-0-client": client.pk,
            "secrets-TOTAL_FORMS": 1,
            "secrets-INITIAL_FORMS": 1,
        }
        page = f"/admin/oauth_server/client/{client.pk}/change/"
        answer = self.desk.post(page, form | NO_SECRETS | kept | changes)
        assert answer.status_code == 302, answer.context["adminform"].form.errors


@pytest.fixture
def site(app: App, other_app: App, alice: User, bob: User) -> Iterator[Site]:
    bob.is_staff = bob.is_superuser = True
    bob.save()
    team = Group.objects.create(name="Team")
    alice.groups.add(team)
    with listening() as listener:
        app.client.backchannel_logout_uri = listener.uri
        app.client.is_restricted = True
        app.client.save()
        app.client.groups.add(team)
        app.tokens_for(alice, scope="openid offline_access")
        other_app.tokens_for(alice)
        yield Site(app, other_app, alice, team, listener, confirmed(bob))


# --- ways to lose it, and who acted ---


def an_admin_takes_her_out(site: Site) -> None:
    choose_groups(site.desk, site.alice)


def an_admin_opens_the_app_to_another_group(site: Site) -> None:
    other = Group.objects.create(name="Others")
    site.save_client(is_restricted="yes", groups=[other.pk])


def an_admin_opens_the_app_to_fewer_than_everybody(site: Site) -> None:
    Client.objects.update(is_restricted=False)
    site.app.client.groups.clear()
    an_admin_opens_the_app_to_another_group(site)


def an_admin_deletes_the_group(site: Site) -> None:
    site.desk.post(f"/admin/auth/group/{site.team.pk}/delete/", {"post": "yes"})


def a_rule_is_removed(site: Site) -> None:
    site.alice.memberships.update(by_hand=False, by_rule=True)
    made = GroupRule.objects.create(group=site.team, kind="domain", value="example.com")
    gone = {"id": made.pk, "group": site.team.pk, "kind": "domain", "value": "example.com"}
    save_group(site.desk, "Team", gone | {"DELETE": "on"}, first=1)


def code_takes_her_out_and_the_cleanup_finds_it(site: Site) -> None:
    site.alice.groups.clear()
    call_command("cleartokens")


WAYS: dict[Callable[[Site], None], Actor] = {
    an_admin_takes_her_out: Actor.ADMIN,
    an_admin_opens_the_app_to_another_group: Actor.ADMIN,
    an_admin_opens_the_app_to_fewer_than_everybody: Actor.ADMIN,
    an_admin_deletes_the_group: Actor.ADMIN,
    a_rule_is_removed: Actor.SITE,
    code_takes_her_out_and_the_cleanup_finds_it: Actor.SITE,
}


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_the_app_loses_what_it_had_and_hears_a_logout(
    site: Site, way: Callable[[Site], None]
) -> None:
    way(site)
    assert [row.client for row in Authorization.objects.all()] == [site.other.client]
    assert AccessToken.objects.get().application == site.other.client
    assert [claims["sub"] for claims in site.listener.claims()] == [site.alice.sub]
    ended = SecurityEvent.objects.get(kind=Event.TOKEN_REVOKED)
    assert (ended.user, ended.client) == (site.alice, site.app.client)
    assert ended.actor == WAYS[way]
    assert ended.details["code"] == "group"
    assert ended.details["ended"]["access_tokens"] == 1


def test_who_is_in_another_of_its_groups_keeps_it(site: Site) -> None:
    other = Group.objects.create(name="Others")
    site.app.client.groups.add(other)
    site.alice.groups.add(other)
    choose_groups(site.desk, site.alice, other)
    assert Authorization.objects.count() == 2
    assert not site.listener.heard


def test_she_reads_why(site: Site) -> None:
    an_admin_takes_her_out(site)
    browser = Browser()
    browser.force_login(site.alice)
    page = browser.get("/account/activity/").content.decode()
    assert "An admin of this site ended your access to Photo Album" in page
    assert "You were removed from the group “Team”" in page


def test_a_form_without_a_group_is_refused(site: Site) -> None:
    with pytest.raises(AssertionError, match="nobody could use the app"):
        site.save_client(is_restricted="yes")
    site.save_client()  # everybody
    assert not Client.objects.get(pk=site.app.client.pk).is_restricted


def test_an_app_is_registered_for_groups_by_slug(
    site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    name = ("--name", site.app.client.name, "--responsible-email", "desk@example.com")
    other = Group.objects.create(name="Others")
    call_command("register_client", *name, "--groups", "Team Others")
    assert '"groups"' in capsys.readouterr().out
    assert set(site.app.client.groups.all()) == {site.team, other}
    call_command("register_client", *name, "--groups", "")
    client = Client.objects.get(pk=site.app.client.pk)
    assert (client.is_restricted, client.responsible_email) == (False, "desk@example.com")
    with pytest.raises(Exception, match="there is no group “Nobody”"):
        call_command("register_client", *name, "--groups", "Nobody")
