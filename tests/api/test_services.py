"""What the API tells clients that act for themselves of everybody at this site."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission
from django.core import mail
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from accounts.models import GroupProfile, SecurityEvent, Session, User
from accounts.models.event_kinds import Actor, Event, Outcome
from accounts.oauth_server import checks
from accounts.oauth_server.models import Client, ClientSecret
from accounts.oauth_server.models.client_secret import MOST as MOST_SECRETS
from accounts.oauth_server.rules.scopes import Holder, given_by_superusers, held_by, of_services
from accounts.security_events.record import record
from accounts.security_events.words import sentence
from api.identifiers import identifier
from tests.accounts.oauth_server.app import App
from tests.accounts.oauth_server.conftest import register
from tests.api.test_conventions import Script, links, problem

pytestmark = pytest.mark.django_db

EVENTS = "/api/v1/events"
USERS = "/api/v1/users"
ME_EVENTS = "/api/v1/me/events"


class Service(Script):
    """A client that acts for itself."""

    def __init__(self, *scopes: str) -> None:
        names = {"scopes": " ".join(scopes), "default_scopes": ""}
        app = register("Collector", grant_types="client_credentials", **names)
        form = {"grant_type": "client_credentials", "scope": " ".join(scopes)}
        self.token = app.post("/oauth/token/", form).json()["access_token"]


@pytest.fixture
def collector() -> Service:
    return Service("site.events")


def happen(user: User | None = None, **what: Any) -> str:
    row = record(Event.SIGN_OUT, actor=Actor.PERSON, user=user, **what)
    return str(row.sub)


def followed(collector: Service, address: str) -> Iterator[tuple[list[Any], str]]:
    while True:
        answer = collector("GET", address)
        assert answer.status_code == 200, answer.content
        address = links(answer)["next"]
        yield answer.json(), address


def test_a_collector_reads_each_event_once_and_goes_on_at_the_end(
    collector: Service, alice: User, bob: User
) -> None:
    for person in (alice, bob, alice):
        happen(person)
    pages = followed(collector, f"{EVENTS}?limit=2&kind=sign_out")
    first, last = next(pages)[0], next(pages)[0]
    assert [each["sub"] for each in first + last] == [alice.sub, bob.sub, alice.sub]
    assert next(pages)[0] == []
    happen(bob)
    assert [each["sub"] for each in next(pages)[0]] == [bob.sub]
    assert next(pages)[0] == []


def test_no_token_of_a_person_opens_it_and_a_clients_own_opens_no_person(
    collector: Service, alice: User
) -> None:
    script = Script(alice, *held_by(Holder.PERSONAL_TOKEN), "site.events")
    problem(script("GET", EVENTS), 403, "insufficient-scope")
    problem(Service("profile", "site.events")("GET", "/api/v1/me"), 403, "person-required")
    problem(Service("profile")("GET", EVENTS), 403, "insufficient-scope")


def test_nothing_but_a_superuser_gives_what_is_about_the_whole_site(settings: Any) -> None:
    assert "site.events" in of_services()
    assert of_services() <= given_by_superusers()
    settings.REGISTRATION_SCOPES = ["openid", "site.events"]
    assert [each.id for each in checks.check_registration()] == ["oauth_server.E004"]


def test_a_client_cannot_register_itself_for_it(settings: Any, client: Browser) -> None:
    settings.REGISTRATION = "open"
    settings.REGISTRATION_SCOPES = ["openid", "site.events"]
    sent = {"redirect_uris": ["https://app.example/back"], "scope": "openid site.events"}
    answer = client.post(reverse("oauth_server:register"), sent, content_type="application/json")
    assert (answer.status_code, answer.json()["scope"]) == (201, "openid")


def test_events_are_filtered_and_an_error_names_the_parameter(
    collector: Service, alice: User
) -> None:
    happen(alice)
    happen(alice, outcome=Outcome.FAILED, client_id="kettle")
    script = Script(alice, "events")
    for reader, address in ((collector, EVENTS), (script, ME_EVENTS)):
        for query, number in (
            ("kind=sign_out", 2),
            ("kind=sign_out&outcome=failed", 1),
            ("client=kettle", 1),
            ("kind=sign_out&since=2020-01-01T00:00:00Z&until=9999-01-01T00:00:00Z", 2),
            ("until=2020-01-01T00:00:00Z", 0),
        ):
            assert len(reader("GET", f"{address}?{query}").json()) == number, query
        for name, value in (
            *(("kind", "tea"), ("kind", ""), ("outcome", "%00"), ("since", "0000-01-01T00:00:00Z")),
            *(("until", "tomorrow"), ("client", "%ED%A0%80"), ("client", "a%00"), ("client", "")),
        ):
            told = problem(reader("GET", f"{address}?{name}={value}"), 400, "invalid-parameter")
            assert [each["parameter"] for each in told["errors"]] == [name], value


def test_a_cursor_of_another_filter_is_refused(collector: Service, alice: User) -> None:
    happen(alice)
    _, onward = next(followed(collector, f"{EVENTS}?kind=sign_out"))
    other = onward.replace("kind=sign_out", "kind=sign_in")
    problem(collector("GET", other), 400, "invalid-cursor")


def test_wrong_tokens_are_limited_by_address_and_good_ones_are_not(
    settings: Any, collector: Service
) -> None:
    settings.RATE_LIMITS = settings.RATE_LIMITS | {"api_failures": "2/m"}
    guess = Service.__new__(Service)
    guess.token = "lk_at_" + "x" * 40
    for _ in range(2):
        problem(guess("GET", EVENTS), 401, "token-invalid")
    answer = guess("GET", EVENTS)
    problem(answer, 429, "too-many-requests")
    assert int(answer["Retry-After"]) > 0
    assert collector("GET", EVENTS).status_code == 200


def test_a_service_finds_people_and_reads_them(alice: User, bob: User) -> None:
    service = Service("site.users")
    assert [each["sub"] for each in service("GET", USERS).json()] == [bob.sub, alice.sub]
    for name in (alice.email, alice.email.upper(), alice.sub):
        (found,) = service("GET", f"{USERS}?named={name}").json()
        assert service("GET", f"{USERS}/{found['id']}").json() == found
        assert (found["email"], found["active"]) == (alice.email, True)
    assert service("GET", f"{USERS}?named=nobody@example.com").json() == []
    for name in ("", "a%00", "x" * 321):
        told = problem(service("GET", f"{USERS}?named={name}"), 400, "invalid-parameter")
        assert told["errors"][0]["parameter"] == "named"
    for wrong in ("1", "x" * 22, "%00"):
        problem(service("GET", f"{USERS}/{wrong}"), 404, "not-found")


def deactivate(service: Service, person: User, **headers: str) -> Any:
    (found,) = service("GET", f"{USERS}?named={person.sub}").json()
    address = f"{USERS}/{found['id']}"
    headers = headers or {"if_match": service("GET", address)["ETag"]}
    return service("PATCH", address, {"active": False}, **headers)


def test_deactivation_ends_all_is_the_clients_act_and_is_told(
    alice: User, django_capture_on_commit_callbacks: Any
) -> None:
    over = timezone.now() + timedelta(hours=1)
    Session.objects.create(session_key="s" * 32, sid="s" * 32, user=alice, expire_date=over)
    service = Service("site.users", "site.users.write")
    with django_capture_on_commit_callbacks(execute=True):
        assert deactivate(service, alice).json()["active"] is False
    assert not Session.objects.filter(user=alice).exists()
    event = SecurityEvent.objects.get(kind=Event.EVERYTHING_ENDED, user=alice)
    assert (event.actor, event.client and event.client.name) == (Actor.CLIENT, "Collector")
    assert [alice.email] in [each.to for each in mail.outbox]
    assert deactivate(service, alice).status_code == 200
    assert SecurityEvent.objects.filter(kind=Event.EVERYTHING_ENDED).count() == 1


def test_a_deactivation_needs_the_version_the_scope_and_somebody_in_reach(
    alice: User, bob: User
) -> None:
    User.objects.filter(pk=bob.pk).update(is_staff=True)
    service = Service("site.users", "site.users.write")
    problem(deactivate(service, bob), 403, "forbidden")
    problem(deactivate(service, alice, if_match='"old"'), 412, "precondition-failed")
    problem(deactivate(service, alice, accept="*/*"), 428, "precondition-required")
    problem(deactivate(Service("site.users"), alice), 403, "insufficient-scope")
    (found,) = service("GET", f"{USERS}?named={alice.sub}").json()
    address = f"{USERS}/{found['id']}"
    wrong: list[Any] = [{"active": "maybe"}, {"active": None}, {"is_staff": True}, []]
    for body in wrong:
        assert service("PATCH", address, body, if_match="*").status_code == 400, body
    User.objects.filter(pk=alice.pk).update(is_active=False)
    assert User.objects.filter(is_active=True).get().pk == bob.pk


GROUPS, CLIENTS = "/api/v1/groups", "/api/v1/clients"


def version(service: Service, address: str) -> str:
    return str(service("GET", address)["ETag"])


@pytest.fixture
def keeper() -> Service:
    return Service(
        *("site.users", "site.users.write", "site.groups", "site.clients", "site.clients.write")
    )


@pytest.fixture
def cooks() -> Group:
    group = Group.objects.create(name="Cooks")
    GroupProfile.objects.make_for([group])
    return group


def test_somebody_is_added_with_groups_and_told_by_a_link(
    keeper: Service, cooks: Group, django_capture_on_commit_callbacks: Any
) -> None:
    wanted = {"email": "Dora@Example.com", "name": "Dora", "groups": ["cooks"]}
    with django_capture_on_commit_callbacks(execute=True):
        answer = keeper("POST", USERS, wanted)
    assert answer.status_code == 201, answer.content
    dora = User.objects.get(email="dora@example.com")
    assert keeper("GET", answer["Location"]).json()["sub"] == dora.sub
    assert [each.to for each in mail.outbox] == [["dora@example.com"]]
    assert [each["slug"] for each in keeper("GET", f"{answer['Location']}/groups").json()] == [
        "cooks"
    ]
    kinds = SecurityEvent.objects.filter(user=dora).values_list("kind", "actor")
    assert set(kinds) == {(Event.ACCOUNT_MADE, Actor.CLIENT), (Event.GROUP_JOINED, Actor.CLIENT)}
    problem(keeper("POST", USERS, wanted), 409, "conflict")


def test_who_cannot_be_added_is_told_field_by_field(keeper: Service, alice: User) -> None:
    for body, pointer in (
        ({"email": "nobody"}, "/email"),
        ({"email": "anna@-.example"}, "/email"),
        ({"email": "anna@a..example"}, "/email"),
        ({"email": "a@b.example", "name": "x" * 500}, "/name"),
        ({"email": "a@b.example", "name": "a\u202eb"}, "/name"),
        ({"email": "a@b.example", "groups": ["none"]}, "/groups"),
        ({"email": "a@b.example", "is_staff": True}, "/is_staff"),
        ({}, "/email"),
    ):
        told = problem(keeper("POST", USERS, body), 400, "invalid-fields")
        assert [each["pointer"] for each in told["errors"]] == [pointer], body
    problem(keeper("POST", USERS, {"email": alice.email}), 409, "conflict")


def test_nobody_is_put_into_a_group_that_gives_rights(
    keeper: Service, alice: User, cooks: Group
) -> None:
    cooks.permissions.add(Permission.objects.first())
    wanted = {"email": "dora@example.com", "groups": ["cooks"]}
    problem(keeper("POST", USERS, wanted), 403, "forbidden")
    address = f"{USERS}/{identifier('user', alice.pk)}/groups"
    match = {"If-Match": version(keeper, address)}
    problem(keeper("PUT", address, {"groups": ["cooks"]}, **match), 403, "forbidden")
    assert not User.objects.filter(email="dora@example.com").exists()
    assert keeper("GET", f"{GROUPS}/cooks").json()["gives_rights"] is True


def test_groups_of_somebody_are_chosen_and_read_from_both_sides(
    keeper: Service, alice: User, cooks: Group
) -> None:
    address = f"{USERS}/{identifier('user', alice.pk)}/groups"
    problem(keeper("PUT", address, {"groups": ["cooks"]}), 428, "precondition-required")
    match = {"If-Match": version(keeper, address)}
    assert keeper("PUT", address, {"groups": ["cooks"]}, **match).status_code == 200
    problem(keeper("PUT", address, {"groups": []}, **match), 412, "precondition-failed")
    assert [each["sub"] for each in keeper("GET", f"{GROUPS}/cooks/members").json()] == [alice.sub]
    assert "cooks" in [each["slug"] for each in keeper("GET", f"{GROUPS}?limit=100").json()]
    match = {"If-Match": version(keeper, address)}
    assert keeper("PUT", address, {"groups": []}, **match).json() == []
    left = SecurityEvent.objects.get(kind=Event.GROUP_LEFT)
    assert (left.actor, left.client.name) == (Actor.CLIENT, "Collector")
    assert sentence(left, {}) == "Collector removed you from the group “Cooks”"
    joined = SecurityEvent.objects.get(kind=Event.GROUP_JOINED)
    assert sentence(joined, {}) == "Collector added you to the group “Cooks”"
    problem(keeper("GET", f"{GROUPS}/none/members"), 404, "not-found")


def test_an_app_that_closes_with_a_group_is_told_with_the_service_that_chose(
    keeper: Service, alice: User, cooks: Group
) -> None:
    address = f"{USERS}/{identifier('user', alice.pk)}/groups"
    match = {"If-Match": version(keeper, address)}
    assert keeper("PUT", address, {"groups": ["cooks"]}, **match).status_code == 200
    recipes = register("Recipes")
    Client.objects.filter(pk=recipes.client.pk).update(is_restricted=True)
    recipes.client.groups.add(cooks)
    recipes.tokens_for(alice)
    match = {"If-Match": version(keeper, address)}
    assert keeper("PUT", address, {"groups": []}, **match).status_code == 200
    event = SecurityEvent.objects.get(kind=Event.TOKEN_REVOKED)
    collector = Client.objects.get(name="Collector")
    assert (event.client, event.details["by"]) == (recipes.client, collector.client_id)
    assert sentence(event, {}).startswith(
        "Collector removed you from a group, so Recipes lost access to your account."
    )


def test_somebody_is_reactivated_and_reads_by_whom(keeper: Service, alice: User) -> None:
    User.objects.update(is_active=False)
    address = f"{USERS}/{identifier('user', alice.pk)}"
    for _ in range(2):
        match = {"If-Match": version(keeper, address)}
        assert keeper("PATCH", address, {"active": True}, **match).json()["active"] is True
    assert SecurityEvent.objects.get(kind=Event.ACCOUNT_REACTIVATED).user == alice
    User.objects.update(is_active=False, delete_after=timezone.now() + timedelta(days=1))
    match = {"If-Match": version(keeper, address)}
    keeper("PATCH", address, {"active": True}, **match)
    kept = SecurityEvent.objects.get(kind=Event.DELETION_CANCELLED)
    assert sentence(kept, {}) == "Collector cancelled the deletion of this account"
    User.objects.update(is_active=False, is_staff=True)
    match = {"If-Match": version(keeper, address)}
    problem(keeper("PATCH", address, {"active": True}, **match), 403, "forbidden")


def test_a_client_is_registered_and_given_another_secret(keeper: Service) -> None:
    wanted = {"client_name": "Kettle", "redirect_uris": ["https://kettle.example/back"]}
    made = keeper("POST", CLIENTS, wanted, **{"Idempotency-Key": "one"})
    assert made.status_code == 201, made.content
    assert keeper("POST", CLIENTS, wanted, **{"Idempotency-Key": "one"}).json() == made.json()
    kettle = Client.objects.get(name="Kettle")
    told = made.json()
    assert (told["verified"], told["registered_by"]) == (False, "dcr")
    assert told["client_secret"].startswith("lk_cs_")
    assert "client_secret" not in keeper("GET", made["Location"]).json()
    assert keeper("GET", made["Location"]).json() in keeper("GET", CLIENTS).json()
    second = keeper("POST", f"{made['Location']}/secrets", {"days": 30}).json()
    assert second["expires"]
    for secret in (told["client_secret"], second["client_secret"]):
        asked = App(kettle, secret).post("/oauth/introspect/", {"token": "x"})
        assert asked.json() == {"active": False}
    listed = keeper("GET", f"{made['Location']}/secrets").json()
    assert [each["ends_with"] for each in listed] == [
        second["client_secret"][-4:],
        told["client_secret"][-4:],
    ]
    old = f"{made['Location']}/secrets/{listed[1]['id']}"
    assert keeper("DELETE", old).status_code == 204
    problem(keeper("DELETE", old), 404, "not-found")
    assert kettle.secrets.count() == 1
    for kind, words in (
        (Event.CLIENT_REGISTERED, "Collector registered the client app “Kettle”"),
        (Event.CLIENT_SECRET_MADE, "Collector created a secret for the client app “Kettle”"),
        (Event.CLIENT_SECRET_ENDED, "Collector ended a secret of the client app “Kettle”"),
    ):
        event = SecurityEvent.objects.get(kind=kind)
        assert (event.actor, event.client.name) == (Actor.CLIENT, "Collector")
        assert event.details == {"name": "Kettle", "client_id": kettle.client_id}
        assert sentence(event, {}) == words


def test_a_client_has_so_many_secrets_that_work_and_no_more(keeper: Service) -> None:
    wanted = {"client_name": "Kettle", "redirect_uris": ["https://kettle.example/back"]}
    secrets = f"{keeper('POST', CLIENTS, wanted)['Location']}/secrets"
    kettle = Client.objects.get(name="Kettle")
    ended = timezone.now() - timedelta(days=1)
    ClientSecret.objects.keep(kettle, "long gone", expires=ended)
    for _ in range(MOST_SECRETS - 1):
        assert keeper("POST", secrets, {"days": 1}).status_code == 201
    told = problem(keeper("POST", secrets, {}), 409, "conflict")
    assert told["detail"] == "A client app has 10 secrets that work at most: delete one first."
    oldest = keeper("GET", f"{secrets}?limit=100").json()[0]
    assert keeper("DELETE", f"{secrets}/{oldest['id']}").status_code == 204
    assert keeper("POST", secrets, {}).status_code == 201
    assert ClientSecret.objects.live().filter(client=kettle).count() == MOST_SECRETS


def test_no_client_of_a_superuser_is_within_reach(keeper: Service) -> None:
    own = Client.objects.get(name="Collector")
    address = f"{CLIENTS}/{identifier('client', own.pk)}/secrets"
    problem(keeper("POST", address, {}), 403, "forbidden")
    listed = keeper("GET", address).json()
    problem(keeper("DELETE", f"{address}/{listed[0]['id']}"), 403, "forbidden")
    public = register("Terminal", client_type="public", redirect_uris="http://127.0.0.1/back")
    address = f"{CLIENTS}/{identifier('client', public.client.pk)}/secrets"
    problem(keeper("POST", address, {}), 409, "conflict")


def test_a_client_that_cannot_be_is_told_field_by_field(keeper: Service) -> None:
    for changes, pointer in (
        ({"redirect_uris": ["http://kettle.example/"]}, "/redirect_uris"),
        ({"redirect_uris": []}, "/redirect_uris"),
        ({"grant_types": ["client_credentials"]}, "/grant_types"),
        ({"grant_types": ["password"]}, "/grant_types"),
        ({"scope": "site.users"}, "/scope"),
        ({"client_name": ""}, "/client_name"),
        ({"token_endpoint_auth_method": "private_key_jwt"}, "/jwks"),
        ({"sector_identifier_uri": "https://a.example/"}, "/sector_identifier_uri"),
    ):
        wanted = {"client_name": "Kettle", "redirect_uris": ["https://kettle.example/"]} | changes
        told = problem(keeper("POST", CLIENTS, wanted), 400, "invalid-fields")
        assert [each["pointer"] for each in told["errors"]] == [pointer], changes
    assert not Client.objects.filter(name="Kettle").exists()


def test_each_needs_its_scope(alice: User, cooks: Group) -> None:
    reader = Service("site.users", "site.clients")
    user = f"{USERS}/{identifier('user', alice.pk)}"
    for method, address in (
        *(("POST", USERS), ("PUT", f"{user}/groups"), ("GET", GROUPS)),
        *(("GET", f"{GROUPS}/cooks/members"), ("POST", CLIENTS)),
    ):
        problem(reader(method, address, {}), 403, "insufficient-scope")
