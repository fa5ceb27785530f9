"""What was exchanged ends with all that it came from (RFC 8693): however many stand between."""

from typing import Any

import pytest
from django.contrib.auth.models import Group

from accounts.endings import people
from accounts.models import User
from accounts.models.event_kinds import Actor
from accounts.oauth_server.models import AccessToken, Client, ExchangePolicy, ProtectedResource
from accounts.oauth_server.models.client import TOKEN_EXCHANGE
from accounts.oauth_server.models.software import AGENT
from accounts.oauth_server.rules.token_types import ACCESS_TOKEN
from accounts.oauth_server.tokens import revocation
from tests.accounts.oauth_server.app import App, me
from tests.accounts.oauth_server.conftest import register
from tests.accounts.oauth_server.grants.test_token_exchange import (
    CALENDAR,
    calendar,
    exchange,
    exchanged,
    gateway,
    paired,
    refusal,
)

__all__ = ["calendar", "gateway", "paired"]


@pytest.fixture
def last(gateway: App, paired: ExchangePolicy) -> App:
    """An app that takes tokens of the gateway, and stands at the end."""
    made = register("Last", grant_types=TOKEN_EXCHANGE, scopes="openid profile email")
    ExchangePolicy.objects.create(client=made.client, source=gateway.client, may_impersonate=True)
    return made


@pytest.fixture
def chain(app: App, gateway: App, last: App, alice: User) -> list[str]:
    """Alice’s token of the app, what the gateway got for it, and what the last one got for that."""
    first = app.tokens_for(alice)["access_token"]
    second = exchanged(gateway, first)["access_token"]
    return [first, second, exchanged(last, second)["access_token"]]


def opens(chain: list[str]) -> list[bool]:
    return [me(token).status_code == 200 for token in chain]


def close(app: App) -> None:
    Client.objects.filter(pk=app.client.pk).update(is_restricted=True)


def switch_off(app: App) -> None:
    Client.objects.filter(pk=app.client.pk).update(is_active=False)


@pytest.mark.parametrize("lose", [close, switch_off])
def test_no_link_may_be_missing(
    chain: list[str], app: App, gateway: App, last: App, lose: Any, resource_server: App
) -> None:
    assert opens(chain) == [True, True, True]
    lose(gateway)
    assert opens(chain) == [True, False, False]
    refusal(exchange(last, chain[1]))
    assert resource_server.introspect(chain[2]) == {"active": False}
    Client.objects.update(is_active=True, is_restricted=False)
    assert opens(chain) == [True, True, True]
    lose(app)
    assert opens(chain) == [False, False, False]


def test_a_link_that_is_open_to_the_persons_group_holds(
    chain: list[str], gateway: App, alice: User
) -> None:
    close(gateway)
    few = Group.objects.create(name="Few")
    gateway.client.groups.add(few)
    alice.memberships.create(group=few)
    assert opens(chain) == [True, True, True]


def test_stopping_a_client_ends_what_others_got_for_its_tokens(
    chain: list[str], gateway: App, last: App
) -> None:
    switch_off(gateway)
    receipt = revocation.revoke_client(gateway.client, actor=Actor.ADMIN)
    assert receipt.access_tokens == 2
    Client.objects.update(is_active=True)
    assert opens(chain) == [True, False, False]


def test_a_client_that_revokes_its_own_ends_what_came_of_it(
    chain: list[str], gateway: App, last: App, app: App, alice: User
) -> None:
    direct = exchanged(gateway, chain[0], scope="profile")["access_token"]
    narrow = exchanged(gateway, chain[1], scope="profile")["access_token"]
    gateway.post("/oauth/revoke/", {"token": chain[1]})
    assert opens([*chain, narrow, direct]) == [True, False, False, False, True]


def test_support_that_ends_agents_ends_what_went_through_them(
    chain: list[str], gateway: App, alice: User
) -> None:
    Client.objects.filter(pk=gateway.client.pk).update(kind=AGENT)
    people.end_agents(alice, actor=Actor.ADMIN)
    assert opens(chain) == [True, False, False]


def test_a_chain_never_outlasts_its_first_token(chain: list[str], last: App) -> None:
    first, *others = AccessToken.objects.order_by("pk")
    assert [token.expires for token in others] == [first.expires, first.expires]


def test_a_refresh_token_names_nobody_as_the_actor(
    app: App, gateway: App, alice: User, paired: ExchangePolicy
) -> None:
    gateway.client.grant_types += " authorization_code refresh_token"
    gateway.client.scopes += " offline_access"
    gateway.client.save()
    own = gateway.tokens_for(alice, scope="openid profile offline_access")
    token = app.tokens_for(alice)["access_token"]
    actor = {"actor_token": own["refresh_token"], "actor_token_type": ACCESS_TOKEN}
    assert "actor_token" in refusal(exchange(gateway, token, **actor))
    actor["actor_token"] = own["access_token"]
    exchanged(gateway, token, **actor)


def test_a_resource_server_hears_nothing_of_refresh_tokens(
    app: App, gateway: App, alice: User, calendar: Any
) -> None:
    scope = "calendar.read offline_access"
    tokens = app.tokens_for(alice, resource=CALENDAR, scope=scope)
    assert gateway.introspect(tokens["access_token"])["active"] is True
    assert gateway.introspect(tokens["refresh_token"]) == {"active": False}
    assert app.introspect(tokens["refresh_token"])["active"] is True


def test_a_server_that_is_named_gets_what_is_for_any_of_its_resources(
    app: App, gateway: App, alice: User, calendar: Any, resource_server: App
) -> None:
    tasks = "https://calendar.example/tasks"
    ProtectedResource.objects.create(
        name="Tasks", identifier=tasks, scopes="tasks.read See", server=gateway.client
    )
    token = app.tokens_for(alice, resource=[CALENDAR, tasks], scope="calendar.read tasks.read")
    told = exchanged(gateway, token["access_token"], audience=gateway.client.client_id)
    said = resource_server.introspect(told["access_token"])
    assert sorted(said["aud"]) == sorted([CALENDAR, tasks])
