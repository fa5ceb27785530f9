"""Agents in Django admin: who they are, by host, and how all of a host or a person are stopped."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.core import mail
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import SecurityEvent, User
from accounts.models.event_kinds import Event
from accounts.oauth_server.models import (
    AccessToken,
    Authorization,
    BlockedHost,
    Client,
    Delegation,
    ProtectedResource,
    RefreshToken,
)
from accounts.oauth_server.models.client import CLIENT_CREDENTIALS
from accounts.oauth_server.models.software import AGENT
from tests.accounts.admin.scene import desk_of, permission
from tests.accounts.oauth_server.app import App, error_in, me
from tests.accounts.oauth_server.registering import metadata, send
from tests.accounts.security_events.events import recorded

pytestmark = pytest.mark.django_db

AGENTS, STOP = "/admin/agents/", "/admin/agents/stop/"
HOST = "agents.example"
TOLD = frozenset({"openid", "profile", "email"})


def agent(name: str = "Scribe", **columns: Any) -> Client:
    told = {"redirect_uris": f"https://{HOST}/callback", "client_type": Client.CLIENT_PUBLIC}
    told |= {"client_id": name.lower(), "kind": AGENT, "token_endpoint_auth_method": "none"}
    return Client.objects.create(name=name, **told | columns)


def app_of(client: Client) -> App:
    return App(client, redirect_uri=client.redirect_uris.split()[0])


def text(browser: Browser, address: str) -> str:
    response = browser.get(address)
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def people(number: int) -> list[User]:
    users = [User(email=f"p{i}@example.org", sub=f"p{i}-{number}") for i in range(number)]
    return User.objects.bulk_create(users)


def let_in(client: Client, users: list[User]) -> None:
    """A consent, an access token and a refresh token of each of `users`."""
    now = timezone.now()
    held = Authorization.objects.bulk_create(
        [Authorization(user=user, client=client, scope="openid", last_used=now) for user in users]
    )
    told = {"application": client, "expires": now + timedelta(hours=1), "scope": "openid"}
    AccessToken.objects.bulk_create(
        [
            AccessToken(user=row.user, authorization=row, token_checksum=f"{row.pk:064}", **told)
            for row in held
        ]
    )


def test_hosts_are_listed_and_their_agents_with_what_is_known_of_them(
    desk: Browser, alice: User
) -> None:
    scribe = agent(software_id="urn:scribe", software_version="3", scopes="openid email")
    agent("Native", redirect_uris="http://127.0.0.1/callback http://localhost/callback")
    agent("Bare", redirect_uris="", registration_source="dcr")
    agent("https://docs.example/client.json", registration_source="cimd", is_active=False)
    Client.objects.create(name="Album", client_id="album", redirect_uris=f"https://{HOST}/")
    cal = ProtectedResource(name="Cal", identifier="https://cal.example")
    held = Authorization.objects.record(alice, scribe, TOLD, address="192.0.2.7", resources=[cal])
    Delegation.objects.note(held, scribe, "openid", impersonates=False)
    page = text(desk, AGENTS)
    for words in (HOST, "people’s own devices", "no host", "docs.example", "Stopped"):
        assert words in page
    assert "docs.example" not in text(desk, f"{AGENTS}?q=AGENTS.ex")
    assert "No agent is of such a host." in text(desk, f"{AGENTS}?q=nowhere")
    page = text(desk, f"{AGENTS}?host={HOST}")
    for words in (
        *("Scribe", "urn:scribe 3", "registered by an admin", "acts by token exchange"),
        *("See your e-mail address", "https://cal.example", "1 person", "192.0.2.7", "Stop all"),
    ):
        assert words in page, words
    assert "Album" not in page
    page = text(desk, f"{AGENTS}?host=docs.example")
    assert "introduced itself" in page
    assert "Stop all" not in page
    assert "Native" in text(desk, f"{AGENTS}?host=localhost")
    assert "registered itself" in text(desk, f"{AGENTS}?host=")
    assert desk.get(f"{AGENTS}?host=nowhere.example").status_code == 404


def test_what_a_page_of_agents_asks_does_not_grow(desk: Browser, alice: User) -> None:
    asked = []
    for number in range(3):
        AccessToken.objects.create(
            application=agent(f"A{number}", grant_types=CLIENT_CREDENTIALS),
            expires=timezone.now(),
            token=f"own-{number}",
        )
        let_in(Client.objects.get(client_id=f"a{number}"), [alice])
        desk.get(f"{AGENTS}?host={HOST}")
        with CaptureQueriesContext(connection) as captured:
            desk.get(f"{AGENTS}?host={HOST}")
        asked.append(len(captured))
    assert asked[0] == asked[2]


def test_who_manages_clients_stops_a_host_and_sees_nothing_of_people(
    alice: User, mallory: User
) -> None:
    scribe = agent()
    Authorization.objects.record(alice, scribe, TOLD, address="192.0.2.7")
    theirs = agent("Trusted", skip_authorization=True)
    viewer = desk_of(mallory, permission("view", "oauth_server.Client"))
    page = text(viewer, f"{AGENTS}?host={HOST}")
    assert "192.0.2.7" not in page
    assert "On behalf of" not in page
    assert "Stop this agent" not in page
    assert viewer.get(f"{STOP}?host={HOST}").status_code == 403
    manager = desk_of(
        mallory, *(permission(each, "oauth_server.Client") for each in ("view", "change"))
    )
    assert "only a superuser may disable stay: 1" in text(manager, f"{STOP}?host={HOST}")
    assert manager.post(f"{STOP}?host={HOST}").status_code == 200
    assert set(Client.objects.filter(is_active=True)) == {theirs}
    assert desk_of(mallory).get(AGENTS).status_code == 403


def test_a_stopped_host_has_lost_everything_and_cannot_come_back(
    desk: Browser, alice: User, settings: Any, django_capture_on_commit_callbacks: Any
) -> None:
    settings.REGISTRATION = "open"
    scribe = app_of(agent())
    tokens, code = scribe.tokens_for(alice), scribe.code_for(alice)
    source = Client.objects.create(
        name="Album", client_id="album", redirect_uris="https://album.example/callback"
    )
    held = Authorization.objects.record(alice, source, TOLD, address="192.0.2.7")
    Delegation.objects.note(held, scribe.client, "openid", impersonates=False)
    assert "1 active agent is disabled" in text(desk, f"{STOP}?host={HOST}")

    with django_capture_on_commit_callbacks(execute=True):
        answer = desk.post(f"{STOP}?host={HOST}")
    assert "Disabled: 1 agent." in answer.content.decode()
    assert "agents.example is blocked." in answer.content.decode()

    assert me(tokens["access_token"]).status_code == 401
    refresh = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
    for again in (scribe.redeem(code), scribe.post("/oauth/token/", refresh)):
        assert again.status_code in (400, 401)
    assert not Authorization.objects.exclude(pk=held.pk).exists()
    assert not Delegation.objects.exists()
    refused = send(metadata(redirect_uris=[f"https://{HOST}/elsewhere"]))
    assert error_in(refused) == (400, "invalid_redirect_uri")
    ((outcome, who, actor, told),) = recorded(Event.ADMIN_AGENTS)
    assert (outcome, who, actor) == ("succeeded", "Bob", "admin")
    assert (told["host"], told["agents"], told["clients"]) == (HOST, 1, ["scribe"])
    assert told["ended"]["apps"] == 1
    event = SecurityEvent.objects.get(user=alice, kind=Event.TOKEN_REVOKED)
    assert (event.client, event.actor) == (scribe.client, "admin")

    # A second press finds nothing to do; to delete the block lets the host introduce itself again.
    again = desk.post(f"{STOP}?host={HOST}", follow=True)
    assert "stopped already" in again.content.decode()
    assert len(recorded(Event.ADMIN_AGENTS)) == 1
    block = BlockedHost.objects.get(host=HOST)
    assert "Bob" in text(desk, "/admin/oauth_server/blockedhost/")
    desk.post(f"/admin/oauth_server/blockedhost/{block.pk}/delete/", {"post": "yes"})
    assert send(metadata(redirect_uris=[f"https://{HOST}/elsewhere"])).status_code == 201
    assert not Client.objects.get(client_id="scribe").is_active


def test_native_agents_are_stopped_and_their_device_is_not_blocked(desk: Browser) -> None:
    agent("Native", redirect_uris="http://127.0.0.1/callback")
    assert "cannot be blocked" in text(desk, f"{STOP}?host=localhost")
    assert "is blocked." not in desk.post(f"{STOP}?host=localhost").content.decode()
    assert not BlockedHost.objects.exists()
    assert not Client.objects.filter(is_active=True).exists()
    assert desk.get(STOP).status_code == 404


def test_a_host_is_blocked_beforehand_by_its_name_alone(desk: Browser) -> None:
    add = "/admin/oauth_server/blockedhost/add/"
    for wrong in ("localhost", "127.0.0.1", "https://agents.example/", "a..b", ".", "a b", "a:443"):
        page = desk.post(add, {"host": wrong}).content.decode()
        assert "Name the host alone" in page or "answered there" in page, wrong
    for wrong in ("com", "uk", "CO.UK.", "com.au"):
        assert (
            "many people’s hosts end with this" in desk.post(add, {"host": wrong}).content.decode()
        )
    for right in (
        " Agents.Example. ",
        "bücher.example",
        "[2001:DB8::0:1]",
        "192.0.2.1",
        "intranet",
    ):
        assert desk.post(add, {"host": right}).status_code == 302, right
    assert {str(row) for row in BlockedHost.objects.all()} == {
        *(HOST, "xn--bcher-kva.example", "2001:db8::1", "192.0.2.1", "intranet")
    }


def test_the_agents_of_hosts_below_a_blocked_one_are_listed_as_blocked(desk: Browser) -> None:
    agent("Below", redirect_uris=f"https://www.{HOST}/callback")
    agent("Beside", redirect_uris=f"https://not{HOST}/callback")
    BlockedHost.objects.create(host=HOST)
    assert "This host is blocked" in text(desk, f"/admin/agents/?host=www.{HOST}")
    assert "This host is blocked" not in text(desk, f"/admin/agents/?host=not{HOST}")
    agent("Phone", redirect_uris=f"org.{HOST}:/callback", client_type="public")
    assert desk.get("/admin/agents/").context["blocked"] == {f"www.{HOST}"}
    assert "This host is blocked" not in text(desk, f"/admin/agents/?host=org.{HOST}")


def test_an_address_is_blocked_however_it_is_written(desk: Browser) -> None:
    agent("Six", redirect_uris="https://[2001:db8:0::1]/callback")
    stop = f"{STOP}?host=2001:db8:0::1"
    assert "is blocked." in desk.post(stop).content.decode()
    assert [str(row) for row in BlockedHost.objects.all()] == ["2001:db8::1"]
    assert BlockedHost.objects.among(["2001:db8:0:0::1"]) == "2001:db8::1"


@pytest.mark.parametrize("number", [3, 300])
def test_stopping_costs_as_many_statements_for_many_grants(desk: Browser, number: int) -> None:
    for name in ("Scribe", "Clerk"):
        let_in(agent(name), people(number) if name == "Scribe" else list(User.objects.all()))
    with CaptureQueriesContext(connection) as captured:
        desk.post(f"{STOP}?host={HOST}")
    assert not AccessToken.objects.exists()
    assert len(captured) < 60


def test_support_ends_what_agents_have_of_a_person_and_nothing_else(
    alice: User, mallory: User, django_capture_on_commit_callbacks: Any
) -> None:
    support = Permission.objects.get(codename="support_user")
    desk = desk_of(mallory, permission("view", "accounts.User"), support)
    end = f"/admin/accounts/user/{alice.pk}/agents/end/"
    said = desk.get(end, follow=True).content.decode()
    assert "No agent had access" in said
    tokens = app_of(agent()).tokens_for(alice)
    album = Client.objects.create(
        name="Album", client_id="album", redirect_uris="https://album.example/callback",
        client_type=Client.CLIENT_PUBLIC, token_endpoint_auth_method="none",
    )  # fmt: skip
    own = App(album, redirect_uri=album.redirect_uris).tokens_for(alice)
    clerk = agent("Clerk", redirect_uris="https://clerk.example/")
    held = Authorization.objects.get(client=album)
    Delegation.objects.note(held, clerk, "openid", impersonates=False)
    handed_on = AccessToken.objects.create(
        user=alice, application=clerk, authorization=held, token_checksum="0" * 64,
        expires=timezone.now(),
    )  # fmt: skip
    assert "2 agents lose access" in text(desk, end)
    mail.outbox.clear()

    with django_capture_on_commit_callbacks(execute=True):
        said = desk.post(end, follow=True).content.decode()
    assert "2 agents lost access" in said
    assert me(tokens["access_token"]).status_code == 401
    assert me(own["access_token"]).status_code == 200
    assert not AccessToken.objects.filter(pk=handed_on.pk).exists()
    assert not RefreshToken.objects.filter(application__kind=AGENT, revoked=None).exists()
    ((_, who, actor, told),) = recorded(Event.AGENTS_REMOVED)
    assert (who, actor, sorted(told["clients"])) == ("Alice", "admin", ["clerk", "scribe"])
    (letter,) = mail.outbox
    assert "Ended the access of all agents." in letter.body
    assert "No agent had access" in desk.post(end, follow=True).content.decode()
    assert len(recorded(Event.AGENTS_REMOVED)) == 1
