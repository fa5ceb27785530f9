"""Token exchange (RFC 8693): one app acts for a person by another’s token, and never by more."""

from datetime import timedelta
from typing import Any

import jwt
import pytest
from django.contrib.auth.models import Group
from django.http import HttpResponse
from django.test import Client as Browser
from django.utils import timezone

from accounts.models import SecurityEvent, User
from accounts.models.event_kinds import Actor, Event
from accounts.oauth_server.models import (
    AccessToken,
    Authorization,
    Delegation,
    ExchangePolicy,
    ProtectedResource,
)
from accounts.oauth_server.models.client import TOKEN_EXCHANGE
from accounts.oauth_server.rules.token_types import ACCESS_TOKEN, ID_TOKEN, JWT
from accounts.oauth_server.tokens import revocation
from tests.accounts.oauth_server.app import App, error_in, me
from tests.accounts.oauth_server.conftest import register
from tests.accounts.oauth_server.test_dpop import OTHER, call, proof

CALENDAR, MAIL = "https://calendar.example/api", "https://mail.example/api"
SITE = "http://testserver"


@pytest.fixture
def gateway(db: None) -> App:
    return register(
        "Gateway",
        grant_types=f"{TOKEN_EXCHANGE} client_credentials",
        scopes="openid profile email",
        default_scopes="",
    )


@pytest.fixture
def paired(app: App, gateway: App) -> ExchangePolicy:
    return ExchangePolicy.objects.create(client=gateway.client, source=app.client)


@pytest.fixture
def calendar(gateway: App) -> ProtectedResource:
    return ProtectedResource.objects.create(
        name="Calendar",
        identifier=CALENDAR,
        scopes="calendar.read See your calendar\ncalendar.write Change your calendar",
        server=gateway.client,
    )


def exchange(by: App, token: str, **changes: Any) -> HttpResponse:
    headers = changes.pop("headers", {})
    form = {
        "grant_type": TOKEN_EXCHANGE,
        "subject_token": token,
        "subject_token_type": ACCESS_TOKEN,
    } | changes
    form = {name: value for name, value in form.items() if value is not None}
    return by.post("/oauth/token/", form, **headers)


def exchanged(by: App, token: str, **changes: Any) -> dict[str, Any]:
    response = exchange(by, token, **changes)
    assert response.status_code == 200, response.content
    return response.json()


def refusal(response: HttpResponse, error: str = "invalid_request") -> str:
    assert error_in(response) == (400, error), response.content
    words: str = response.json()["error_description"]
    return words


def test_a_paired_app_acts_for_the_person_and_is_named(
    app: App, gateway: App, alice: User, paired: ExchangePolicy, resource_server: App
) -> None:
    token = app.tokens_for(alice)["access_token"]
    told = exchanged(gateway, token, scope="profile")

    assert told["issued_token_type"] == ACCESS_TOKEN
    assert (told["token_type"], told["scope"]) == ("Bearer", "profile")
    assert "refresh_token" not in told
    said = resource_server.introspect(told["access_token"])
    assert said["act"] == {"iss": SITE, "sub": gateway.client.client_id}
    assert (said["sub"], said["client_id"]) == (alice.sub, gateway.client.client_id)
    assert me(told["access_token"]).json()["sub"] == alice.sub
    assert "email" not in me(told["access_token"]).json()
    event = SecurityEvent.objects.get(kind=Event.TOKEN_EXCHANGED)
    assert (event.user, event.client, event.actor) == (alice, gateway.client, Actor.CLIENT)
    assert event.details == {"source": "Photo Album", "scopes": ["profile"]}


def test_the_person_reads_who_acts_and_removing_the_app_ends_it(
    app: App, gateway: App, alice: User, paired: ExchangePolicy, client: Browser
) -> None:
    token = exchanged(gateway, app.tokens_for(alice)["access_token"], scope="email")["access_token"]
    client.force_login(alice)
    allowed = Authorization.objects.get(user=alice, client=app.client)
    page = client.get(f"/account/apps/{allowed.pk}/").content.decode()
    assert "Gateway" in page.partition("Acting by way of it")[2]
    activity = client.get("/account/activity/").content.decode()
    assert "Gateway was granted access on your behalf by way of Photo Album" in activity
    revocation.revoke_authorizations(Authorization.objects.filter(pk=allowed.pk))
    assert me(token).status_code == 401
    assert not Delegation.objects.exists()


def test_it_is_never_more_than_what_it_came_from(
    app: App, gateway: App, alice: User, paired: ExchangePolicy
) -> None:
    token = app.tokens_for(alice, scope="openid profile")["access_token"]
    assert "email" in refusal(exchange(gateway, token, scope="email"), "invalid_scope")
    assert CALENDAR in refusal(exchange(gateway, token, resource=CALENDAR), "invalid_target")
    refusal(exchange(gateway, token, audience="nobody"), "invalid_target")
    refusal(exchange(gateway, token, resource="a#b"), "invalid_target")
    soon = timezone.now() + timedelta(seconds=90)
    AccessToken.objects.update(expires=soon)
    told = exchanged(gateway, token, resource=f"{SITE}/api/v1")
    assert 80 <= told["expires_in"] <= 90
    narrow = exchanged(gateway, token, scope="openid")["access_token"]
    assert refusal(exchange(gateway, narrow, scope="profile"), "invalid_scope")


def test_a_server_exchanges_what_was_sent_to_it_and_names_one_of_its_audience(
    app: App, gateway: App, alice: User, calendar: ProtectedResource, resource_server: App
) -> None:
    ProtectedResource.objects.create(
        name="Mail", identifier=MAIL, scopes="mail.read Read your mail", access_token_format="jwt"
    )
    both = [CALENDAR, MAIL]
    scope = "calendar.read calendar.write mail.read"
    token = app.tokens_for(alice, resource=both, scope=scope)["access_token"]

    told = exchanged(gateway, token, resource=MAIL, requested_token_type=JWT)
    assert told["issued_token_type"] == JWT
    claims = jwt.decode(told["access_token"], options={"verify_signature": False})
    assert (claims["aud"], claims["scope"]) == (MAIL, "mail.read")
    assert claims["act"]["sub"] == gateway.client.client_id
    by_client = exchanged(gateway, token, audience=gateway.client.client_id, scope="calendar.read")
    said = resource_server.introspect(by_client["access_token"])
    assert (said["aud"], said["scope"]) == (CALENDAR, "calendar.read")
    assert "a JWT" in refusal(exchange(gateway, token, resource=CALENDAR, requested_token_type=JWT))
    only_mail = app.tokens_for(alice, resource=MAIL, scope="mail.read")["access_token"]
    assert "Token exchange policies" in refusal(exchange(gateway, only_mail))


def test_who_acts_for_whom_is_a_chain_of_bounded_length(
    app: App, gateway: App, alice: User, paired: ExchangePolicy, resource_server: App
) -> None:
    names, token, last = [gateway.client.client_id], app.tokens_for(alice)["access_token"], gateway
    token = exchanged(gateway, token)["access_token"]
    for number in range(4):
        following = register(
            f"Step {number}", grant_types=TOKEN_EXCHANGE, scopes="openid profile email"
        )
        ExchangePolicy.objects.create(client=following.client, source=last.client)
        token, last = exchanged(following, token)["access_token"], following
        names.insert(0, following.client.client_id)
    act: Any = resource_server.introspect(token)["act"]
    chain = []
    while act:
        chain.append(act["sub"])
        act = act.get("act")
    assert chain == names
    more = register("One more", grant_types=TOKEN_EXCHANGE, scopes="openid profile email")
    ExchangePolicy.objects.create(client=more.client, source=last.client)
    assert "more than 5" in refusal(exchange(more, token))


def test_an_actor_token_names_who_acts_and_is_the_clients_own(
    app: App, gateway: App, alice: User, bob: User, paired: ExchangePolicy, resource_server: App
) -> None:
    token = app.tokens_for(alice)["access_token"]
    own = gateway.post("/oauth/token/", {"grant_type": "client_credentials"}).json()
    actor = {"actor_token": own["access_token"], "actor_token_type": ACCESS_TOKEN}
    paired.may_impersonate = True
    paired.save()
    said = resource_server.introspect(exchanged(gateway, token, **actor)["access_token"])
    assert said["act"]["sub"] == gateway.client.client_id
    for wrong in (
        {"actor_token": app.tokens_for(bob)["access_token"]},
        {"actor_token": "nonsense"},
        {"actor_token_type": None},
        {"actor_token_type": ID_TOKEN},
        {"actor_token": None},
    ):
        assert "actor_token" in refusal(exchange(gateway, token, **(actor | wrong)))


def test_only_an_allowed_pair_impersonates(
    app: App, gateway: App, alice: User, paired: ExchangePolicy, resource_server: App
) -> None:
    paired.may_impersonate = True
    paired.save()
    told = exchanged(gateway, app.tokens_for(alice)["access_token"])
    assert "act" not in resource_server.introspect(told["access_token"])
    assert Delegation.objects.get().impersonates
    assert SecurityEvent.objects.get(kind=Event.TOKEN_EXCHANGED).details["impersonates"] is True


def test_a_client_narrows_its_own_token_without_anybody_acting(
    app: App, alice: User, resource_server: App
) -> None:
    app.client.grant_types += f" {TOKEN_EXCHANGE}"
    app.client.save()
    told = exchanged(app, app.tokens_for(alice)["access_token"], scope="profile")
    said = resource_server.introspect(told["access_token"])
    assert (said["scope"], "act" in said) == ("profile", False)
    assert not Delegation.objects.exists()


def test_what_may_not_be_exchanged_is_refused_with_the_reason(
    app: App, gateway: App, alice: User, paired: ExchangePolicy, native_app: App
) -> None:
    tokens = app.tokens_for(alice, scope="openid profile offline_access")
    token = tokens["access_token"]
    own = app.post("/oauth/token/", {"grant_type": "client_credentials"}).json()["access_token"]
    for changes, words in (
        ({"subject_token": own}, "stands for no person"),
        ({"subject_token": tokens["refresh_token"]}, "not valid"),
        ({"subject_token": tokens["id_token"]}, "not valid"),
        ({"subject_token": "lk_pat_x"}, "personal access token"),
        ({"subject_token": None}, "Missing subject_token"),
        ({"subject_token_type": None}, "Missing subject_token_type"),
        ({"subject_token_type": "urn:ietf:params:oauth:token-type:saml2"}, ACCESS_TOKEN),
        ({"requested_token_type": ID_TOKEN}, "requested_token_type must be"),
        ({"scope": ["openid", "profile"]}, "repeated"),
    ):
        assert words in refusal(exchange(gateway, token, **changes)), changes
    assert error_in(exchange(app, token)) == (400, "unauthorized_client")
    AccessToken.objects.filter(user=alice).update(expires=timezone.now())
    assert "expired" in refusal(exchange(gateway, token))
    paired.delete()
    assert "Token exchange policies" in refusal(
        exchange(gateway, app.tokens_for(alice)["access_token"])
    )
    native_app.client.grant_types += f" {TOKEN_EXCHANGE}"
    with pytest.raises(Exception, match="public client"):
        native_app.client.full_clean()


def test_a_client_that_is_off_or_closed_to_the_person_gets_nothing(
    app: App, gateway: App, alice: User, paired: ExchangePolicy
) -> None:
    token = app.tokens_for(alice)["access_token"]
    first = exchanged(gateway, token)["access_token"]
    gateway.client.is_restricted = True
    gateway.client.save()
    assert "not open" in refusal(exchange(gateway, token))
    assert me(first).status_code == 401
    gateway.client.groups.add(Group.objects.create(name="Few"))
    gateway.client.is_restricted = False
    gateway.client.save()
    last = register("Last", grant_types=TOKEN_EXCHANGE, scopes="openid profile email")
    ExchangePolicy.objects.create(client=last.client, source=gateway.client)
    gateway.client.is_active = False
    gateway.client.save()
    refusal(exchange(last, first))
    revocation.revoke_client(gateway.client, actor=Actor.ADMIN)
    assert not AccessToken.objects.filter(application=gateway.client).exists()
    assert me(token).status_code == 200


def test_revoking_what_was_exchanged_leaves_the_sign_in_that_it_came_from(
    app: App, gateway: App, alice: User, paired: ExchangePolicy
) -> None:
    token = app.tokens_for(alice)["access_token"]
    first, second = (exchanged(gateway, token)["access_token"] for _ in range(2))
    gateway.post("/oauth/revoke/", {"token": first})
    assert [me(each).status_code for each in (first, second, token)] == [401, 200, 200]
    app.post("/oauth/revoke/", {"token": token})
    assert [me(each).status_code for each in (second, token)] == [401, 401]


def test_a_token_that_is_bound_to_a_key_becomes_none_that_anybody_may_use(
    app: App, gateway: App, alice: User, paired: ExchangePolicy
) -> None:
    form = {"grant_type": "authorization_code", "code": app.code_for(alice)}
    form |= {"redirect_uri": app.redirect_uri, "code_verifier": app.verifier}
    token = app.post("/oauth/token/", form, **proof()).json()["access_token"]
    assert "DPoP proof by a key of your own" in refusal(exchange(gateway, token))
    told = exchanged(gateway, token, headers=proof(key=OTHER))
    assert told["token_type"] == "DPoP"
    bound = told["access_token"]
    shown = proof("/api/v1/me", "GET", key=OTHER, token=bound)
    assert call(bound, **shown).status_code == 200
    assert me(bound).status_code == 401
    app.client.grant_types += f" {TOKEN_EXCHANGE}"
    app.client.save()
    assert "by that key" in refusal(exchange(app, token, headers=proof(key=OTHER)))
    assert exchanged(app, token, headers=proof())["token_type"] == "DPoP"


def test_no_client_registers_itself_for_it(db: None, client: Browser, settings: Any) -> None:
    settings.REGISTRATION = "open"
    wanted = {"redirect_uris": ["https://a.example/"], "grant_types": [TOKEN_EXCHANGE]}
    answer = client.post("/oauth/register/", wanted, content_type="application/json")
    assert answer.status_code == 400
    assert "admin" in answer.json()["error_description"]
