"""What every resource of the API has by inheriting one class: shown by one that somebody adds."""

import json
import re
import threading
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connections
from django.http import HttpRequest
from django.test import Client as Browser
from django.test import override_settings
from django.urls import URLPattern, include, path
from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.limits import lots
from accounts.models import KnownDevice, User
from accounts.oauth_server.models import KeptAnswer, PersonalToken
from accounts.oauth_server.rules.scopes import SCOPES
from accounts.site.problems import PROBLEMS
from api import cursors
from api import urls as api_urls
from api.authentication import person_of
from api.permissions import ANY
from api.resource import Resource
from config import urls as site_urls

pytestmark = pytest.mark.django_db


class CupSerializer(serializers.Serializer):  # type: ignore[type-arg]
    """A cup, and what is in it."""

    name = serializers.CharField(max_length=20)
    spoons = serializers.IntegerField(min_value=0, required=False)


class NameSerializer(serializers.Serializer):  # type: ignore[type-arg]
    """What a cup is called."""

    name = serializers.CharField(source="nickname")


class Cups(Resource):
    """Devices stand in for cups: a table of the person's own."""

    required_scopes = {"GET": "profile", "POST": "profile"}
    deprecated = datetime(2026, 11, 28, tzinfo=UTC)
    sunset = datetime(2027, 11, 28, tzinfo=UTC)

    def get(self, request: Request) -> Response:
        rows = KnownDevice.objects.filter(user=person_of(request))
        return cursors.page(request, rows, by=("-last_used", "-pk"), show=lambda row: row.digest)

    def post(self, request: Request) -> Response:
        cup = self.fields(CupSerializer)
        made = KnownDevice.objects.create(
            user_id=person_of(request), digest=f"{cup['name']}{timezone.now()}"[:64]
        )
        return Response({"made": made.digest}, 201, headers={"Location": "/api/v1/cups/1"})


class Cup(Resource):
    required_scopes = dict.fromkeys(("GET", "PATCH", "DELETE"), "profile")
    match_required = frozenset({"PATCH"})

    def get(self, request: Request) -> Response:
        return Response({"name": User.objects.get(pk=person_of(request)).nickname})

    def lock(self, request: Request, **named: Any) -> None:
        User.objects.lock(person_of(request))

    def patch(self, request: Request) -> Response:
        User.objects.filter(pk=person_of(request)).update(**self.fields(NameSerializer))
        return self.get(request)

    def delete(self, request: Request) -> Response:
        User.objects.filter(pk=person_of(request)).update(nickname="")
        return Response(status=204)


urlpatterns = [
    path("api/v1/cups", Cups.as_view()),
    path("api/v1/cup", Cup.as_view()),
    path("", include("config.urls")),
]

handler400, handler403, handler404, handler500 = (
    getattr(site_urls, f"handler{status}") for status in (400, 403, 404, 500)
)

CUPS, CUP = "/api/v1/cups", "/api/v1/cup"


class Script:
    """A script of a person's, with a token of theirs."""

    def __init__(self, person: User, *scopes: str) -> None:
        name = f"script {timezone.now()}"
        granted = frozenset(scopes or {"profile"})
        self.token = PersonalToken.objects.issue(person, name=name, scopes=granted, expires=None)

    def __call__(
        self, method: str, address: str, body: Any = b"", kind: str = "application/json", **h: str
    ) -> Any:
        headers = {"Authorization": f"Bearer {self.token}"}
        headers |= {name.replace("_", "-"): value for name, value in h.items()}
        sent = body if isinstance(body, bytes) else json.dumps(body).encode()
        return Browser(raise_request_exception=False).generic(
            method, address, sent, kind, headers=headers
        )


@pytest.fixture(autouse=True, scope="module")
def _here() -> Iterator[None]:
    with override_settings(ROOT_URLCONF=__name__):
        yield


@pytest.fixture
def script(alice: User) -> Script:
    return Script(alice)


def problem(response: Any, status: int, name: str) -> dict[str, Any]:
    """Return the body of a problem of this type, which has all that a problem has."""
    assert response.status_code == status, response.content
    assert response["Content-Type"] == "application/problem+json"
    assert "no-store" in response["Cache-Control"]
    assert response.content.endswith(b"}\n")
    told: dict[str, Any] = response.json()
    assert told["type"] == PROBLEMS[name].address
    assert told["status"] == status
    assert told["detail"]
    assert told["title"] == PROBLEMS[name].title
    assert told["request_id"] == response["X-Request-ID"]
    return told


def test_every_view_states_a_registered_scope_for_each_of_its_methods() -> None:
    """But for the schema, which everybody may read."""
    patterns = [each for each in api_urls.urlpatterns if isinstance(each, URLPattern)]
    views = [(each.name, each.callback.view_class) for each in patterns]
    guarded = [(name, view) for name, view in views if name != "schema"]
    assert len(guarded) > 2
    for name, view in guarded:
        methods = {"get", "post", "put", "patch", "delete"} & set(dir(view))
        assert issubclass(view, Resource), name
        assert {method.upper() for method in methods} == set(view.required_scopes), name
        assert set(view.required_scopes.values()) <= {*SCOPES, ANY}, name


def test_each_type_of_problem_has_a_page_in_the_words_of_the_registry(client: Browser) -> None:
    index = client.get("/developers/problems/").content.decode()
    for each in PROBLEMS.values():
        assert each.address.startswith("http://testserver/developers/problems/")
        assert each.address.removeprefix("http://testserver") in index
    page = client.get(PROBLEMS["precondition-required"].address).content.decode()
    assert PROBLEMS["precondition-required"].remedy.split("“")[0] in page
    assert client.get("/developers/problems/nothing/").status_code == 404


def test_an_answer_ends_its_line_is_kept_by_nobody_and_tells_its_end(script: Script) -> None:
    response = script("GET", CUPS)

    assert response.content == b"[]\n"
    assert response["Cache-Control"] == "no-store"
    assert response["Deprecation"] == "@1795824000"
    assert response["Sunset"] == "Sun, 28 Nov 2027 00:00:00 GMT"


def test_head_and_options_and_other_methods_say_what_there_is(script: Script) -> None:
    head = script("HEAD", CUP)
    assert (head.status_code, head.content) == (200, b"")
    assert head["ETag"] == script("GET", CUP)["ETag"]

    may = Browser().options(CUP)
    assert (may.status_code, may.content) == (204, b"")
    assert set(may["Allow"].split(", ")) == {"GET", "HEAD", "PATCH", "DELETE", "OPTIONS"}
    assert may["Accept-Patch"] == "application/json, application/merge-patch+json"
    assert "Content-Length" not in may
    assert Browser().options(CUPS)["Accept-Post"] == "application/json"

    for method in ("PUT", "TRACE", "BREW"):
        refused = script(method, CUP)
        problem(refused, 405, "method-not-allowed")
        assert refused["Allow"] == may["Allow"]


def test_what_is_not_there_or_not_taken_is_a_problem_of_its_own_type(script: Script) -> None:
    problem(script("GET", "/api/v1/nothing"), 404, "not-found")
    problem(script("GET", "/api"), 404, "not-found")
    problem(script("GET", CUP, Accept="text/html"), 406, "not-acceptable")
    for kind in (
        "text/plain",
        "application/x-www-form-urlencoded",
        "a",
        "application/json;charset=latin-1",
    ):
        problem(script("POST", CUPS, b"name=x", kind), 415, "unsupported-media-type")
    for number in (70_000, 20_000_000):
        told = problem(script("POST", CUPS, b" " * number), 413, "content-too-large")
        assert told["detail"] == "The body may have 64 KiB at most."
    with override_settings(DATA_UPLOAD_MAX_MEMORY_SIZE=1_000):
        told = problem(script("POST", CUPS, b" " * 2_000), 413, "content-too-large")
    assert told["detail"] == "The body may have 1,000 bytes at most."
    told = problem(script("GET", f"{CUPS}?x={'x' * 60_000}"), 414, "uri-too-long")
    assert told["detail"] == "Path and query together may have 16,000 characters at most."


def test_a_refusal_of_a_token_names_the_scope_of_this_very_view(alice: User) -> None:
    def challenge(response: Any) -> dict[str, str]:
        assert response["WWW-Authenticate"].startswith("Bearer ")
        return dict(re.findall(r'(\w+)="([^"]*)"', response["WWW-Authenticate"]))

    missing = Browser().get(CUPS)
    problem(missing, 401, "token-missing")
    assert "error" not in challenge(missing)
    wrong = Browser().get(CUPS, headers={"Authorization": "Bearer lk_at_x"})
    problem(wrong, 401, "token-invalid")
    lacking = Script(alice, "email")("GET", CUPS)
    problem(lacking, 403, "insufficient-scope")
    for response in (missing, wrong, lacking):
        told = challenge(response)
        assert told["scope"] == "profile"
        assert told["resource_metadata"].startswith("http://testserver/.well-known/")


def test_every_operation_names_the_scope_that_opens_it_to_whoever_is_refused(alice: User) -> None:
    script, asked = Script(alice, "phone"), 0
    for pattern in api_urls.urlpatterns:
        address = f"/api/v1/{re.sub('<[^>]*>', 'x', str(pattern.pattern))}"
        scopes = getattr(pattern.callback, "view_class").required_scopes  # noqa: B009
        for method, scope in scopes.items():
            answers = [(401, Browser().generic(method, address))]
            answers += [(403, script(method, address))] if scope else []
            for status, refused in answers:
                assert refused.status_code == status, (method, address)
                assert (f'scope="{scope}"' in refused["WWW-Authenticate"]) == bool(scope)
                assert "/oauth-protected-resource/api/v1" in refused["WWW-Authenticate"]
                asked += 1
    assert asked > 80


def test_a_token_in_the_address_is_refused_beside_one_in_the_header(script: Script) -> None:
    problem(script("GET", f"{CUPS}?access_token=x"), 400, "token-in-query")


def test_json_is_read_strictly_and_what_is_wrong_is_pointed_at(script: Script) -> None:
    for body, pointer in (
        (b'{"name": "a", "name": "b"}', ""),
        (b'{"a/b": {"c": [0, {"d": 1, "d": 2}]}}', "/a~1b/c/1"),
        (b'{"spoons": NaN}', "/spoons"),
        (b'{"spoons": -Infinity}', "/spoons"),
        (b'{"spoons": 1e999}', "/spoons"),
        (b'{"name": "\\ud800"}', "/name"),
        (b'{"name": "\\u0000"}', "/name"),
        (b'{"\\udfff": 1}', ""),
    ):
        told = problem(script("POST", CUPS, body), 400, "invalid-json")
        assert [each["pointer"] for each in told["errors"]] == [pointer], body
    for body in (
        b"[" * 10_000,
        b"[" * 40 + b"]" * 40,
        b'{"name": ',
        b"\xff\xfe{}",
        b"9" * 5_000,
        b"\x00",
    ):
        problem(script("POST", CUPS, body), 400, "invalid-json")
    for body in (b"[1]", b"1", b"null", b'""'):
        problem(script("POST", CUPS, body), 400, "invalid-fields")


def test_a_wrong_field_is_named_by_a_json_pointer(script: Script) -> None:
    told = problem(script("POST", CUPS, {"spoons": -1}), 400, "invalid-fields")
    assert {each["pointer"] for each in told["errors"]} == {"/name", "/spoons"}
    assert all(each["detail"] for each in told["errors"])
    told = problem(script("POST", CUPS, {"name": "a", "mlik": True}), 400, "invalid-fields")
    assert told["errors"] == [{"pointer": "/mlik", "detail": "There is no such field here."}]


# --- Versions ---


def test_who_has_it_already_is_not_sent_it_again(alice: User, script: Script) -> None:
    first = script("GET", CUP)
    assert re.fullmatch(r'"[0-9a-f]{32}"', first["ETag"])
    for known in (first["ETag"], f'"x", W/{first["ETag"]}', "*"):
        again = script("GET", CUP, If_None_Match=known)
        assert (again.status_code, again.content) == (304, b"")
        assert again["ETag"] == first["ETag"]
        assert "Content-Length" not in again
        assert "Content-Type" not in again
    for other in ('"x"', "", "nonsense", '"'):
        assert script("GET", CUP, If_None_Match=other).status_code == 200
    User.objects.filter(pk=alice.pk).update(nickname="Al")
    assert script("GET", CUP, If_None_Match=first["ETag"]).status_code == 200


def test_a_change_needs_the_version_that_it_changes(alice: User, script: Script) -> None:
    version = script("GET", CUP)["ETag"]
    problem(script("PATCH", CUP, {"name": "Al"}), 428, "precondition-required")
    for wrong in ("x", '"', '"a" "b"', "* , *", ""):
        told = problem(script("PATCH", CUP, {"name": "Al"}, If_Match=wrong), 400, "invalid-header")
        assert told["errors"][0]["header"] == "If-Match"
    for old in ('"x"', f"W/{version}"):
        problem(script("PATCH", CUP, {"name": "Al"}, If_Match=old), 412, "precondition-failed")
    changed = script("PATCH", CUP, {"name": "Al"}, If_Match=f'"x", {version}')
    assert changed.json() == {"name": "Al"}
    assert changed["ETag"] == script("GET", CUP)["ETag"] != version
    problem(script("DELETE", CUP, If_Match=version), 412, "precondition-failed")
    alice.refresh_from_db()
    assert alice.nickname == "Al"
    assert script("PATCH", CUP, {"name": "Ali"}, If_Match="*").status_code == 200
    assert script("DELETE", CUP).status_code == 204


# --- Lists ---


def devices(person: User, *names: str) -> None:
    for name in names:
        KnownDevice.objects.create(user=person, digest=name, last_used=timezone.now())


def links(response: Any) -> dict[str, str]:
    found = re.findall(r'<http://testserver([^>]+)>; rel="(\w+)"', response["Link"])
    return {relation: address for address, relation in found}


def test_a_list_is_walked_forth_and_back_while_rows_come(alice: User, script: Script) -> None:
    devices(alice, *"abcde")
    page = script("GET", f"{CUPS}?limit=2")
    assert page.json() == ["e", "d"]
    assert links(page).keys() == {"first", "next"}
    devices(alice, "f")
    second = script("GET", links(page)["next"])
    assert second.json() == ["c", "b"]
    last = script("GET", links(second)["next"])
    assert last.json() == ["a"]
    assert links(last).keys() == {"first", "prev"}
    assert script("GET", links(last)["prev"]).json() == ["c", "b"]
    back = script("GET", links(script("GET", links(last)["prev"]))["prev"])
    assert back.json() == ["e", "d"]
    assert script("GET", links(back)["prev"]).json() == ["f"]
    assert script("GET", links(back)["first"]).json() == ["f", "e"]


def test_a_cursor_opens_nothing_but_its_own_list(alice: User, bob: User, script: Script) -> None:
    devices(alice, *"abc")
    onward = links(script("GET", f"{CUPS}?limit=2"))["next"]
    assert script("GET", onward.replace("limit=2", "limit=1")).status_code == 200
    for address in (
        onward[:-6] + "AAAAAA",
        f"{CUPS}?cursor=",
        f"{CUPS}?cursor=%00%ff",
        f"{CUPS}?cursor={'A' * 300}",
    ):
        told = problem(script("GET", address), 400, "invalid-cursor")
        assert told["errors"][0]["parameter"] == "cursor"
    problem(Script(bob)("GET", onward), 400, "invalid-cursor")
    for limit in ("0", "101", "-1", "x", "", "1e1", "²"):
        told = problem(script("GET", f"{CUPS}?limit={limit}"), 400, "invalid-parameter")
        assert told["errors"][0]["parameter"] == "limit"


# --- Keys ---


def test_a_key_makes_one_and_answers_alike(alice: User, bob: User, script: Script) -> None:
    first = script("POST", CUPS, {"name": "tea"}, Idempotency_Key="k-1")
    again = script("POST", CUPS, {"name": "tea"}, Idempotency_Key="k-1")

    assert (first.status_code, again.status_code) == (201, 201)
    assert again.content == first.content
    assert again["Location"] == first["Location"]
    assert "Idempotency-Replayed" not in first
    assert again["Idempotency-Replayed"] == "true"
    assert KnownDevice.objects.count() == 1
    other = script("POST", CUPS, {"name": "coffee"}, Idempotency_Key="k-1")
    problem(other, 422, "idempotency-key-reused")
    for key in ("", " ", "é", "x" * 256):
        told = problem(
            script("POST", CUPS, {"name": "a"}, Idempotency_Key=key), 400, "invalid-header"
        )
        assert told["errors"][0]["header"] == "Idempotency-Key"
    assert Script(bob)("POST", CUPS, {"name": "tea"}, Idempotency_Key="k-1").json() != first.json()


def test_a_key_of_one_token_opens_nothing_to_another_of_the_same_person(alice: User) -> None:
    strong, weak = Script(alice, "tokens.write", "emails"), Script(alice, "tokens.write")
    asked = ("POST", "/api/v1/me/tokens", {"name": "a", "scopes": ["emails"]})
    assert strong(*asked, Idempotency_Key="k").status_code == 201
    told = problem(weak(*asked, Idempotency_Key="k"), 400, "invalid-fields")
    assert told["errors"][0]["pointer"] == "/scopes"


def test_a_refusal_is_not_kept_and_a_day_later_a_key_is_new(script: Script) -> None:
    problem(script("POST", CUPS, {}, Idempotency_Key="k"), 400, "invalid-fields")
    assert script("POST", CUPS, {"name": "tea"}, Idempotency_Key="k").status_code == 201
    KeptAnswer.objects.update(expires=timezone.now())
    assert script("POST", CUPS, {"name": "milk"}, Idempotency_Key="k").status_code == 201
    assert KnownDevice.objects.count() == 2


def test_what_was_answered_is_kept_sealed(script: Script) -> None:
    made = script("POST", CUPS, {"name": "secret"}, Idempotency_Key="k").json()["made"]
    with connections["default"].cursor() as cursor:
        cursor.execute(f"SELECT * FROM {KeptAnswer._meta.db_table}")
        assert made not in str(cursor.fetchall())


@pytest.mark.django_db(transaction=True)
def test_of_twenty_at_once_with_one_key_one_does_the_work(alice: User) -> None:
    script, answers = Script(alice), Counter[int]()
    begin = threading.Barrier(20)

    def send() -> None:
        begin.wait()
        answers[script("POST", CUPS, {"name": "tea"}, Idempotency_Key="k").status_code] += 1
        connections.close_all()

    threads = [threading.Thread(target=send) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert answers.keys() <= {201, 409}, answers
    assert KnownDevice.objects.count() == KeptAnswer.objects.count() == 1
    assert script("POST", CUPS, {"name": "tea"}, Idempotency_Key="k").status_code == 201
    assert KnownDevice.objects.count() == 1


# --- Limits ---


def test_a_limit_is_told_and_held_for_client_and_person(
    alice: User, bob: User, script: Script, settings: Any
) -> None:
    settings.RATE_LIMITS = settings.RATE_LIMITS | {"api": "3/h"}
    left = []
    for _ in range(3):
        response = script("GET", CUP)
        assert response["RateLimit-Policy"] == '"api";q=3;w=3600'
        found = re.fullmatch(r'"api";r=(\d+);t=(\d+)', response["RateLimit"])
        assert found
        assert 0 < int(found[2]) <= 3600
        left.append(int(found[1]))
    assert left == [2, 1, 0]
    lots.forget_all()  # as another process, which knows of nothing
    refused = script("GET", CUP)
    told = problem(refused, 429, "too-many-requests")
    assert told["retry_after"] == int(refused["Retry-After"]) > 0
    assert Script(bob)("GET", CUP).status_code == 200


def test_of_a_large_limit_a_lot_is_lent_before_it_is_counted(
    script: Script, settings: Any, django_assert_num_queries: Any
) -> None:
    settings.RATE_LIMITS = settings.RATE_LIMITS | {"api": "1000/h"}
    script("GET", "/api/v1/me")
    with django_assert_num_queries(9):
        for _ in range(9):
            script("GET", "/api/v1/me")
    with django_assert_num_queries(11):  # one of them counts twenty
        for _ in range(10):
            response = script("GET", "/api/v1/me")
    assert response["RateLimit"].startswith('"api";r=980;')


def test_no_more_pass_than_the_limit_and_a_lot_of_each_process(
    script: Script, settings: Any
) -> None:
    settings.RATE_LIMITS = settings.RATE_LIMITS | {"api": "1000/h"}
    processes: list[dict[Any, Any]] = [{}, {}, {}]
    passed = 0
    for turn in range(1100):
        kept = processes[turn % 3]
        lots._purses.clear()
        lots._purses.update(kept)
        try:
            lots.take(HttpRequest(), "api", "album", "1")
            passed += 1
        except lots.LimitReached:
            pass
        kept.clear()
        kept.update(lots._purses)
    assert 1000 <= passed <= 1030


@pytest.mark.django_db(transaction=True)
def test_of_changes_at_once_to_one_version_one_is_made(alice: User) -> None:
    script, answers = Script(alice), Counter[int]()
    version = script("GET", CUP)["ETag"]
    begin = threading.Barrier(8)

    def send(number: int) -> None:
        begin.wait()
        changed = script("PATCH", CUP, {"name": f"cup {number}"}, If_Match=version)
        answers[changed.status_code] += 1
        connections.close_all()

    threads = [threading.Thread(target=send, args=[number]) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert answers == {200: 1, 412: 7}


# --- What is wrong is said by its name, with what would do ---


def test_a_query_that_a_list_does_not_know_is_refused_by_its_name(script: Script) -> None:
    for query, names in (
        ("kinds=x", ["kinds"]),
        ("limit=1&limit=2", ["limit"]),
        ("limit=1&a=&b=1", ["a", "b"]),
    ):
        told = problem(script("GET", f"{CUPS}?{query}"), 400, "invalid-parameter")
        assert [each["parameter"] for each in told["errors"]] == names, query
    assert told["errors"][0]["detail"] == "Known here are: cursor, limit."


def test_a_value_of_another_type_is_not_taken_for_one_that_would_do(alice: User) -> None:
    keys = Script(alice, "tokens.write", "profile", "profile.write")
    tokens, good = "/api/v1/me/tokens", {"name": "a", "scopes": ["profile"]}
    for change, pointer in (
        ({"name": 5}, "/name"),
        ({"name": 1.5}, "/name"),
        ({"scopes": ["profile", 7]}, "/scopes/1"),
        ({"scopes": "profile"}, "/scopes"),
    ):
        told = problem(keys("POST", tokens, good | change), 400, "invalid-fields")
        assert [each["pointer"] for each in told["errors"]] == [pointer], change
    bodies: list[Any] = [[], "x", 5, None]
    for body in bodies:
        told = problem(keys("POST", tokens, body), 400, "invalid-fields")
        assert told["errors"] == [{"pointer": "", "detail": "The body has to be a JSON object."}]
    address = {"address": {"locality": 5}}
    told = problem(keys("PATCH", "/api/v1/me", address, If_Match="*"), 400, "invalid-fields")
    assert [each["pointer"] for each in told["errors"]] == ["/address/locality"]


def test_a_refusal_says_what_would_do(script: Script) -> None:
    def said(name: str, status: int, method: str, **headers: Any) -> str:
        body = None if method == "GET" else {"name": "a"}
        return str(problem(script(method, CUPS, body, **headers), status, name)["detail"])

    assert "GET" in said("method-not-allowed", 405, "PUT")
    assert "application/json" in said("not-acceptable", 406, "GET", Accept="text/html")
    gzip = said("unsupported-media-type", 415, "POST", Content_Encoding="gzip")
    assert "without Content-Encoding" in gzip
    plain = problem(script("POST", CUPS, "{}", "text/plain"), 415, "unsupported-media-type")
    assert "application/json" in plain["detail"]
