"""Vouching for a person at another server (draft-ietf-oauth-identity-assertion-authz-grant): what
this site signs, for whom, and on whose word."""

import json
from datetime import timedelta
from typing import Any

import jwt
import pytest
from django.contrib.auth.models import Group
from django.http import HttpResponse
from django.test import Client as Browser
from django.utils import timezone

from accounts.models import Membership, SecurityEvent, Session, User
from accounts.models.event_kinds import Event
from accounts.oauth_server.models import Authorization, CrossAppPolicy
from accounts.oauth_server.models.client import TOKEN_EXCHANGE
from accounts.oauth_server.rules.token_types import ACCESS_TOKEN, ID_JAG, ID_TOKEN, REFRESH_TOKEN
from tests.accounts.oauth_server.app import App, error_in
from tests.accounts.oauth_server.conftest import register
from tests.accounts.oauth_server.test_dpop import proof

OTHER_SERVER, API = "https://auth.chat.example", "https://api.chat.example/mcp"


@pytest.fixture
def agent(app: App) -> App:
    app.client.grant_types += f" {TOKEN_EXCHANGE}"
    app.client.save()
    return app


@pytest.fixture
def policy(agent: App) -> CrossAppPolicy:
    chat = register("Chat", subject_type="pairwise")
    made = CrossAppPolicy(
        client=agent.client,
        audience=OTHER_SERVER,
        client_there="agent-at-chat",
        relying_party=chat.client,
        scopes="chat.read chat.write",
        resources=API,
    )
    made.full_clean()
    made.save()
    return made


def ask(agent: App, token: str, **changes: Any) -> HttpResponse:
    headers = changes.pop("headers", {})
    form = {
        "grant_type": TOKEN_EXCHANGE,
        "requested_token_type": ID_JAG,
        "audience": OTHER_SERVER,
        "subject_token": token,
        "subject_token_type": ID_TOKEN,
    } | changes
    form = {name: value for name, value in form.items() if value is not None}
    return agent.post("/oauth/token/", form, **headers)


def asserted(agent: App, token: str, **changes: Any) -> dict[str, Any]:
    """Return what the other server reads, which has this site's keys."""
    response = ask(agent, token, **changes)
    assert response.status_code == 200, response.content
    told = response.json()
    assert (told["issued_token_type"], told["token_type"]) == (ID_JAG, "N_A")
    keys = {key["kid"]: key for key in json.loads(Browser().get("/oauth/jwks/").content)["keys"]}
    header = jwt.get_unverified_header(told["access_token"])
    assert header["typ"] == "oauth-id-jag+jwt"
    claims: dict[str, Any] = jwt.decode(
        told["access_token"],
        jwt.PyJWK(keys[header["kid"]]),
        algorithms=[header["alg"]],
        audience=OTHER_SERVER,
    )
    assert claims.get("scope", "") == told["scope"]
    assert claims["exp"] - claims["iat"] == told["expires_in"] == 300
    return claims


def refusal(response: HttpResponse, error: str = "invalid_request") -> str:
    assert error_in(response) == (400, error), response.content
    words: str = response.json()["error_description"]
    return words


def test_it_names_the_person_as_the_other_server_knows_them(
    agent: App, alice: User, policy: CrossAppPolicy
) -> None:
    tokens = agent.tokens_for(alice)
    told = asserted(agent, tokens["id_token"], scope="chat.read other", resource=API)

    assert told["iss"] == "http://testserver"
    assert told["client_id"] == "agent-at-chat"
    assert told["sub"] not in (alice.sub, "")
    assert told["sub"] == asserted(agent, tokens["id_token"])["sub"]
    assert (told["scope"], told["resource"]) == ("chat.read", API)
    assert (told["email"], told["email_verified"]) == (alice.email, True)
    assert {"auth_time", "acr", "jti"} <= told.keys()
    event = SecurityEvent.objects.filter(kind=Event.IDENTITY_ASSERTED).latest("pk")
    assert event.details == {"audience": OTHER_SERVER, "scopes": ["chat.read", "chat.write"]}
    policy.tells_email = False
    policy.save()
    assert "email" not in asserted(agent, tokens["id_token"], audience=f"{OTHER_SERVER}/")


def test_a_refresh_token_will_do_and_stays(agent: App, alice: User, policy: CrossAppPolicy) -> None:
    tokens = agent.tokens_for(alice, scope="openid profile offline_access")
    by_refresh_token = {"subject_token_type": REFRESH_TOKEN}
    told = asserted(agent, tokens["refresh_token"], **by_refresh_token)
    assert told["scope"] == "chat.read chat.write"
    assert {"auth_time", "acr"} <= told.keys()
    after = agent.refresh(tokens["refresh_token"]).json()
    assert "works" in refusal(ask(agent, tokens["refresh_token"], **by_refresh_token))
    asserted(agent, after["refresh_token"], **by_refresh_token)


def test_a_key_that_is_shown_is_named(agent: App, alice: User, policy: CrossAppPolicy) -> None:
    token = agent.tokens_for(alice)["id_token"]
    assert asserted(agent, token, headers=proof())["cnf"]["jkt"]


def test_nothing_is_asserted_beyond_the_policy(
    agent: App, alice: User, policy: CrossAppPolicy
) -> None:
    token = agent.tokens_for(alice)["id_token"]
    for changes, error, words in (
        ({"audience": "https://else.example"}, "invalid_target", "Cross-app access"),
        ({"audience": "nonsense"}, "invalid_target", "Cross-app access"),
        ({"audience": None}, "invalid_request", "audience"),
        ({"audience": [OTHER_SERVER, API]}, "invalid_request", "audience"),
        ({"resource": "https://else.example/"}, "invalid_target", "does not list"),
        ({"resource": "a#b"}, "invalid_target", "fragment"),
        ({"scope": "chat.admin"}, "invalid_scope", "chat.admin"),
        ({"actor_token": token}, "invalid_request", "actor_token"),
        ({"subject_token": None}, "invalid_request", "subject_token"),
        ({"subject_token_type": ACCESS_TOKEN}, "invalid_request", ID_TOKEN),
    ):
        assert words in refusal(ask(agent, token, **changes), error), changes
    policy.is_restricted = True
    policy.save()
    assert "not among them" in refusal(ask(agent, token), "invalid_target")
    group = Group.objects.create(name="Staff")
    Membership.objects.create(user=alice, group=group)
    policy.groups.add(group)
    asserted(agent, token)
    policy.relying_party.is_restricted = True
    policy.relying_party.save()
    assert "not among them" in refusal(ask(agent, token), "invalid_target")


def test_no_token_but_a_sign_in_that_stands_is_proof(
    agent: App, other_app: App, alice: User, policy: CrossAppPolicy
) -> None:
    token = agent.tokens_for(alice, scope="openid profile")["id_token"]
    for wrong in (
        other_app.tokens_for(alice)["id_token"],
        ask(agent, token).json()["access_token"],
        token[:-4] + "AAAA",
        "nonsense",
    ):
        assert "no ID token" in refusal(ask(agent, wrong))
    Authorization.objects.get(client=agent.client).refresh_tokens.all().delete()
    asserted(agent, token)
    Session.objects.all().delete()
    assert "signed out" in refusal(ask(agent, token))
    again = agent.tokens_for(alice, scope="openid profile")
    agent.client.is_restricted = True
    agent.client.save()
    assert "no longer" in refusal(ask(agent, again["id_token"]))
    Authorization.objects.all().delete()
    assert "no longer" in refusal(ask(agent, again["id_token"]))


def test_an_expired_id_token_is_refused(
    agent: App, alice: User, policy: CrossAppPolicy, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = agent.tokens_for(alice)["id_token"]
    later = timezone.now().timestamp() + timedelta(days=1).total_seconds()
    monkeypatch.setattr("time.time", lambda: later)
    assert "expired" in refusal(ask(agent, token))


def test_a_policy_that_could_not_work_is_refused_at_its_field(policy: CrossAppPolicy) -> None:
    for changes, field in (
        ({"audience": "chat"}, "audience"),
        ({"audience": "urn:chat"}, "audience"),
        ({"audience": "http://testserver/"}, "audience"),
        ({"resources": "a b#c"}, "resources"),
    ):
        wrong = CrossAppPolicy(
            **{"client": policy.client, "relying_party": policy.relying_party}
            | {"audience": "https://b.example", "client_there": "x"}
            | changes
        )
        with pytest.raises(Exception, match=field):
            wrong.full_clean()


def test_through_an_app_that_is_off_nobody_is_vouched_for(
    agent: App, alice: User, policy: CrossAppPolicy
) -> None:
    token = agent.tokens_for(alice)["id_token"]
    asserted(agent, token)
    policy.relying_party.is_active = False
    policy.relying_party.save()
    assert error_in(ask(agent, token)) == (400, "invalid_target")
