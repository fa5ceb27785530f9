"""A resource server keeps its own protected resources by the API."""

import pytest

from accounts.models import SecurityEvent
from accounts.models.event_kinds import Event
from accounts.oauth_server.models import ProtectedResource
from tests.api.test_conventions import problem
from tests.api.test_services import Service, version

pytestmark = pytest.mark.django_db

RESOURCES = "/api/v1/resources"
CALENDAR = {
    "identifier": "https://calendar.example/mcp",
    "name": "Calendar",
    "scopes": {"calendar.read": "See your calendar"},
}


@pytest.fixture
def server() -> Service:
    return Service("resources", "resources.write")


def test_it_registers_changes_and_deletes_what_it_serves(server: Service) -> None:
    made = server("POST", RESOURCES, CALENDAR)
    assert made.status_code == 201, made.content
    row = ProtectedResource.objects.get()
    assert (row.server.name, row.sentences) == ("Collector", CALENDAR["scopes"])
    told = made.json()
    assert (told["access_token_format"], told["for_listed_apps_only"]) == ("opaque", False)
    assert server("GET", RESOURCES).json() == [told]
    where = made["Location"].removeprefix("http://testserver")
    match = {"If-Match": version(server, where)}
    changed = server("PATCH", where, {"access_token_format": "jwt"}, **match)
    assert changed.json()["access_token_format"] == "jwt"
    wrong = {"scopes": {"openid": "Sign in"}}
    match = {"If-Match": version(server, where)}
    told = problem(server("PATCH", where, wrong, **match), 400, "invalid-fields")
    assert [each["pointer"] for each in told["errors"]] == ["/scopes"]
    assert server("DELETE", where).status_code == 204
    codes = SecurityEvent.objects.filter(kind=Event.RESOURCE_CHANGED).order_by("pk")
    assert [each.details["code"] for each in codes] == ["made", "changed", "deleted"]


def test_what_cannot_be_is_told_and_others_are_out_of_sight(server: Service) -> None:
    other = ProtectedResource.objects.create(identifier="https://other.example", name="Other")
    for changes, pointer in (
        ({"identifier": "calendar"}, "/identifier"),
        ({"identifier": "http://testserver/api/v1"}, "/identifier"),
        ({"scopes": {"a b": "Two"}}, "/scopes"),
        ({"scopes": {"a": "One\nb Two"}}, "/scopes"),
        ({"scopes": {"a": "One\u2028b Two"}}, "/scopes"),
        ({"scopes": {"a": " "}}, "/scopes/a"),
        ({"scopes": ["a"]}, "/scopes"),
        ({"name": ""}, "/name"),
        ({"access_token_minutes": 0}, "/access_token_minutes"),
        ({"is_for_listed": False}, "/is_for_listed"),
    ):
        told = problem(server("POST", RESOURCES, CALENDAR | changes), 400, "invalid-fields")
        assert [each["pointer"] for each in told["errors"]] == [pointer], changes
    same = CALENDAR | {"identifier": "https://OTHER.example/"}
    problem(server("POST", RESOURCES, same), 409, "conflict")
    assert server("GET", RESOURCES).json() == []
    ProtectedResource.objects.exclude(pk=other.pk).delete()
    for number in range(20):
        one = CALENDAR | {"identifier": f"https://{number}.example"}
        assert server("POST", RESOURCES, one).status_code == 201
    problem(server("POST", RESOURCES, CALENDAR), 409, "conflict")
