"""The API as tools of the Model Context Protocol: what is said over the wire."""

import json
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client as Browser
from pytest_django import Settings

from accounts.models import SecurityEvent, User
from accounts.oauth_server.models import AccessToken, Client
from accounts.oauth_server.rules.scopes import Holder, held_by
from api.identifiers import identifier
from api.mcp import messages, tools
from tests.accounts.conftest import example_id
from tests.accounts.oauth_server.app import App
from tests.accounts.oauth_server.conftest import app, register
from tests.accounts.oauth_server.test_dpop import proof, redeem
from tests.api.test_conventions import Script
from tests.api.test_own_account import session_of

__all__ = ["app", "example_id"]

pytestmark = pytest.mark.django_db

MODERN, LEGACY = "2026-07-28", "2025-11-25"
META = {
    "io.modelcontextprotocol/protocolVersion": MODERN,
    "io.modelcontextprotocol/clientCapabilities": {},
}
WHERE = 'resource_metadata="http://testserver/.well-known/oauth-protected-resource/mcp"'


@pytest.fixture(autouse=True)
def _on(settings: Settings) -> None:
    settings.MCP = True


class Agent:
    """Speaks the protocol with a token, of 2026-07-28 or before."""

    def __init__(self, token: str | None, version: str | None = MODERN) -> None:
        self.token, self.version = token, version

    def send(self, said: Any, **headers: str) -> HttpResponse:
        body = said if isinstance(said, bytes) else json.dumps(said).encode()
        version = {"MCP-Protocol-Version": self.version} if self.version else {}
        bearer = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        accept = {"Accept": "application/json, text/event-stream"}
        return Browser().post(
            "/mcp", body, "application/json", headers=accept | version | bearer | headers
        )

    def request(self, method: str, /, **params: Any) -> dict[str, Any]:
        meta = {"_meta": META} if self.version == MODERN else {}
        return {"jsonrpc": "2.0", "id": 1, "method": method, "params": params | meta}

    def ask(self, method: str, /, **params: Any) -> HttpResponse:
        headers = {"Mcp-Method": method}
        if isinstance(params.get("name"), str):
            headers["Mcp-Name"] = params["name"]
        return self.send(self.request(method, **params), **headers)

    def call(self, tool: str, /, **arguments: Any) -> HttpResponse:
        return self.ask("tools/call", name=tool, arguments=arguments)


@pytest.fixture
def agent(alice: User) -> Agent:
    """One with a token of Alice's that may do all that such a one may."""
    return Agent(Script(alice, *held_by(Holder.PERSONAL_TOKEN)).token)


def told(response: HttpResponse) -> dict[str, Any]:
    assert response.status_code == 200, response.content
    answer = response.json()
    assert (answer["jsonrpc"], answer["id"]) == ("2.0", 1)
    return dict(answer["result"])


def code_in(response: HttpResponse) -> tuple[int, int]:
    return response.status_code, response.json()["error"]["code"]


def says(response: HttpResponse) -> str:
    result = told(response)
    assert result["isError"]
    return str(result["content"][0]["text"])


def test_each_request_says_by_itself_what_it_is(agent: Agent) -> None:
    known = told(agent.ask("server/discover"))
    assert known["supportedVersions"] == [MODERN]
    assert known["_meta"]["io.modelcontextprotocol/serverInfo"]["name"] == "latchkey"
    listed = told(agent.ask("tools/list"))
    assert listed["resultType"] == "complete"
    assert listed["cacheScope"] == "private"
    assert "me" in [tool["name"] for tool in listed["tools"]]
    me = told(agent.call("me"))
    assert me["structuredContent"]["email"] == "alice@example.com"
    assert json.loads(me["content"][0]["text"]) == me["structuredContent"]
    coded = agent.request("tools/call", name="me")
    name = {"Mcp-Method": "tools/call", "Mcp-Name": "=?base64?bWU=?="}
    assert "structuredContent" in told(agent.send(coded, **name))


def test_who_shakes_hands_first_is_answered_without_a_session(alice: User) -> None:
    agent = Agent(Script(alice, "profile").token, version=None)
    shaken = agent.ask("initialize", protocolVersion=LEGACY, capabilities={}, clientInfo={})
    assert told(shaken)["protocolVersion"] == LEGACY
    assert "Mcp-Session-Id" not in shaken
    assert told(agent.ask("initialize", protocolVersion="2024-11-05"))["protocolVersion"] == LEGACY
    agent.version = LEGACY
    ready = agent.send({"jsonrpc": "2.0", "method": "notifications/initialized"})
    assert (ready.status_code, ready.content) == (202, b"")
    assert told(agent.ask("ping")) == {}
    assert [tool["name"] for tool in told(agent.ask("tools/list"))["tools"]] == ["me"]
    assert told(agent.call("me"))["structuredContent"]["sub"] == alice.sub
    assert code_in(agent.ask("resources/list")) == (200, messages.METHOD_NOT_FOUND)


def test_what_is_no_message_is_refused(agent: Agent) -> None:
    good = agent.request("tools/list")
    for said, code in (
        (b"{", messages.PARSE_ERROR),
        (b'{"id": 1, "id": 2}', messages.PARSE_ERROR),
        ([good], messages.INVALID_REQUEST),
        (good | {"jsonrpc": "1.0"}, messages.INVALID_REQUEST),
        ({"jsonrpc": "2.0", "id": 1, "result": {}}, messages.INVALID_REQUEST),
        (good | {"id": None}, messages.INVALID_REQUEST),
        (good | {"id": True}, messages.INVALID_REQUEST),
        ({name: good[name] for name in ("jsonrpc", "method")}, messages.INVALID_REQUEST),
        (good | {"params": []}, messages.INVALID_PARAMS),
        (good | {"params": {"_meta": 1}}, messages.INVALID_PARAMS),
        (good | {"params": {}}, messages.INVALID_PARAMS),
    ):
        assert code_in(agent.send(said, **{"Mcp-Method": "tools/list"})) == (400, code), said
    assert agent.send(b'"' + b"x" * 70_000 + b'"').status_code == 413


def test_headers_that_disagree_with_the_body_are_refused(agent: Agent) -> None:
    call = agent.request("tools/call", name="me")
    right = {"Mcp-Method": "tools/call", "Mcp-Name": "me"}
    for wrong in (
        {"Mcp-Method": "tools/list"},
        {"Mcp-Name": "emails"},
        {"Mcp-Name": "=?base64?!?="},
        {"MCP-Protocol-Version": LEGACY},
    ):
        assert code_in(agent.send(call, **right | wrong)) == (400, messages.HEADER_MISMATCH), wrong
    assert code_in(agent.send(call)) == (400, messages.HEADER_MISMATCH)


def test_a_version_that_is_not_spoken_is_told_which_are(agent: Agent) -> None:
    newer = META | {"io.modelcontextprotocol/protocolVersion": "2030-01-01"}
    for said, version, known in (
        ({"_meta": newer}, "2030-01-01", messages.MODERN),
        ({}, "1900-01-01", messages.LEGACY),
    ):
        agent.version = version
        refused = agent.send(agent.request("tools/list") | {"params": said})
        assert code_in(refused) == (400, messages.UNSUPPORTED_VERSION)
        data = refused.json()["error"]["data"]
        assert data == {"supported": list(known), "requested": version}


def test_methods_and_tools_that_there_are_not(agent: Agent) -> None:
    assert code_in(agent.ask("initialize")) == (404, messages.METHOD_NOT_FOUND)
    assert code_in(agent.ask("resources/read")) == (404, messages.METHOD_NOT_FOUND)
    for refused in (
        agent.call("nothing"),
        agent.call("users"),
        agent.ask("tools/list", cursor="2"),
        agent.ask("tools/call", name="me", arguments=[]),
    ):
        assert code_in(refused) == (200, messages.INVALID_PARAMS)


def test_whoever_has_no_token_learns_where_to_get_one(db: None) -> None:
    for ask, scope in (
        (Agent(None).ask("server/discover"), "profile"),
        (Agent(None, None).ask("initialize"), "profile"),
        (Agent("wrong").call("end_session"), "sessions.write"),
        (Agent(None, LEGACY).call("emails"), "emails"),
        (Agent(None).send(b"{"), "profile"),
    ):
        assert ask.status_code == 401
        assert f'scope="{scope}"' in ask["WWW-Authenticate"]
        assert WHERE in ask["WWW-Authenticate"]
    metadata = Browser().get("/.well-known/oauth-protected-resource/mcp").json()
    assert metadata["resource"] == "http://testserver/mcp"
    needed = {tool.scope for tool in tools.all_of_them().values()}
    assert needed <= set(metadata["scopes_supported"]) <= held_by(Holder.PERSON)


def test_a_tool_whose_scope_lacks_is_asked_for(alice: User, app: App) -> None:
    Client.objects.update(scopes="profile emails")
    tokens = app.tokens_for(alice, scope="profile", resource="http://testserver/mcp")
    agent = Agent(tokens["access_token"])
    # Listed by what the person may be asked for, or nobody would know of it.
    assert [each["name"] for each in told(agent.ask("tools/list"))["tools"]] == ["me", "emails"]
    for name, scope in (("emails", "emails"), ("sessions", "sessions")):
        refused = agent.call(name)
        assert refused.status_code == 403
        challenge = refused["WWW-Authenticate"]
        assert 'error="insufficient_scope"' in challenge
        assert f'scope="{scope}"' in challenge
        assert WHERE in challenge
    AccessToken.objects.update(audience="https://notes.example")
    assert agent.call("me").status_code == 401


def test_a_proof_of_possession_is_for_the_call_and_used_once(alice: User, app: App) -> None:
    tokens = redeem(app, app.code_for(alice), **proof())
    agent = Agent(None)
    call = agent.request("tools/call", name="me")
    for path, status in (("/mcp", 200), ("/api/v1/me", 401)):
        headers = {"Authorization": f"DPoP {tokens['access_token']}"}
        headers |= proof(path, "POST", token=tokens["access_token"])
        headers |= {"Mcp-Method": "tools/call", "Mcp-Name": "me"}
        assert agent.send(call, **headers).status_code == status
        assert agent.send(call, **headers).status_code == 401


def test_a_client_that_acts_for_itself_has_no_tools(app: App) -> None:
    robot = register("Robot", grant_types="client_credentials", scopes="profile", default_scopes="")
    form = {"grant_type": "client_credentials", "scope": "profile"}
    token = robot.post("/oauth/token/", form).json()["access_token"]
    assert Agent(token).ask("tools/list").status_code == 403


def test_a_call_does_what_its_resource_does(agent: Agent, alice: User) -> None:
    changed = told(agent.call("change_me", nickname="Al"))
    assert changed["structuredContent"]["nickname"] == "Al"
    alice.refresh_from_db()
    assert alice.nickname == "Al"
    session_of(alice)
    sessions = told(agent.call("sessions", limit=1))["structuredContent"]["items"]
    event = SecurityEvent.objects.latest("pk")
    assert (event.kind, event.actor) == ("profile_changed", "person")
    assert told(agent.call("end_session", session=sessions[0]["id"]))["content"] == [
        {"type": "text", "text": "Done."}
    ]


def test_a_list_comes_in_pages(agent: Agent, alice: User) -> None:
    for sid in ("s" * 32, "t" * 32):
        session_of(alice, sid)
    first = told(agent.call("sessions", limit=1))["structuredContent"]
    cursor = first["next_cursor"]
    second = told(agent.call("sessions", limit=1, cursor=cursor))["structuredContent"]
    assert "next_cursor" not in second
    assert len({first["items"][0]["id"], second["items"][0]["id"]}) == 2


def test_what_a_tool_does_not_take_is_said_to_whoever_calls(agent: Agent) -> None:
    for tool, arguments, why in (
        ("me", {"x": 1}, "takes no argument “x”"),
        ("session", {}, "needs session"),
        ("session", {"session": "../x"}, "session: send the id"),
        ("session", {"session": 1}, "session: send the id"),
        ("session", {"session": "nobody"}, "There is nothing at this address"),
        ("sessions", {"limit": True}, "limit: send a text or a number"),
        ("sessions", {"limit": 1000}, "limit: A number from 1 to 100"),
        ("change_me", {"birthdate": "soon"}, "/birthdate"),
    ):
        assert why in says(agent.call(tool, **arguments)), (tool, arguments)


def test_an_old_sign_in_and_a_limit_are_answers_of_http(
    alice: User, app: App, settings: Settings
) -> None:
    Client.objects.update(scopes="connections.write")
    agent = Agent(app.tokens_for(alice, scope="connections.write")["access_token"])
    AccessToken.objects.update(auth_time=None)
    refused = agent.call("remove_connection", connection=identifier("connection", 1))
    assert refused.status_code == 401
    assert 'error="insufficient_user_authentication"' in refused["WWW-Authenticate"]
    assert WHERE in refused["WWW-Authenticate"]
    settings.RATE_LIMITS = settings.RATE_LIMITS | {"api": "2/m"}
    answers = [agent.ask("tools/list") for _ in range(3)] + [agent.call("me")]
    assert {answer.status_code for answer in answers[2:]} == {429}
    assert "Retry-After" in answers[-1]


def test_pages_of_apps_alone_may_call(agent: Agent, app: App) -> None:
    Client.objects.update(allowed_origins="https://app.example")
    list_tools = agent.request("tools/list")
    for origin, status in (
        ("https://app.example", 200),
        ("http://testserver", 200),
        ("https://evil.example", 403),
        ("null", 403),
    ):
        headers = {"Mcp-Method": "tools/list", "Origin": origin}
        assert agent.send(list_tools, **headers).status_code == status, origin
    for method in ("get", "delete", "put"):
        answer = getattr(Browser(), method)("/mcp")
        assert (answer.status_code, answer["Allow"]) == (405, "POST, OPTIONS")


def test_it_is_not_there_until_an_admin_switches_it_on(settings: Settings, agent: Agent) -> None:
    settings.MCP = False
    assert agent.ask("tools/list").status_code == 404
    assert Browser().get("/.well-known/oauth-protected-resource/mcp").status_code == 404
