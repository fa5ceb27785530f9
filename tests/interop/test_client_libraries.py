"""Client libraries that nobody here wrote, on the running site: each must be content with it.

openid-client (JavaScript, certified) runs as it comes, with nothing relaxed but the need for TLS.
So do Auth.js, the sign-in of many apps, and the SDK of the Model Context Protocol, by which agents
come to an API; these two do one thing each. go-oidc and golang.org/x/oauth2 are what most servers
and command lines in Go sign people in with; a program in go/ is registered as such ones are.
"""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.interop import conformance
from tests.interop.app_process import AppProcess, go_app, mcp_server, node_app
from tests.interop.authlib_client import AuthlibClient
from tests.interop.company import company
from tests.interop.shown_lines import Terminal
from tests.interop.site import Known, site

pytestmark = [
    pytest.mark.one_database,
    pytest.mark.servers,
    # RFC 9864 wants "Ed25519" instead; OpenID Connect's clients still ask for this name.
    pytest.mark.filterwarnings("ignore:EdDSA is deprecated:joserfc.errors.SecurityWarning"),
]


@pytest.fixture(scope="module")
def known(
    tmp_path_factory: pytest.TempPathFactory, migrated: Callable[[Path], Path]
) -> Iterator[Known]:
    with site(migrated(tmp_path_factory.mktemp("interop"))) as known:
        yield known


@pytest.fixture(scope="module", params=["authlib", "openid-client"])
def library(request: pytest.FixtureRequest, known: Known) -> Iterator[Any]:
    if request.param == "authlib":
        yield AuthlibClient(known)
        return
    with node_app("openid_client", known) as client:
        yield client


@pytest.fixture(scope="module")
def openid_client(known: Known) -> Iterator[Any]:
    with node_app("openid_client", known) as client:
        yield client


def test_it_finds_all_endpoints_by_the_issuer_alone(library: Any) -> None:
    library.perform("discovery")


def test_it_redeems_a_code_and_finds_the_id_token_right(library: Any) -> None:
    library.perform("code")


def test_it_takes_the_answer_as_a_form(library: Any) -> None:
    library.perform("form_post")


def test_it_signs_people_in_without_a_secret(library: Any) -> None:
    library.perform("public_client")


def test_it_proves_itself_by_its_own_key_and_reads_what_other_keys_signed(library: Any) -> None:
    library.perform("own_key")


def test_it_understands_why_nobody_comes(library: Any) -> None:
    library.perform("refusal")


def test_it_learns_without_a_page_whether_somebody_is_signed_in(library: Any) -> None:
    library.perform("silence")


def test_it_reads_who_signed_in(library: Any) -> None:
    library.perform("userinfo")


def test_it_refreshes_its_tokens(library: Any) -> None:
    library.perform("refresh")


def test_it_ends_its_tokens(library: Any) -> None:
    library.perform("revocation")


def test_it_asks_whether_a_token_is_good(library: Any) -> None:
    library.perform("introspection")


def test_it_gets_a_token_of_its_own(library: Any) -> None:
    library.perform("client_credentials")


def test_it_understands_that_its_secret_is_wrong(library: Any) -> None:
    library.perform("wrong_secret")


def test_it_signs_people_in_on_a_device_without_a_keyboard(library: Any) -> None:
    library.perform("device")


def test_it_signs_people_out(library: Any) -> None:
    library.perform("logout")


def test_it_calls_the_api(library: Any) -> None:
    library.perform("resource")


NEWER = ["pushed", "signed_request", "signed_answer", "bound", "fapi", "exchange"]


@pytest.mark.parametrize("way", NEWER)
def test_it_is_content_with_the_newer_ways(openid_client: Any, way: str) -> None:
    openid_client.perform(way)


def test_it_registers_itself(library: Any) -> None:
    library.perform("registration")


def test_auth_js_has_the_address_of_the_person_in_its_session(known: Known) -> None:
    with node_app("auth_js", known) as app:
        app.perform("session")


def test_an_agent_finds_its_way_by_the_address_of_the_api_alone(known: Known) -> None:
    with node_app("mcp_sdk", known) as agent:
        agent.perform("agent")


@pytest.fixture(scope="module")
def notes(known: Known) -> Iterator[str]:
    with mcp_server(known):
        yield known.notes["url"]


@pytest.fixture(scope="module")
def agents(known: Known) -> Iterator[AppProcess]:
    with node_app("mcp_client", known) as agents:
        yield agents


WAYS = ["document", "registered", "given"]  # how the site comes to know an agent


@pytest.mark.parametrize("way", WAYS)
def test_an_agent_in_typescript_asks_for_more_where_a_tool_demands_it(
    agents: AppProcess, notes: str, way: str
) -> None:
    agents.perform(way)


@pytest.mark.parametrize("way", WAYS)
def test_an_agent_in_python_asks_for_more_where_a_tool_demands_it(
    known: Known, notes: str, way: str
) -> None:
    agent = python_agent(known, notes, way)
    agent.call("list_notes")
    assert agent.asked[0].split() == ["notes.read", "offline_access"]
    agent.call("add_note", text="Bread")
    assert len(agent.asked) == 2
    assert "Bread" in agent.call("list_notes")["result"]
    first = agent.tokens.access_token
    agent.expire()
    agent.call("list_notes")
    assert agent.tokens.access_token != first
    assert len(agent.asked) == 2

    # What opens the notes opens nothing else, and the other way round.
    assert get(f"{known.issuer}/api/v1/me", agent.tokens.access_token) == 401
    who = (known.web["client_id"], known.web["client_secret"])
    form = {"grant_type": "client_credentials", "scope": "profile"}
    own = requests.post(f"{known.issuer}/oauth/token/", form, auth=who, timeout=10).json()
    assert get(notes, own["access_token"]) == 401


def test_an_agent_acts_for_who_works_at_a_company_that_allows_it(
    known: Known,
    notes: str,
    tmp_path_factory: pytest.TempPathFactory,
    migrated: Callable[[Path], Path],
) -> None:
    folder = migrated(tmp_path_factory.mktemp("company"))
    with company(folder, known) as told, node_app("mcp_client", replace(known, company=told)) as it:
        it.perform("enterprise")


def test_agents_use_the_api_as_tools(agents: AppProcess, known: Known) -> None:
    agents.perform("own")
    with node_app("mcp_sdk", known) as older:
        older.perform("tools")
    agent = python_agent(known, f"{known.issuer}/mcp", "registered")
    assert {"me", "emails"} <= set(agent.tools())
    assert agent.call("me")["name"] == "Alice"
    assert agent.call("emails")["items"][0]["email"] == known.person.email
    assert "emails" not in agent.asked[0].split()
    assert len(agent.asked) == 2


def test_the_conformance_suite_of_the_protocol_is_content(known: Known) -> None:
    said = conformance.authorization_server(known)
    assert "Total: 3 passed, 0 failed" in said, said
    agent = python_agent(known, f"{known.issuer}/mcp", "registered")
    agent.call("me")
    for scenario in ("tools-list", "http-header-validation"):
        said = conformance.mcp_server(known, agent.tokens.access_token, scenario)
        assert ", 0 failed, 0 warnings" in said, said


def get(url: str, token: str) -> int:
    headers = {"Authorization": f"Bearer {token}"}
    return requests.get(url, headers=headers, timeout=10).status_code


@pytest.fixture(scope="module")
def go(known: Known) -> Iterator[AppProcess]:
    with go_app(known) as app:
        yield app


def test_a_server_in_go_reads_in_the_id_token_who_signed_in(go: AppProcess) -> None:
    go.perform("server")


def test_a_command_line_in_go_signs_people_in_without_a_secret(go: AppProcess) -> None:
    go.perform("command_line")


def test_a_server_in_go_asks_who_signed_in(go: AppProcess) -> None:
    go.perform("userinfo")


def test_apps_in_go_refresh_their_tokens(go: AppProcess) -> None:
    go.perform("refresh")


def test_a_server_in_go_refuses_what_was_signed_for_another_app(go: AppProcess) -> None:
    go.perform("audience")


def test_a_server_in_go_understands_why_it_gets_no_token(go: AppProcess) -> None:
    go.perform("refusal")


def test_a_server_in_go_goes_on_when_the_keys_change(go: AppProcess, known: Known) -> None:
    go.perform("server")
    known.change_keys()
    go.perform("server")


def test_the_lines_that_admins_are_shown_run_as_they_stand(known: Known, settings: Any) -> None:
    settings.SITE_URL = known.issuer
    web, machine = Terminal(known, "web"), Terminal(known, "machine")
    assert "lk_at_" in web.curl()
    assert known.person.email in web.python()
    assert "sub:" in web.javascript()
    token = json.loads(machine.curl(given="nothing"))["access_token"]
    for said in (machine.python(given="nothing"), machine.javascript(given="nothing")):
        assert said.startswith("lk_at_")
    asks = Terminal(known, "resource-server")
    for said in (asks.curl(given=token), asks.python(given=token), asks.javascript(given=token)):
        assert re.search(r"active\W+true", said, re.I)
    assert "lk_at_" in Terminal(known, "native").curl()
    assert "lk_at_" in Terminal(known, "device").curl()


def python_agent(known: Known, url: str, way: str) -> Any:
    # Its SDK takes a second to load, in each process that only collects these tests.
    from tests.interop.mcp_python import Agent

    return Agent(known, url, way)
