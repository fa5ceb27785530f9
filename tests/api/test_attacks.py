"""Send every operation of the API what no client should, and hold it to its description."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from allauth.socialaccount.models import SocialAccount
from django.contrib.auth.models import Group, Permission
from django.test import Client as Browser

from accounts.models import GroupProfile, SecurityEvent, User, Webhook, WebhookDelivery
from accounts.models.event_kinds import Event
from accounts.oauth_server.models import Client, PersonalToken
from accounts.oauth_server.rules.scopes import Holder, held_by, of_services
from accounts.webhooks import subscriptions, worker
from api.identifiers import identifier
from tests.accounts.oauth_server.conftest import register

pytestmark = pytest.mark.django_db

DEEP = "[" * 5_000 + "]" * 5_000
BODIES: list[tuple[str, bytes]] = [
    ("application/json", body.encode(errors="surrogatepass"))
    for body in (
        *("", "null", "[]", "{", "1", '"a"', "{}", "\ufeff{}", DEEP, '{"a":' * 90 + "1" + "}" * 90),
        *('{"name": NaN}', '{"name": 1e999}', '{"name": "\\ud800"}', '{"name": "\\u0000"}'),
        *('{"name": "a", "name": "b"}', f'{{"name": {"9" * 5_000}}}', '{"name": "\ud800"}'),
        *('{"is_superuser": true, "is_staff": true, "pk": 1, "email": "b@example.com"}',),
    )
]
BODIES += [
    ("", b"{}x"),
    ("text/plain", b"{}"),
    ("application/x-www-form-urlencoded", b"name=a"),
    ("multipart/form-data; boundary=x", b"--x--"),
    ("application/json; charset=utf-16", b"{}"),
    ("application/json; charset=", b"{}"),
    ('application/json; charset="\xff"', b"{}"),
    ("application/json, application/json", b"{}"),
]
HEADERS: list[dict[str, str]] = [
    {"If-Match": "*"},
    {"If-Match": 'W/"x"'},
    {"If-Match": '"x", "y"'},
    {"If-Match": "x"},
    {"If-Match": ""},
    {"If-None-Match": "\x80\xff"},
    {"Idempotency-Key": ""},
    {"Idempotency-Key": "ö"},
    {"Idempotency-Key": "x" * 256},
    {"Accept": ""},
    {"Accept": "a/b;q=x"},
    {"Accept": "application/json;q=0"},
    {"Content-Encoding": "gzip"},
    {"Origin": "null"},
    {"X-HTTP-Method-Override": "DELETE"},
]
VALUES: list[Any] = [
    *(None, True, 0, -1, 2**63, 2**200, 1.5, "", " ", "a\tb\u202e", "\ufffe", "x" * 9_000),
    *([], [[]], [None], [1], ["\u202e"], {}, {"a": 1}, {"a": None}, "0000-01-01T00:00:00Z"),
    *("9999-12-31T23:59:59-23:59", "2030-01-01", "2030-W01-1", ["x"] * 300, {"": "x"}),
]
QUERIES = (
    *("limit=0", "limit=-1", "limit=101", "limit=99999999999", "limit=%EF%BC%91", "limit="),
    *("limit=1&limit=2", "cursor=", "cursor=x", "cursor=%00", "cursor=%ED%A0%80", "a=1", "%00=1"),
    *("since=0000-01-01T00:00:00Z", "until=10000-01-01T00:00:00Z", "kind=%00", "client=%00"),
    *("named=%00", "named=", "named=%F0%9F%98%80", "since=2030-01-01", "outcome=1", "format=html"),
)


class Attacker:
    def __init__(self, token: str, description: Any) -> None:
        self.token, self.description = token, description
        self.browser = Browser(raise_request_exception=False)

    def __call__(
        self, method: str, path: str, body: bytes = b"", kind: str = "", **headers: str
    ) -> Any:
        headers = {"Authorization": f"Bearer {self.token}"} | headers
        return self.browser.generic(method, path, body, kind, headers=headers)


@pytest.fixture
def told(client: Browser, settings: Any) -> Any:
    settings.RATE_LIMITS = settings.RATE_LIMITS | {"api": "100000/m", "api_failures": "100000/m"}
    return client.get("/api/v1/schema").json()


@pytest.fixture
def attackers(alice: User, told: Any) -> dict[str, Attacker]:
    scopes = held_by(Holder.PERSONAL_TOKEN)
    script = PersonalToken.objects.issue(alice, name="attack", scopes=scopes, expires=None)
    wanted = " ".join(of_services())
    app = register("Attack", scopes=wanted, default_scopes="", grant_types="client_credentials")
    form = {"grant_type": "client_credentials", "scope": wanted}
    service = app.post("/oauth/token/", form).json()["access_token"]
    return {"/api/v1/me": Attacker(script, told), "/api/v1": Attacker(service, told)}


def rows(attackers: dict[str, Attacker], alice: User) -> dict[str, str]:
    """Real identifiers for what an address names, as far as there are such."""
    service = attackers["/api/v1"]

    def made(path: str, body: Any) -> str:
        answer = service("POST", path, json.dumps(body).encode(), "application/json")
        assert answer.status_code in (201, 202), answer.content
        return str(answer.json()["id"])

    hook = made(
        "/api/v1/webhooks", {"name": "a", "url": "https://a.example/", "kinds": ["sign_in"]}
    )
    app = made(
        "/api/v1/clients", {"client_name": "a", "redirect_uris": ["https://a.example/callback"]}
    )
    return {
        "webhook": hook,
        "delivery": made(f"/api/v1/webhooks/{hook}/deliveries", {}),
        "client": app,
        "secret": made(f"/api/v1/clients/{app}/secrets", {}),
        "resource": made(
            "/api/v1/resources", {"name": "a", "identifier": "https://api.a.example/"}
        ),
        "user": identifier("user", alice.pk),
    }


def operations(description: Any) -> Iterator[tuple[str, str, Any]]:
    for path, item in description["paths"].items():
        for method, operation in item.items():
            yield method.upper(), path, operation


def by(attackers: dict[str, Attacker], path: str) -> Attacker:
    is_own = path.startswith(("/api/v1/me", "/api/v1/token"))
    return attackers["/api/v1/me" if is_own else "/api/v1"]


def judged(answer: Any, operation: Any, what: Any) -> str:
    """What is wrong with an answer, "" where it is as the description says."""
    status = str(answer.status_code)
    if status not in operation["responses"]:
        return f"{status} is not described: {what} {answer.content[:200]!r}"
    if answer.status_code >= 400:
        said = answer.json()
        if answer.headers["Content-Type"] != "application/problem+json" or not said["detail"]:
            return f"no problem: {what}"
        if said["title"] == "Some fields are not valid" and not said["errors"]:
            return f"nothing named: {what}"
    return ""


def test_no_request_is_answered_beyond_the_description(
    attackers: dict[str, Attacker], alice: User, told: Any
) -> None:
    found, named = [], rows(attackers, alice)
    for method, path, operation in operations(told):
        send, where = by(attackers, path), path
        for name, value in named.items():
            where = where.replace(f"{{{name}}}", value)
        where = where.replace("{", "").replace("}", "")
        match = {"If-Match": "*"} if method in ("PATCH", "PUT") else {}
        if method == "DELETE":
            continue
        tries: list[tuple[str, bytes, str, dict[str, str]]] = []
        if method != "GET":
            tries += [(where, body, kind, match) for kind, body in BODIES]
            schema = operation.get("requestBody", {}).get("content", {}).get("application/json")
            if schema:
                shape = told["components"]["schemas"][schema["schema"]["$ref"].rpartition("/")[2]]
                tries += [
                    (where, json.dumps({field: value}).encode(), "application/json", match)
                    for field in shape["properties"]
                    for value in VALUES
                ]
        else:
            tries += [(f"{where}?{query}", b"", "", {}) for query in QUERIES]
        tries += [(where, b"{}", "application/json", match | each) for each in HEADERS]
        for address, body, kind, headers in tries:
            what = (method, address, kind, body[:80], headers)
            if wrong := judged(send(method, address, body, kind, **headers), operation, what):
                found.append(wrong)
    assert not found, "\n".join(found[:80])


def refused(answer: Any) -> list[str]:
    assert answer.status_code == 400, answer.content
    return [next(iter(each.values())) for each in answer.json()["errors"]]


def test_what_takes_nothing_says_so_of_what_is_sent(
    attackers: dict[str, Attacker], alice: User
) -> None:
    """Else whoever sends a secret of their own would think that it is used."""
    service, named = attackers["/api/v1"], rows(attackers, alice)
    hook = f"/api/v1/webhooks/{named['webhook']}"
    for path in ("/secret", "/deliveries", f"/deliveries/{named['delivery']}"):
        said = service("POST", hook + path, b'{"secret": "whsec_x"}', "application/json")
        assert refused(said) == ["/secret"]
        assert service("POST", hook + path, b"x", "text/plain").status_code == 415
        assert service("POST", hook + path).status_code in (200, 202)


def test_numbers_and_texts_are_not_taken_for_each_other_however_deep(
    attackers: dict[str, Attacker], alice: User
) -> None:
    service, named = attackers["/api/v1"], rows(attackers, alice)
    for path, body, pointer in (
        (f"clients/{named['client']}/secrets", '{"days": "5"}', "/days"),
        ("resources", '{"name": "b", "identifier": "https://b.example/", "scopes": {"b": 5}}', ""),
    ):
        said = service("POST", f"/api/v1/{path}", body.encode(), "application/json")
        assert refused(said) == [pointer or "/scopes/b"]


@pytest.mark.parametrize("time", ["2030-01-01", "2030-01-01T00:00:00", "2030-W01-1T00:00:00Z", "1"])
def test_a_time_without_its_place_is_refused_by_its_name(
    attackers: dict[str, Attacker], time: str
) -> None:
    service = attackers["/api/v1"]
    assert refused(service("GET", f"/api/v1/events?since={time}")) == ["since"]
    body = json.dumps({"name": "a", "scopes": ["profile"], "expires": time}).encode()
    own = attackers["/api/v1/me"]("POST", "/api/v1/me/tokens", body, "application/json")
    assert refused(own) == ["/expires"]


def test_times_in_other_zones_are_the_same_times(attackers: dict[str, Attacker]) -> None:
    send = attackers["/api/v1"]
    now = [send("GET", f"/api/v1/events?until={time}").json() for time in (
        "2099-01-01T00:00:00Z", "2099-01-01T05:30:00%2B05:30", "2098-12-31t16:00:00.0-08:00",
    )]  # fmt: skip
    assert now[0]
    assert now[0] == now[1] == now[2]


def test_a_condition_that_nothing_can_meet_is_not_met(
    attackers: dict[str, Attacker], alice: User
) -> None:
    service, named = attackers["/api/v1"], rows(attackers, alice)
    secret = f"/api/v1/clients/{named['client']}/secrets/{named['secret']}"
    assert service("DELETE", secret, **{"If-Match": '"x"'}).status_code == 412
    assert service("DELETE", secret, **{"If-Match": "*"}).status_code == 204
    event = SecurityEvent.objects.get(kind=Event.CLIENT_SECRET_ENDED)
    assert event.client
    assert event.client.name == "Attack"


def everything_of(alice: User, attackers: dict[str, Attacker]) -> dict[str, str]:
    """An identifier of Alice's for each address of a person's own that has one."""
    own = attackers["/api/v1/me"]
    app = register("Hers", scopes="openid profile offline_access")
    app.tokens_for(alice, scope="openid profile")
    connection = SocialAccount.objects.create(user=alice, provider="google", uid="1")
    browser = Browser()
    browser.force_login(alice)
    browser.get("/account/")
    return {
        "app": own("GET", "/api/v1/me/apps").json()[0]["id"],
        "token": own("GET", "/api/v1/me/tokens").json()[0]["id"],
        "session": own("GET", "/api/v1/me/sessions").json()[0]["id"],
        "connection": identifier("connection", connection.pk),
    }


def test_nothing_of_a_person_is_there_for_another_persons_token(
    attackers: dict[str, Attacker], alice: User, bob: User, told: Any
) -> None:
    hers = everything_of(alice, attackers)
    scopes = held_by(Holder.PERSONAL_TOKEN)
    token = PersonalToken.objects.issue(bob, name="b", scopes=scopes, expires=None)
    his, asked = Attacker(token, told), set()
    for method, path, _ in operations(told):
        if path.startswith("/api/v1/me/") and "{" in path:
            where = path.format(**hers)
            asked.add(path)
            assert his(method, where).status_code == 404, (method, path)
            if method == "GET" and not path.endswith("/profile"):
                assert attackers["/api/v1/me"](method, where).status_code == 200, path
    assert len(asked) == 5


def test_nobody_with_rights_is_touched_by_a_service(
    attackers: dict[str, Attacker], alice: User, bob: User
) -> None:
    service = attackers["/api/v1"]
    permission = Permission.objects.get(codename="view_user")
    keepers = Group.objects.create(name="Keepers")
    keepers.permissions.add(permission)
    GroupProfile.objects.make_for([keepers, Group.objects.create(name="Cooks")])
    slugs = {group.name: group.profile.slug for group in Group.objects.all()}
    where = f"/api/v1/users/{identifier('user', bob.pk)}"
    star = {"If-Match": "*"}

    def tried() -> set[int]:
        changes = (
            *(("PATCH", where, {"active": active}) for active in (False, True)),
            ("PUT", f"{where}/groups", {"groups": []}),
            ("PUT", f"{where}/groups", {"groups": [slugs["Cooks"]]}),
        )
        for is_active in (True, False):
            User.objects.filter(pk=bob.pk).update(is_active=is_active)
            for method, path, body in changes:
                sent = json.dumps(body).encode()
                before = User.objects.filter(pk=bob.pk).values().get()
                answer = service(method, path, sent, "application/json", **star)
                is_changed = User.objects.filter(pk=bob.pk).values().get() != before
                is_same = body.get("active") is is_active
                assert (answer.status_code, is_changed) == (200 if is_same else 403, False)
        User.objects.filter(pk=bob.pk).update(is_active=True)
        return set(bob.groups.values_list("pk", flat=True))

    for column in ("is_staff", "is_superuser"):
        User.objects.filter(pk=bob.pk).update(**{column: True})
        assert tried() == set()
        User.objects.filter(pk=bob.pk).update(**{column: False})
    bob.user_permissions.add(permission)
    assert tried() == set()
    bob.user_permissions.clear()
    bob.groups.add(keepers)
    assert tried() == {keepers.pk}
    bob.groups.clear()
    for slug, status in (("Keepers", 403), ("Cooks", 200)):
        body = json.dumps({"groups": [slugs[slug]]}).encode()
        answer = service("PUT", f"{where}/groups", body, "application/json", **star)
        assert answer.status_code == status
        body = json.dumps({"email": f"{slug}@example.com", "groups": [slugs[slug]]}).encode()
        made = service("POST", "/api/v1/users", body, "application/json")
        assert made.status_code == (201 if status == 200 else 403)
    assert not User.objects.filter(email__istartswith="keepers").exists()


def test_a_token_opens_nothing_once_its_person_or_client_is_off(
    attackers: dict[str, Attacker], alice: User, told: Any
) -> None:
    User.objects.filter(pk=alice.pk).update(is_active=False)
    Client.objects.update(is_active=False)
    for method, path, _ in operations(told):
        where = path.replace("{", "").replace("}", "")
        answer = by(attackers, path)(method, where, b"{}", "application/json")
        assert answer.status_code == 401, (method, path)


def test_a_person_takes_nothing_that_is_anothers(
    attackers: dict[str, Attacker], alice: User, bob: User
) -> None:
    User.objects.filter(pk=bob.pk).update(phone_number="+4930123456", preferred_username="bobby")
    own, before = attackers["/api/v1/me"], User.objects.filter(pk=alice.pk).values().get()
    for body in (
        {"email": bob.email},
        {"email_verified": True},
        {"phone_number_verified": True},
        {"sub": bob.sub},
        {"is_staff": True},
        {"password": "x"},
        {"username": "bobby"},
    ):
        sent = json.dumps(body).encode()
        answer = own("PATCH", "/api/v1/me", sent, "application/json", **{"If-Match": "*"})
        assert refused(answer) == [f"/{next(iter(body))}"]
    assert User.objects.filter(pk=alice.pk).values().get() == before
    sent = json.dumps({"phone_number": "+4930123456"}).encode()
    answer = own("PATCH", "/api/v1/me", sent, "application/json", **{"If-Match": "*"})
    assert answer.json().get("phone_number_verified") is not True


def test_a_list_is_walked_whole_while_rows_come_and_go(
    attackers: dict[str, Attacker], alice: User
) -> None:
    own = attackers["/api/v1/me"]
    kinds = [f"t{n}" for n in range(9)]
    for name in kinds:
        PersonalToken.objects.issue(alice, name=name, scopes={"profile"}, expires=None)
    seen: list[str] = []
    path = "/api/v1/me/tokens?limit=2"
    while path:
        answer = own("GET", path)
        seen += [each["name"] for each in answer.json()]
        PersonalToken.objects.filter(name=seen[-1]).delete()  # where the next page begins
        PersonalToken.objects.issue(alice, name=f"new {len(seen)}", scopes=set(), expires=None)
        links = {
            relation: address.removeprefix("http://testserver")
            for address, relation in re.findall(r'<([^>]+)>; rel="(\w+)"', answer.headers["Link"])
        }
        path = links.get("next", "")
    assert seen == [*reversed(kinds), "attack"]


def test_deleting_answers_as_described_whatever_is_sent(
    attackers: dict[str, Attacker], alice: User, told: Any
) -> None:
    named = rows(attackers, alice) | everything_of(alice, attackers)
    found = []
    for method, path, operation in operations(told):
        if method != "DELETE":
            continue
        where, send = path.format(**named), by(attackers, path)
        tries: list[tuple[bytes, str, dict[str, str]]] = [
            *((b"", "", each) for each in HEADERS if each != {"If-Match": "*"}),
            *((b"", "", {"If-Match": tag}) for tag in ('"' + 32 * "0" + '"', 'W/"0"', '"a' * 999)),
        ]
        for body, kind, headers in tries:
            answer = send(method, where, body, kind, **headers)
            if wrong := judged(answer, operation, (method, where, headers)):
                found.append(wrong)
            if "If-Match" in headers and answer.status_code not in (400, 401, 404, 412):
                found.append(f"a condition was not heeded: {where} {headers}")
    assert not found, "\n".join(found)


def test_no_other_method_and_no_other_spelling_of_an_address_does_anything(
    attackers: dict[str, Attacker], alice: User, told: Any
) -> None:
    named = rows(attackers, alice) | everything_of(alice, attackers) | {"group": "x"}
    for path, item in told["paths"].items():
        where, send = path.format(**named), by(attackers, path)
        allowed = {method.upper() for method in item}
        for method in (
            "GET",
            "POST",
            "PUT",
            "PATCH",
            "DELETE",
            "TRACE",
            "CONNECT",
            "PROPFIND",
            "X",
        ):
            if method not in allowed:
                answer = send(method, where, b"{}", "application/json")
                assert answer.status_code == 405, (method, where)
                assert allowed <= set(answer.headers["Allow"].split(", ")), where
                assert answer.headers["Content-Type"] == "application/problem+json"
        assert send("OPTIONS", where).status_code == 204
        head = send("HEAD", where)
        assert head.content == b""
        assert (head.status_code == 405) is ("GET" not in allowed), where
        assert send("GET", f"{where}/").status_code == send("GET", where).status_code
        for spelt in (f"{where}//", f"{where}.json", where.replace("/v1", "//v1")):
            answer = send("GET", spelt)
            assert answer.status_code == 404 or (answer.status_code, "GET" in allowed) == (
                405,
                False,
            ), spelt
            assert answer.headers["Content-Type"] == "application/problem+json"


INSIDE = [
    *("https://127.0.0.1/", "https://[::1]/", "https://[::ffff:127.0.0.1]/", "https://localhost/"),
    *("https://[::ffff:7f00:1]/", "https://[64:ff9b::7f00:1]/", "https://[2002:7f00:1::]/"),
    *("https://2130706433/", "https://0x7f.1/", "https://127.1/", "https://0177.0.0.1/"),
    *("https://0/", "https://[::]/", "https://169.254.169.254/latest/", "https://[fe80::1]/"),
    *("https://10.0.0.1:8443/", "https://100.64.0.1/", "https://[fd00::1]/", "https://①②⑦.0.0.1/"),
    *("https://127.0.0.1.:443/", "https://[::127.0.0.1]/", "https://192.168.0.1/"),
]
NO_ADDRESS = [
    *("http://a.example/", "ftp://a.example/", "//a.example/", "javascript:alert(1)", "https:a"),
    *("https://", "https:///a", "https://a:b@a.example/", "https://a.example/#b", "https://a\\@b/"),
    *("https://a.example:99999/", "https://a.example:0/", "https://a.example:x/", "https://[::1/"),
    *(
        "https://a.example/\r\nHost: b",
        "https://a .example/",
        "file:///etc/passwd",
        "https://\u202e/",
    ),
]


@pytest.mark.parametrize("url", [*INSIDE, *NO_ADDRESS])
def test_no_webhook_of_a_service_leads_inside(attackers: dict[str, Attacker], url: str) -> None:
    body = json.dumps({"name": "a", "url": url, "kinds": ["sign_in"]}).encode()
    answer = attackers["/api/v1"]("POST", "/api/v1/webhooks", body, "application/json")
    if url in NO_ADDRESS or answer.status_code == 400:
        assert refused(answer) == ["/url"]
        return
    subscriptions.send_test(Webhook.objects.get())
    worker.work_off()
    problem = WebhookDelivery.objects.get().problem
    assert problem in ("its host is not on the public internet", "its host has no address")


def test_a_key_is_good_for_its_client_its_address_and_its_body(
    attackers: dict[str, Attacker], alice: User, told: Any
) -> None:
    service, key = attackers["/api/v1"], {"Idempotency-Key": "k"}
    body = json.dumps({"name": "a", "url": "https://a.example/", "kinds": ["sign_in"]}).encode()
    first = service("POST", "/api/v1/webhooks", body, "application/json", **key)
    hook = f"/api/v1/webhooks/{first.json()['id']}"
    again = service("POST", "/api/v1/webhooks", body, "application/json", **key)
    assert (again.content, again.headers["Idempotency-Replayed"]) == (first.content, "true")
    other = body.replace(b"a.example", b"b.example")
    assert service("POST", "/api/v1/webhooks", other, "application/json", **key).status_code == 422
    assert "Idempotency-Replayed" not in service("POST", f"{hook}/secret", **key).headers
    slash = service("POST", "/api/v1/webhooks/", body, "application/json", **key)
    assert slash.content == first.content
    changed = service("PATCH", hook, b'{"name": "b"}', "application/json", **key)
    assert changed.json()["name"] == "b"
    form = {"grant_type": "client_credentials", "scope": "webhooks webhooks.write"}
    scopes = form["scope"]
    app = register("Else", scopes=scopes, default_scopes="", grant_types="client_credentials")
    stranger = Attacker(app.post("/oauth/token/", form).json()["access_token"], told)
    theirs = stranger("POST", "/api/v1/webhooks", body, "application/json", **key)
    assert theirs.json()["id"] != first.json()["id"]
    assert theirs.json()["secret"] != first.json()["secret"]
