"""What a third party's word is worth: who was asked, when, and what apps are told of it.

Each kind of third party, by each way in which an app asks for more than that somebody is there.
"""

import json
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
import pytest
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount

from accounts.models import User
from accounts.oauth_server.models import Authorization
from tests.accounts.oauth_server.app import App, answer_in
from tests.accounts.oauth_server.conftest import app
from tests.accounts.second_factors.conftest import SECRET
from tests.accounts.second_factors.test_codes import code_of_app
from tests.accounts.third_parties.scripted_provider import Browser
from tests.accounts.third_parties.test_other_providers import github
from tests.accounts.way_back.test_address import mailed_code
from tests.conftest import PASSWORD
from tests.upstream import TOTP

__all__ = ["app", "github"]

ONE_FACTOR = "urn:latchkey:acr:one-factor"
BY_CODE = "/accounts/reauthenticate/code/"
LONG_AGO = 7200  # seconds


# What apps are told in the end: that it was just now, when the third party says that it was, or
# nothing. Or the person is asked here, by a mailed code, before anything is told.
NOW, THEN, NOTHING, ASKED_HERE = "now", "then", "nothing", "asked here"

ASKS: dict[str, Callable[[App, User], dict[str, str]]] = {
    "nothing": lambda app, alice: {},
    "prompt=login": lambda app, alice: {"prompt": "login"},
    "max_age=0": lambda app, alice: {"max_age": "0"},
    "max_age=3600": lambda app, alice: {"max_age": "3600"},
    "max_age=86400": lambda app, alice: {"max_age": "86400"},
    "default_max_age": lambda app, alice: registered(app, default_max_age=3600),
    "require_auth_time": lambda app, alice: registered(app, require_auth_time=True),
    "auth_time essential": lambda app, alice: {"claims": essential("auth_time")},
    "acr_values": lambda app, alice: {"acr_values": ONE_FACTOR},
    "acr essential": lambda app, alice: {"claims": essential("acr", values=[ONE_FACTOR])},
    "id_token_hint": lambda app, alice: {"id_token_hint": app.tokens_for(alice)["id_token"]},
}
# Of a sign-in whose age matters to nobody, an old one included; and of those where it does.
ANY_AGE = ("nothing", "acr_values", "acr essential", "id_token_hint")
KNOWN_AGE = ("max_age=86400", "require_auth_time", "auth_time essential")

# What its ID token says, in place of `auth_time` of just now where it is asked to say it.
KINDS: dict[str, dict[str, Callable[[], Any]]] = {
    "asks": {},
    "remembers": {"auth_time": lambda: int(time.time()) - LONG_AGO},
    "does not say": {"auth_time": lambda: None},
    "says a text": {"auth_time": lambda: str(int(time.time()))},
    "says true": {"auth_time": lambda: True},
    "says the future": {"auth_time": lambda: int(time.time()) + 60},
    "says it is not a number": {"auth_time": lambda: float("nan")},
    "GitHub": {},
}
# All of these are read in one place, as no time: by who asks for none, for any, for a fresh one.
NO_TIME = ("says a text", "says true", "says the future", "says it is not a number")
OF_NO_TIME = ("nothing", "auth_time essential", "max_age=3600")
CASES = [(kind, asks) for kind in KINDS for asks in (OF_NO_TIME if kind in NO_TIME else ASKS)]


def expected(kind: str, asks: str) -> str:
    if kind == "asks":
        return NOTHING if asks in ANY_AGE else NOW
    if kind == "remembers":
        return THEN if asks in (*ANY_AGE, *KNOWN_AGE) else ASKED_HERE
    return NOTHING if asks in ANY_AGE else ASKED_HERE


def essential(claim: str, **further: Any) -> str:
    return json.dumps({"id_token": {claim: {"essential": True, **further}}})


def registered(app: App, **fields: Any) -> dict[str, str]:
    for name, value in fields.items():
        setattr(app.client, name, value)
    app.client.save()
    return {}


@pytest.fixture
def traveller(request: pytest.FixtureRequest, kind: str) -> Browser:
    """A person's browser at this site, with that kind of third party."""
    found: Browser = request.getfixturevalue("github" if kind == "GitHub" else "browser")
    found.provider.claims = {name: say() for name, say in KINDS[kind].items()}
    return found


@pytest.fixture
def alice_of(kind: str, app: App) -> User:
    """Who has an account by that third party, and has let the app in before: as signing up there
    (test_signing_in.py, test_other_providers.py) and consent leave it, which take as long as what
    is asked here.
    """
    alice = User.objects.create_user("alice@example.com", name="Alice")
    EmailAddress.objects.create(user=alice, email=alice.email, verified=True, primary=True)
    provider, uid = ("github", "7") if kind == "GitHub" else ("example", "subject-of-alice")
    SocialAccount.objects.create(user=alice, provider=provider, uid=uid)
    scopes = frozenset({"openid", "profile", "email"})
    Authorization.objects.record(alice, app.client, scopes, address="127.0.0.1")
    return alice


def onward_from(response: Any) -> str:
    return parse_qs(urlsplit(response["Location"]).query)["next"][0]


def sign_in_for(app: App, traveller: Browser, **asks: str) -> Any:
    """Sign in by the third party as the app wants it; return what comes of it at this site."""
    onward = onward_from(app.send(traveller.client, **asks))
    back = traveller.sign_in("?" + urlencode({"next": onward}))
    return traveller.client.get(back["Location"])


def confirm_by_code(traveller: Browser, page: str) -> Any:
    traveller.client.post(page, {"send": ""})
    done = traveller.client.post(page, {"code": mailed_code()})
    return traveller.client.get(done["Location"])


def told_to(app: App, response: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """What an ID token says, and introspection of the access token beside it."""
    tokens = app.redeem(answer_in(response)["code"]).json()
    claims = jwt.decode(tokens["id_token"], options={"verify_signature": False})
    return claims, app.introspect(tokens["access_token"])


@pytest.mark.parametrize(("kind", "asks"), CASES)
def test_apps_are_told_when_somebody_was_asked_and_not_when_somebody_was_there(
    kind: str, asks: str, traveller: Browser, app: App, alice_of: User
) -> None:
    began, outcome = int(time.time()), expected(kind, asks)
    response = sign_in_for(app, traveller, **ASKS[asks](app, alice_of))
    amr = ["fed"]
    if outcome == ASKED_HERE:
        assert response["Location"].startswith(BY_CODE)
        response, amr = confirm_by_code(traveller, response["Location"]), ["fed", "otp"]

    claims, told = told_to(app, response)

    assert (sorted(claims["amr"]), claims["acr"], told["acr"]) == (amr, ONE_FACTOR, ONE_FACTOR)
    assert claims.get("auth_time") == told.get("auth_time")
    if outcome == NOTHING:
        assert "auth_time" not in claims
    elif outcome == THEN:
        assert claims["auth_time"] == traveller.provider.claims["auth_time"]
    else:
        assert began <= claims["auth_time"] <= time.time()


@pytest.mark.parametrize("asks", ["prompt=login", "max_age=0", "max_age=3600", "default_max_age"])
@pytest.mark.parametrize("kind", ["remembers", "does not say", "GitHub"])
def test_who_does_not_confirm_it_either_is_not_let_in(
    kind: str, asks: str, traveller: Browser, app: App, alice_of: User
) -> None:
    response = sign_in_for(app, traveller, **ASKS[asks](app, alice_of))
    page = traveller.client.get(response["Location"]).content.decode()
    assert "did not ask you" in page
    answer = answer_in(traveller.client.get(onward_from(response)))
    assert answer["error"] == "login_required"
    assert "code" not in answer


@pytest.mark.parametrize("asks", ["prompt=login", "max_age=0", "max_age=3600"])
@pytest.mark.parametrize("kind", ["does not say", "GitHub"])
def test_a_page_that_may_ask_nobody_answers_login_required(
    kind: str, asks: str, traveller: Browser, app: App, alice_of: User
) -> None:
    traveller.sign_in()
    demand = ASKS[asks](app, alice_of)
    demand["prompt"] = "none"
    demand.setdefault("max_age", "0")
    assert answer_in(app.send(traveller.client, **demand))["error"] == "login_required"
    assert "code" in answer_in(app.send(traveller.client, prompt="none"))


@pytest.mark.parametrize("kind", ["asks", "remembers", "does not say"])
def test_a_confirmation_moves_the_time_only_where_the_third_party_asked(
    kind: str, traveller: Browser, app: App, alice_of: User
) -> None:
    """Re-authentication is not a way around: apps are told of the older sign-in."""
    alice_of.set_password(PASSWORD)
    alice_of.save()
    traveller.client.post("/accounts/login/", {"login": alice_of.email, "password": PASSWORD})
    session = traveller.client.session
    records = session["account_authentication_methods"]
    records[0]["at"] -= 1000
    session["account_authentication_methods"] = records
    session.save()
    signed_in_at = int(records[0]["at"])
    connection = alice_of.socialaccount_set.get()
    way = f"/accounts/reauthenticate/third-party/{connection.pk}/"
    there = traveller.client.post(way)["Location"]
    back = traveller.come_back(traveller.provider.approve(there))
    assert back.status_code == (302 if kind == "asks" else 403)

    claims, told = told_to(app, app.send(traveller.client))
    assert claims["auth_time"] == told["auth_time"]
    assert (claims["auth_time"] > signed_in_at) is (kind == "asks")
    assert claims["amr"] == (["fed", "pwd"] if kind == "asks" else ["pwd"])
    is_let_in = "code" in answer_in(app.send(traveller.client, max_age="500"))
    assert is_let_in is (kind == "asks")


@pytest.mark.parametrize("kind", ["asks"])
def test_the_third_party_is_asked_for_what_the_app_asks_for(
    traveller: Browser, app: App, alice_of: User
) -> None:
    for asks, sent in {
        "nothing": (None, None),
        "acr_values": (None, None),
        "prompt=login": ("login", "0"),
        "max_age=0": ("login", "0"),
        "max_age=3600": (None, "3600"),
        "auth_time essential": (None, "999999999"),
        "require_auth_time": (None, "999999999"),
        "default_max_age": (None, "3600"),
    }.items():
        onward = onward_from(app.send(traveller.client, **ASKS[asks](app, alice_of)))
        traveller.start("?" + urlencode({"next": onward}))
        assert (traveller.sent.get("prompt"), traveller.sent.get("max_age")) == sent, asks


@pytest.mark.parametrize("kind", ["does not say"])
def test_a_second_step_is_a_proof_whatever_the_third_party_did(
    traveller: Browser, app: App, alice_of: User
) -> None:
    TOTP.activate(alice_of, SECRET)
    began = int(time.time())
    onward = onward_from(app.send(traveller.client, prompt="login"))
    second_step = traveller.sign_in("?" + urlencode({"next": onward}))["Location"]
    done = traveller.client.post(second_step, {"code": code_of_app()})
    claims, _ = told_to(app, traveller.client.get(done["Location"]))
    assert claims["auth_time"] >= began
    assert set(claims["amr"]) == {"fed", "mfa", "otp"}
