"""What the API tells a person of their account and does to it: their own, and nothing else."""

import re
from datetime import timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount, SocialApp
from django.contrib.auth.models import Group
from django.core import mail
from django.utils import timezone

from accounts.models import SecurityEvent, Session, User
from accounts.models.event_kinds import Actor, Event
from accounts.oauth_server.models import AccessToken, Authorization, KeptAnswer, PersonalToken
from accounts.oauth_server.models.personal_token import AT_MOST
from accounts.oauth_server.rules.scopes import AT_FIRST, Holder, held_by, to_set
from accounts.security_events.details import ProfileFields
from accounts.security_events.record import record
from accounts.security_events.words import sentence
from accounts.sessions.store import SessionStore
from api.identifiers import identifier, row_named
from tests.accounts.conftest import example_id
from tests.accounts.oauth_server.app import App
from tests.accounts.oauth_server.conftest import app, register
from tests.api.test_conventions import Script, links, problem

__all__ = ["app", "example_id"]

pytestmark = pytest.mark.django_db

ME = "/api/v1/me"
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


@pytest.fixture
def script(alice: User) -> Script:
    """One that may do all that a script may."""
    return Script(alice, *held_by(Holder.PERSONAL_TOKEN))


@pytest.fixture
def bobs(bob: User) -> Script:
    return Script(bob, *held_by(Holder.PERSONAL_TOKEN))


class Bearer(Script):
    """An app with an access token of a person's."""

    def __init__(self, token: str) -> None:
        self.token = token


def bearer(alice: User, scopes: str) -> Bearer:
    return Bearer(register("Kettle", scopes=scopes).tokens_for(alice, scope=scopes)["access_token"])


def session_of(person: User, sid: str = "s" * 32) -> Session:
    return Session.objects.create(
        session_key=sid,
        sid=sid,
        user=person,
        expire_date=timezone.now() + timedelta(days=1),
        session_data=SessionStore().encode({}),
    )


def test_a_token_says_what_it_is(app: App, alice: User, script: Script) -> None:
    of_script = script("GET", "/api/v1/token").json()
    assert of_script["kind"] == "personal_access_token"
    assert (of_script["sub"], of_script["client_id"]) == (alice.sub, None)
    assert of_script["expires"] is None
    assert TIME.fullmatch(of_script["created"])

    of_app = Bearer(app.tokens_for(alice)["access_token"])("GET", "/api/v1/token").json()
    assert of_app["kind"] == "access_token"
    assert of_app["client_id"] == app.client.client_id
    assert of_app["scopes"] == ["openid", "profile", "email"]
    assert of_app["audience"] == ["http://testserver/api/v1"]
    assert TIME.fullmatch(of_app["expires"])

    own = app.post("/oauth/token/", {"grant_type": "client_credentials"}).json()["access_token"]
    assert Bearer(own)("GET", "/api/v1/token").json()["sub"] == app.client.client_id
    problem(Bearer(own)("GET", ME), 403, "person-required")


def test_no_app_may_have_more_than_before_until_an_admin_says_so() -> None:
    new = {"profile.write", "emails", "sessions", "apps", "events", "tokens.write"}
    assert not new & to_set(AT_FIRST)
    assert not {"tokens", "tokens.write"} & held_by(Holder.PERSON)
    assert not new & held_by(Holder.CLIENT)


def test_lists_tell_of_ones_own_alone(alice: User, bob: User, script: Script, bobs: Script) -> None:
    EmailAddress.objects.create(user=alice, email="second@example.com")
    alice.groups.add(Group.objects.create(name="Tea"))
    Authorization.objects.record(
        alice, register("Kettle").client, frozenset({"profile"}), address="192.0.2.1"
    )
    SocialAccount.objects.create(user=alice, provider="example", uid="a-1")
    session_of(alice)
    record(Event.PROFILE_CHANGED, actor=Actor.ADMIN, user=alice, details=_no_fields())
    for name, members in (
        ("emails", {"email", "primary", "verified"}),
        ("groups", {"slug", "name"}),
        (
            "apps",
            {
                *("id", "client_id", "name", "scopes", "allowed", "last_used", "kind"),
                *("registered_by", "software_id", "software_version", "resources"),
            },
        ),
        ("sessions", {"id", "started", "last_seen", "user_agent", "address", "methods"}),
        ("tokens", {"id", "name", "scopes", "created", "expires", "last_used"}),
        ("connections", {"id", "provider", "name", "account", "connected"}),
    ):
        found = script("GET", f"{ME}/{name}")
        assert found.status_code == 200, found.content
        assert set(found.json()[0]) == members, name
        assert found["ETag"]
        assert links(found)["first"] == f"{ME}/{name}"
        others = bobs("GET", f"{ME}/{name}").json()
        assert not [each for each in others if each in found.json()], name
        if "id" in members:
            one = f"{ME}/{name}/{found.json()[0]['id']}"
            assert script("GET", one).json() == found.json()[0]
            for method in ("GET", "DELETE"):
                problem(bobs(method, one), 404, "not-found")
                for no in ("1x", "x" * 22, "%00", identifier("other", 1)):
                    problem(script(method, f"{ME}/{name}/{no}"), 404, "not-found")


def _no_fields() -> Any:
    return ProfileFields(("name",))


def test_each_needs_its_own_scope(alice: User) -> None:
    weak = Script(alice, "profile")
    for method, address, scope in (
        ("PATCH", ME, "profile.write"),
        ("GET", f"{ME}/emails", "emails"),
        ("GET", f"{ME}/groups", "groups.read"),
        ("GET", f"{ME}/events", "events"),
        ("GET", f"{ME}/apps", "apps"),
        ("DELETE", f"{ME}/apps/x", "apps.write"),
        ("DELETE", f"{ME}/sessions/x", "sessions.write"),
        ("DELETE", f"{ME}/connections/x", "connections.write"),
        ("POST", f"{ME}/tokens", "tokens.write"),
        ("DELETE", f"{ME}/tokens/x", "tokens.write"),
    ):
        refused = weak(method, address)
        problem(refused, 403, "insufficient-scope")
        assert f'scope="{scope}"' in refused["WWW-Authenticate"]


def test_events_are_told_as_on_the_page_the_latest_first(alice: User, script: Script) -> None:
    for _ in range(3):
        record(Event.PROFILE_CHANGED, actor=Actor.ADMIN, user=alice, details=_no_fields())
    page = script("GET", f"{ME}/events?limit=2")
    told = page.json()[0]
    assert (told["kind"], told["actor"], told["address"]) == ("profile_changed", "admin", "")
    assert told["sentence"]
    assert TIME.fullmatch(told["at"])
    assert len(script("GET", links(page)["next"]).json()) == 1


def test_the_profile_is_changed_as_on_its_page(alice: User, script: Script) -> None:
    version = script("GET", ME)["ETag"]
    body = {"nickname": " Al ", "address": {"locality": "Köln", "region": None}}
    problem(script("PATCH", ME, body), 428, "precondition-required")
    changed = script("PATCH", ME, body, "application/merge-patch+json", If_Match=version)

    assert changed.status_code == 200, changed.content
    assert changed.json()["nickname"] == "Al"
    assert changed.json()["address"]["locality"] == "Köln"
    assert changed["ETag"] == script("GET", ME)["ETag"]
    event = SecurityEvent.objects.get(kind=Event.PROFILE_CHANGED)
    assert event.actor == Actor.PERSON
    assert set(event.details["fields"]) == {"nickname", "locality"}
    problem(script("PATCH", ME, {"nickname": "B"}, If_Match=version), 412, "precondition-failed")
    emptied = script("PATCH", ME, {"nickname": None, "address": None}, If_Match="*").json()
    assert not {"nickname", "address"} & set(emptied)


def test_a_change_of_the_profile_that_is_wrong_names_the_field(bob: User, script: Script) -> None:
    for body, pointer in (
        ({"birthdate": "1990-13-01"}, "/birthdate"),
        ({"birthdate": "10000-01-01"}, "/birthdate"),
        ({"zoneinfo": "Mars/Base"}, "/zoneinfo"),
        ({"phone_number": "1"}, "/phone_number"),
        ({"preferred_username": "@ @"}, "/preferred_username"),
        ({"address": {"country": "x" * 999}}, "/address/country"),
        ({"address": "here"}, "/address"),
        ({"address": {"planet": "Mars"}}, "/address/planet"),
        ({"email": "mallory@example.com"}, "/email"),
        ({"name": ["a"]}, "/name"),
    ):
        told = problem(script("PATCH", ME, body, If_Match="*"), 400, "invalid-fields")
        assert [each["pointer"] for each in told["errors"]] == [pointer], body
    assert not SecurityEvent.objects.filter(kind=Event.PROFILE_CHANGED).exists()


def test_a_session_is_ended_and_recorded(alice: User, script: Script) -> None:
    session = session_of(alice)
    assert script("DELETE", f"{ME}/sessions/{session.sid}").status_code == 204
    problem(script("DELETE", f"{ME}/sessions/{session.sid}"), 404, "not-found")
    assert not Session.objects.filter(user=alice).exists()
    assert SecurityEvent.objects.get(kind=Event.SESSION_ENDED).actor == Actor.PERSON


def test_an_app_is_removed_with_a_receipt(app: App, alice: User, script: Script) -> None:
    token = app.tokens_for(alice, scope="openid profile")["access_token"]
    (listed,) = script("GET", f"{ME}/apps").json()

    ended = script("DELETE", f"{ME}/apps/{listed['id']}")

    assert ended.status_code == 200
    assert (ended.json()["apps"], ended.json()["access_tokens"]) == (1, 1)
    assert Bearer(token)("GET", ME).status_code == 401
    assert SecurityEvent.objects.get(kind=Event.APP_REMOVED).client == app.client


def test_what_an_app_does_is_told_as_the_apps_doing(
    app: App, alice: User, script: Script, example_id: SocialApp
) -> None:
    session = session_of(alice)
    row = SocialAccount.objects.create(user=alice, provider="example", uid="a-1")
    app.tokens_for(alice, scope="openid profile")
    (listed,) = script("GET", f"{ME}/apps").json()
    kettle = bearer(
        alice, "openid profile profile.write sessions.write apps.write connections.write"
    )
    for method, path, body in (
        ("DELETE", f"/sessions/{session.sid}", None),
        ("DELETE", f"/connections/{identifier('connection', row.pk)}", None),
        ("DELETE", f"/apps/{listed['id']}", None),
        ("PATCH", "", {"nickname": "Al"}),
    ):
        match = {"If-Match": kettle("GET", f"{ME}{path}")["ETag"]} if body else {}
        told = kettle(method, f"{ME}{path}", body, **match)
        assert told.status_code in (200, 204), told.content
    words = {
        Event.SESSION_ENDED: "Kettle signed out a device: an unknown device",
        Event.CONNECTION_REMOVED: "Kettle disconnected an account at Example",
        Event.APP_REMOVED: f"Kettle removed the access of {app.client.name}. Ended: ",
        Event.PROFILE_CHANGED: "Kettle changed your profile: nickname",
    }
    for kind, expected in words.items():
        event = SecurityEvent.objects.get(kind=kind)
        assert event.actor == Actor.CLIENT
        assert sentence(event, {"example": "Example"}).startswith(expected)


def test_a_connection_goes_but_never_the_last_way_in(
    alice: User, script: Script, example_id: SocialApp
) -> None:
    row = SocialAccount.objects.create(user=alice, provider="example", uid="a-1")
    name = identifier("connection", row.pk)
    assert script("DELETE", f"{ME}/connections/{name}").status_code == 204
    assert SecurityEvent.objects.get(kind=Event.CONNECTION_REMOVED).actor == Actor.PERSON
    problem(script("DELETE", f"{ME}/connections/{name}"), 404, "not-found")
    row = SocialAccount.objects.create(user=alice, provider="example", uid="a-1")
    EmailAddress.objects.all().delete()
    User.objects.update(password="!")
    only = f"{ME}/connections/{identifier('connection', row.pk)}"
    problem(script("DELETE", only), 409, "last-way-in")
    assert script("GET", only).status_code == 200


def test_an_old_sign_in_removes_no_connection(alice: User) -> None:
    row = SocialAccount.objects.create(user=alice, provider="example", uid="a-1")
    kettle = bearer(alice, "openid connections connections.write")
    AccessToken.objects.update(auth_time=timezone.now() - timedelta(hours=1))
    address = f"{ME}/connections/{identifier('connection', row.pk)}"

    refused = kettle("DELETE", address)

    problem(refused, 401, "insufficient-user-authentication")
    assert 'max_age="300"' in refused["WWW-Authenticate"]
    assert 'scope="connections.write"' in refused["WWW-Authenticate"]
    assert kettle("GET", address).status_code == 200


def test_a_token_is_made_once_with_no_more_than_ones_own(alice: User) -> None:
    script = Script(alice, "tokens", "tokens.write", "profile")
    body = {"name": "backup", "scopes": ["profile"], "expires": "2026-12-24T12:00:00+02:00"}
    made = script("POST", f"{ME}/tokens", body, Idempotency_Key="k")
    again = script("POST", f"{ME}/tokens", body, Idempotency_Key="k")

    assert made.status_code == 201, made.content
    assert again.content == made.content
    assert made.json()["expires"] == "2026-12-24T10:00:00Z"
    assert Script.__call__(Bearer(made.json()["token"]), "GET", ME).status_code == 200
    assert made["Location"].endswith(f"{ME}/tokens/{made.json()['id']}")
    assert script("GET", made["Location"].removeprefix("http://testserver")).status_code == 200
    assert SecurityEvent.objects.filter(kind=Event.PERSONAL_TOKEN_MADE).count() == 1
    assert made.json()["token"] not in str(KeptAnswer.objects.values_list("key", "request"))
    assert script("DELETE", f"{ME}/tokens/{made.json()['id']}").status_code == 204
    assert PersonalToken.objects.filter(name="backup").count() == 0


def test_a_token_that_may_not_be_is_refused_by_its_field(alice: User) -> None:
    script = Script(alice, "tokens.write", "profile")
    name = PersonalToken.objects.get().name
    PersonalToken.objects.update(expires=timezone.now() + timedelta(days=2))
    good = {"name": "x", "scopes": ["profile"]}
    far = (timezone.now() + timedelta(days=3)).isoformat()
    for change, pointer in (
        ({"scopes": ["email"]}, "/scopes"),
        ({"scopes": ["nothing"]}, "/scopes"),
        ({"scopes": []}, "/scopes"),
        ({"scopes": [{}]}, "/scopes/0"),
        ({"name": ""}, "/name"),
        ({"name": name}, "/name"),
        ({"expires": "2020-01-01T00:00:00Z"}, "/expires"),
        ({"expires": far}, "/expires"),
        ({"expires": "0000-01-01T00:00:00Z"}, "/expires"),
        ({"expires": "10000-01-01T00:00:00Z"}, "/expires"),
        ({"expires": "0001-01-01T00:00:00+14:00"}, "/expires"),
        ({"expires": "9999-12-31T23:59:59-14:00"}, "/expires"),
        ({"expires": 5}, "/expires"),
    ):
        told = problem(script("POST", f"{ME}/tokens", good | change), 400, "invalid-fields")
        assert [each["pointer"] for each in told["errors"]] == [pointer], change
    made = script("POST", f"{ME}/tokens", good).json()
    assert (
        PersonalToken.objects.get(name="x").expires == PersonalToken.objects.get(name=name).expires
    )
    assert made["expires"]
    owner, known = User.objects.get(pk=alice.pk), PersonalToken.objects.count()
    PersonalToken.objects.bulk_create(
        PersonalToken(user=owner, name=f"{at}", digest=f"{at}") for at in range(AT_MOST - known)
    )
    problem(script("POST", f"{ME}/tokens", good | {"name": "more"}), 409, "conflict")


def test_where_tokens_are_off_there_are_none(script: Script, settings: Any) -> None:
    settings.PERSONAL_TOKENS = False
    problem(script("GET", f"{ME}/tokens"), 404, "not-found")


def test_what_was_changed_is_mailed_as_by_the_page(
    alice: User, script: Script, django_capture_on_commit_callbacks: Any
) -> None:
    row = SocialAccount.objects.create(user=alice, provider="example", uid="a-1")
    with django_capture_on_commit_callbacks(execute=True):
        script("DELETE", f"{ME}/connections/{identifier('connection', row.pk)}")
    with django_capture_on_commit_callbacks(execute=True):
        script("POST", f"{ME}/tokens", {"name": "x", "scopes": ["profile"]})
    assert len(mail.outbox) == 2


def test_an_identifier_opens_its_own_kind_alone(settings: Any) -> None:
    made = identifier("app", 7)
    assert made == identifier("app", 7) != identifier("app", 8)
    assert row_named("app", made) == 7
    for other in (made[:-1], made + "A", made[:-2] + "AA", "é" * 22, "=" * 22, ""):
        assert row_named("app", other) is None
    assert row_named("event", made) is None
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another" * 10
    assert row_named("app", made) == 7
    assert identifier("app", 7) != made
