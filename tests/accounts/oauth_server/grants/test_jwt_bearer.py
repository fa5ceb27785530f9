"""Redeeming an identity assertion (ID-JAG): an identity provider that an admin trusts lets an app
act for a person here."""

import json
import secrets
import time
from collections.abc import Callable
from typing import Any

import jwt
import pytest
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount, SocialApp
from django.core.cache import cache
from django.http import HttpResponse
from django.test import Client as Browser
from jwcrypto.jwk import JWK

from accounts.models import SecurityEvent, User
from accounts.models.event_kinds import Actor, Event
from accounts.oauth_server.models import (
    AccessToken,
    Authorization,
    ProtectedResource,
    RefreshToken,
)
from accounts.oauth_server.models.client import JWT_BEARER
from tests.accounts.at_once import meet_before
from tests.accounts.oauth_server.app import App, error_in, me
from tests.accounts.oauth_server.conftest import register as register_client
from tests.accounts.oauth_server.test_dpop import OTHER, call, proof
from tests.accounts.third_parties.conftest import provider, register, running_provider
from tests.accounts.third_parties.scripted_provider import (
    ANOTHER_KEY,
    DISCOVERY,
    KEY,
    KEYS,
    Answer,
    ScriptedProvider,
)

__all__ = ["provider", "register", "running_provider"]

CALENDAR = "https://calendar.example/api"


@pytest.fixture
def trusted(register: Callable[..., SocialApp]) -> SocialApp:
    cache.clear()
    return register(identity_assertions=True)


@pytest.fixture
def agent(db: None) -> App:
    return register_client(
        "Agent", grant_types=JWT_BEARER, scopes="openid profile email", default_scopes="profile"
    )


@pytest.fixture
def sign(agent: App, provider: ScriptedProvider, trusted: SocialApp) -> Callable[..., str]:
    """Sign as the identity provider does, with differences from the right claims."""

    def do(*, key: Any = KEY, typ: str | None = "oauth-id-jag+jwt", **changes: Any) -> str:
        now = int(time.time())
        claims = {
            "iss": provider.issuer,
            "sub": "subject-of-dora",
            "aud": "http://testserver",
            "client_id": agent.client.client_id,
            "jti": secrets.token_urlsafe(8),
            "iat": now,
            "exp": now + 300,
            "scope": "profile email",
            "email": "dora@example.com",
            "email_verified": True,
        } | changes
        claims = {name: value for name, value in claims.items() if value is not None}
        said = json.dumps(claims).encode()
        head = {"kid": "first", "typ": typ}
        return jwt.api_jws.encode(said, key, "RS256", headers=head)

    return do


def redeem(agent: App, assertion: str, **changes: Any) -> HttpResponse:
    headers = changes.pop("headers", {})
    form = {"grant_type": JWT_BEARER, "assertion": assertion} | changes
    return agent.post("/oauth/token/", form, **headers)


def redeemed(agent: App, assertion: str, **changes: Any) -> dict[str, Any]:
    response = redeem(agent, assertion, **changes)
    assert response.status_code == 200, response.content
    return response.json()


def refusal(response: HttpResponse, error: str = "invalid_grant") -> str:
    assert error_in(response) == (400, error), response.content
    words: str = response.json()["error_description"]
    return words


def test_somebody_new_gets_an_account_and_the_app_its_token(
    agent: App, sign: Callable[..., str], client: Browser
) -> None:
    told = redeemed(agent, sign(name="Dora"))

    dora = User.objects.get(email="dora@example.com")
    assert dora.name == "Dora"
    assert EmailAddress.objects.get(user=dora).verified
    assert SocialAccount.objects.get(user=dora).uid == "subject-of-dora"
    assert (told["token_type"], told["scope"]) == ("Bearer", "profile email")
    assert "refresh_token" not in told
    assert me(told["access_token"]).json()["email"] == "dora@example.com"
    kinds = SecurityEvent.objects.filter(user=dora).order_by("pk").values_list("kind", "actor")
    assert list(kinds) == [
        (Event.SIGNED_UP, Actor.CLIENT),
        (Event.CONNECTION_ADDED, Actor.CLIENT),
        (Event.ASSERTION_REDEEMED, Actor.CLIENT),
    ]
    client.force_login(dora)
    allowed = Authorization.objects.get(user=dora)
    assert (allowed.scope, allowed.vouched_scope) == ("", "profile email")
    page = client.get(f"/account/apps/{allowed.pk}/").content.decode()
    assert "Example ID" in page.partition("Allowed by")[2]
    assert "Agent was granted access to your account by Example ID" in page
    again = redeemed(agent, sign())
    assert me(again["access_token"]).json()["sub"] == dora.sub
    assert User.objects.filter(email="dora@example.com").count() == 1


def test_it_is_good_once_and_for_this_client_server_and_time_alone(
    agent: App, other_app: App, sign: Callable[..., str], provider: ScriptedProvider
) -> None:
    now = int(time.time())
    once = sign()
    redeemed(agent, once)
    assert "used before" in refusal(redeem(agent, once))
    for assertion, words in (
        (sign(client_id=other_app.client.client_id), "another client"),
        (sign(client_id=""), "client_id"),
        (sign(aud="https://else.example"), "InvalidAudience"),
        (sign(aud=["http://testserver", "https://else.example"]), "for others"),
        (sign(aud=[]), "assertion"),
        (sign(aud={"a": "http://testserver"}), "assertion"),
        (sign(iss="https://else.example"), "no provider"),
        (sign(iss="http://testserver"), "not another server"),
        (sign(iss=["x"]), "not another server"),
        (sign(iss=None), "not another server"),
        (sign(exp=now - 200), "Expired"),
        (sign(exp=now + 7200), "more than an hour"),
        (sign(iat=now + 500), "Immature"),
        (sign(exp=None), "Missing"),
        (sign(jti=None), "Missing"),
        (sign(jti=""), "jti"),
        (sign(jti={"a": 1}), "JTI"),
        (sign(sub=None), "Missing"),
        (sign(sub="\x00"), "sub"),
        (sign(sub="x" * 200), "too long"),
        (sign(exp=float("inf")), "assertion"),
        (sign(typ="JWT"), "typ"),
        (sign(typ=None), "typ"),
        (sign(typ="at+jwt"), "typ"),
        (sign(key=ANOTHER_KEY), "assertion"),
        (sign(scope=["profile"]), "scope"),
        (sign(resource={"a": 1}), "resource"),
        (sign(resource="a#b"), "resource"),
        (sign(cnf={"x5t": "x"}), "cnf"),
        (sign(cnf={"jkt": "x"}), "cnf"),
        (jwt.encode({"iss": provider.issuer}, "", "none", headers={"typ": "oauth-id-jag+jwt"}), ""),
        ("nonsense", "no JWT"),
    ):
        assert words in refusal(redeem(agent, assertion)), words
    assert "assertion" in refusal(
        agent.post("/oauth/token/", {"grant_type": JWT_BEARER}), "invalid_request"
    )
    assert error_in(redeem(other_app, sign())) == (400, "unauthorized_client")
    assert redeem(agent, sign(aud=["http://testserver/"])).status_code == 200


def test_who_is_not_to_be_made_is_not_made(
    agent: App, sign: Callable[..., str], alice: User, trusted: SocialApp
) -> None:
    for changes, words in (
        ({"email": None}, "sign in here once"),
        ({"email_verified": "true"}, "sign in here once"),
        ({"email": alice.email}, "somebody has that address"),
        ({"email": "nobody"}, "no address"),
    ):
        assert words in refusal(redeem(agent, sign(**changes))), changes
    for settings in ({"sign_up": "closed"}, {"email_authentication": False}):
        trusted.settings = trusted.settings | settings
        trusted.save()
        assert "accounts are not made" in refusal(redeem(agent, sign()))
    assert not User.objects.filter(email="dora@example.com").exists()


def test_only_a_provider_that_an_admin_chose_vouches(
    agent: App, sign: Callable[..., str], trusted: SocialApp
) -> None:
    for chosen in (False, "true", None):
        trusted.settings["identity_assertions"] = chosen
        trusted.save()
        assert "no provider" in refusal(redeem(agent, sign()))
    trusted.settings |= {"identity_assertions": True, "is_off": True}
    trusted.save()
    assert "no provider" in refusal(redeem(agent, sign()))


def test_a_known_person_is_found_and_one_who_is_off_or_barred_is_not_acted_for(
    agent: App, sign: Callable[..., str], alice: User, trusted: SocialApp
) -> None:
    SocialAccount.objects.create(user=alice, provider="example", uid="subject-of-dora")
    told = redeemed(agent, sign(email=None, scope=None))
    assert (me(told["access_token"]).json()["sub"], told["scope"]) == (alice.sub, "profile")
    assert AccessToken.objects.get(user=alice).auth_time is None
    agent.client.is_restricted = True
    agent.client.save()
    assert "not open" in refusal(redeem(agent, sign()))
    User.objects.filter(pk=alice.pk).update(is_active=False)
    assert "off" in refusal(redeem(agent, sign()))


def test_the_token_is_for_what_the_assertion_names_or_less(
    agent: App, sign: Callable[..., str], resource_server: App
) -> None:
    ProtectedResource.objects.create(
        name="Calendar", identifier=CALENDAR, scopes="calendar.read See your calendar"
    )
    token = redeemed(agent, sign(resource=CALENDAR, scope="calendar.read email unknown"))
    said = resource_server.introspect(token["access_token"])
    assert (said["aud"], said["scope"]) == (CALENDAR, "email calendar.read")
    assert me(token["access_token"]).status_code == 401
    fewer = redeemed(agent, sign(resource=[CALENDAR]), scope="email", resource=CALENDAR)
    assert fewer["scope"] == "email"
    for assertion, changes, error in (
        (sign(resource=CALENDAR), {"resource": "http://testserver/api/v1"}, "invalid_target"),
        (sign(resource="https://else.example"), {}, "invalid_target"),
        (sign(), {"resource": "a#b"}, "invalid_target"),
        (sign(scope="admin"), {}, "invalid_scope"),
        (sign(scope="email"), {"scope": "profile"}, "invalid_scope"),
    ):
        refusal(redeem(agent, assertion, **changes), error)
    assert not RefreshToken.objects.exists()


def test_one_that_is_bound_to_a_key_needs_it(agent: App, sign: Callable[..., str]) -> None:
    shown = proof()
    key = JWK(**jwt.get_unverified_header(shown["DPoP"])["jwk"])
    bound = sign(cnf={"jkt": key.thumbprint()})
    assert "send a DPoP proof" in refusal(redeem(agent, bound))
    assert "send a DPoP proof" in refusal(redeem(agent, bound, headers=proof(key=OTHER)))
    told = redeemed(agent, bound, headers=shown)
    assert told["token_type"] == "DPoP"
    token = told["access_token"]
    assert call(token, **proof("/api/v1/me", "GET", token=token)).status_code == 200


def test_a_provider_that_cannot_be_reached_is_no_fault_of_the_grant(
    agent: App, sign: Callable[..., str], provider: ScriptedProvider
) -> None:
    provider.answers[KEYS] = Answer("down", status=503)
    response = redeem(agent, sign())
    assert error_in(response) == (503, "temporarily_unavailable")
    provider.answers.clear()
    provider.answers[DISCOVERY] = Answer({"issuer": "https://else.example"})
    cache.clear()
    assert "another issuer" in refusal(redeem(agent, sign()))


def test_the_metadata_say_both_sides(db: None) -> None:
    told = json.loads(Browser().get("/.well-known/oauth-authorization-server").content)
    assert told["identity_chaining_requested_token_types_supported"] == [
        "urn:ietf:params:oauth:token-type:id-jag"
    ]
    assert told["authorization_grant_profiles_supported"] == [
        "urn:ietf:params:oauth:grant-profile:id-jag"
    ]
    assert JWT_BEARER in told["grant_types_supported"]


@pytest.mark.django_db(transaction=True)
def test_of_many_who_redeem_one_at_once_one_does(
    agent: App, sign: Callable[..., str], settings: Any
) -> None:
    settings.RATE_LIMITS = dict.fromkeys(settings.RATE_LIMITS, "1000/m")
    redeemed(agent, sign())
    once = sign()
    before = ('INSERT INTO "oauth_server_usedassertion"',)
    answers = meet_before(before, *[lambda: redeem(agent, once)] * 6)
    assert sorted(answer.status_code for answer in answers) == [200, *[400] * 5]


@pytest.mark.django_db(transaction=True)
def test_somebody_new_is_made_once_by_two_assertions_at_once(
    agent: App, sign: Callable[..., str]
) -> None:
    redeem(agent, sign(email=None))  # the keys are known
    before = ('INSERT INTO "accounts_user"',)
    answers = meet_before(before, *[lambda: redeem(agent, sign())] * 2)
    assert [answer.status_code for answer in answers] == [200, 200]
    assert User.objects.filter(email="dora@example.com").count() == 1


def test_what_was_vouched_for_is_no_yes_of_the_person(
    agent: App, sign: Callable[..., str], resource_server: App
) -> None:
    """Whoever allows the app on a page is asked about the API that only a third party named."""
    ProtectedResource.objects.create(
        name="Calendar", identifier=CALENDAR, scopes="calendar.read See your calendar"
    )
    redeemed(agent, sign(resource=CALENDAR, scope="calendar.read"))
    dora = User.objects.get(email="dora@example.com")
    row = Authorization.objects.get(user=dora)
    assert (row.resource, row.resources) == ([], [CALENDAR])
    client = agent.client
    client.grant_types += " authorization_code"
    client.save()
    Authorization.objects.record(dora, client, frozenset({"profile"}), address="")
    browser = Browser()
    browser.force_login(dora)
    page = agent.send(browser, scope="profile", resource=CALENDAR)
    assert page.status_code == 200
    assert "Calendar" in page.content.decode()
    assert agent.send(browser, scope="profile").status_code == 302
