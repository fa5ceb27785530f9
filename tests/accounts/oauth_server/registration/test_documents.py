"""Clients that introduce themselves by a document at their client ID."""

import json
import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from django.core.cache import cache
from django.core.management import call_command
from django.http import HttpResponse
from django.test import Client as Browser
from django.utils import timezone
from pytest_django import Settings

from accounts.models import User
from accounts.oauth_server.models import Authorization, BlockedHost, Client, ClientDocument
from accounts.oauth_server.registration import documents, unused_clients
from tests.accounts.oauth_server.app import App, answer_in, error_in, me
from tests.accounts.oauth_server.clients.test_assertions import assertion, proof, public_jwk

CALLBACK = "https://agent.example/callback"


class Host:
    """Somebody's web server: what it has at each path, and how often it was asked."""

    def __init__(self, port: int) -> None:
        self.name = f"127.0.0.1:{port}"
        self.asked = 0
        self.status, self.headers, self.body = 200, {"Content-Type": "application/json"}, b""

    def client_id(self, path: str = "/client.json") -> str:
        return f"http://{self.name}{path}"

    def describe(self, **changes: Any) -> App:
        """Publish a document, and return the client that it describes."""
        cache.clear()
        said = {
            "client_id": self.client_id(),
            "client_name": "Agent",
            "redirect_uris": [CALLBACK],
            "grant_types": ["authorization_code", "refresh_token"],
            "response_types": ["code"],
            "token_endpoint_auth_method": "none",
        } | changes
        said = {name: value for name, value in said.items() if value is not None}
        self.body = json.dumps(said).encode()
        return App(Client(client_id=self.client_id()), redirect_uri=CALLBACK)


@pytest.fixture
def host(db: None, settings: Settings) -> Iterator[Host]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            host.asked += 1
            self.send_response(host.status)
            for name, value in host.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(host.body)

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        host = Host(server.server_port)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        settings.CLIENT_DOCUMENTS = "listed"
        settings.CLIENT_DOCUMENT_PRIVATE_HOSTS = [host.name]
        yield host
        server.shutdown()


@pytest.fixture
def browser(alice: User) -> Browser:
    browser = Browser()
    browser.force_login(alice)
    return browser


def expired() -> None:
    ClientDocument.objects.update(expires=timezone.now())


def refused(response: HttpResponse) -> str:
    assert response.status_code == 400
    return response.content.decode()


def test_the_whole_way(host: Host, alice: User) -> None:
    app = host.describe()
    tokens = app.tokens_for(alice)
    assert me(tokens["access_token"]).json()["email"] == "alice@example.com"
    assert app.refresh(tokens["refresh_token"]).status_code == 200
    assert host.asked == 1
    metadata = Browser().get("/.well-known/oauth-authorization-server").json()
    assert metadata["client_id_metadata_document_supported"] is True


def test_documents_as_apps_in_the_field_have_them(host: Host, alice: User) -> None:
    grants = ["authorization_code", "refresh_token"]
    device = "urn:ietf:params:oauth:grant-type:device_code"
    loopback = ["http://localhost/callback", "http://127.0.0.1/callback"]
    editor = ["http://127.0.0.1:33418/", "https://vscode.dev/redirect"]
    native = {"application_type": "native", "grant_types": [*grants, device]}
    for said, uri in (
        ({"redirect_uris": [CALLBACK], "client_uri": "https://agent.example"}, CALLBACK),
        ({"redirect_uris": loopback}, "http://localhost:53123/callback"),
        ({"redirect_uris": editor} | native, "http://127.0.0.1:59656/"),
    ):
        expired()
        app = host.describe(**said)
        app.redirect_uri = uri
        assert app.tokens_for(alice)["refresh_token"], said


def test_one_that_cannot_be_read_may_be_registered_by_its_address(host: Host, alice: User) -> None:
    app, address = host.describe(), host.client_id()
    uri = ("--kind", "public", "--redirect-uri", CALLBACK)
    call_command("register_client", "--name", "Agent", "--client-id", address, *uri)
    assert app.tokens_for(alice)["access_token"]
    assert host.asked == 0


def test_people_read_the_host_first(host: Host, browser: Browser) -> None:
    page = host.describe().send(browser).content.decode()
    assert f"{host.name} (Agent)</bdi> wants to access" in page
    assert "has not verified this app" in page


def test_a_long_host_keeps_its_end(host: Host, browser: Browser) -> None:
    client = Client(client_id=f"https://{'accounts.' * 10}mallory.example/c", name="Bank")
    assert documents._name(client).endswith("accounts.mallory.example (Bank)")
    assert documents._name(client).startswith("…")


def test_what_a_document_may_not_say(host: Host, browser: Browser) -> None:
    for changes, why in (
        ({"client_id": host.client_id("/other.json")}, "letter by letter"),
        ({"client_id": None}, "letter by letter"),
        ({"client_secret": "s"}, "client_secret"),
        ({"client_secret_expires_at": 0}, "client_secret"),
        ({"token_endpoint_auth_method": "client_secret_basic"}, "token_endpoint_auth_method"),
        ({"token_endpoint_auth_method": ["none"]}, "token_endpoint_auth_method"),
        ({"token_endpoint_auth_method": "private_key_jwt"}, "jwks"),
        ({"redirect_uris": []}, "redirect_uris"),
        ({"redirect_uris": None}, "redirect_uris"),
        ({"redirect_uris": ["http://agent.example/"]}, "redirect_uris"),
        ({"redirect_uris": "x"}, "redirect_uris"),
        ({"client_name": 1}, "client_name"),
    ):
        said = refused(host.describe(**changes).send(browser))
        assert "document is refused" in said, changes
        assert why in said, changes
    assert not Client.objects.exists()


def test_what_is_no_document(host: Host, browser: Browser) -> None:
    app = host.describe()
    good = host.body
    for status, body, headers in (
        (404, good, {}),
        (500, good, {}),
        (302, good, {"Location": host.client_id("/elsewhere")}),
        (200, b"", {}),
        (200, b"[]", {}),
        (200, b"<html>", {}),
        (200, b"[" * 30_000, {}),
        (200, good + b" " * documents.MAX_SIZE, {}),
    ):
        cache.clear()
        host.status, host.body, host.headers = status, body, headers
        assert "document is refused" in refused(app.send(browser)), (status, body[:9])
    asked = host.asked
    app.send(browser)
    assert host.asked == asked  # left alone for a moment
    assert not Client.objects.exists()


def test_addresses_that_are_no_client_ids(host: Host, browser: Browser) -> None:
    for client_id in (
        "https://agent.example",
        "https://agent.example/",
        "https://a:b@agent.example/c",
        "https://agent.example/c#d",
        "https://agent.example/a/../c",
        "https://agent.example/%2e%2e/c",
        "https://agent.example:x/c",
        "https:///c",
        "https://agent.example/é",
        "https://agent.example/" + "a" * 300,
    ):
        app = App(Client(client_id=client_id), redirect_uri=CALLBACK)
        assert "document is refused" in refused(app.send(browser)), client_id


def test_only_hosts_that_an_admin_lists_are_called(
    host: Host, browser: Browser, settings: Settings
) -> None:
    app = host.describe()
    settings.CLIENT_DOCUMENT_PRIVATE_HOSTS = []
    for policy, hosts in (("off", [host.name]), ("listed", ["agent.example"]), ("all", [])):
        settings.CLIENT_DOCUMENTS, settings.CLIENT_DOCUMENT_HOSTS = policy, hosts
        assert "not registered" in refused(app.send(browser))
    inside = App(Client(client_id="https://127.0.0.1/client.json"), redirect_uri=CALLBACK)
    said = refused(inside.send(browser))
    assert "nothing usable answers there" in said
    assert host.asked == 0


def test_a_document_counts_as_long_as_its_server_says_within_bounds(
    host: Host, browser: Browser
) -> None:
    for said, minutes in (
        ("", 60),
        ("max-age=600", 10),
        ("public, max-age=1", 5),
        ("no-store", 5),
        ("max-age=999999999", 1440),
        ("max-age=x", 60),
    ):
        Client.objects.all().delete()
        host.headers = {"Cache-Control": said}
        assert host.describe().send(browser).status_code == 200
        left = ClientDocument.objects.get().expires - timezone.now()
        assert left == pytest.approx(timedelta(minutes=minutes), abs=timedelta(seconds=30)), said


def test_a_document_that_changed_is_asked_about_anew(host: Host, browser: Browser) -> None:
    app = host.describe()
    assert "code" in answer_in(app.ask(browser))
    expired()
    assert "code" in answer_in(app.send(browser))  # the same: nobody is asked again
    Client.objects.update(is_verified=True)
    expired()
    app = host.describe(client_name="Other")
    assert app.send(browser).status_code == 200
    client = Client.objects.get()
    assert client.name.endswith("(Other)")
    assert not client.is_verified
    assert Authorization.objects.get().is_outdated
    assert host.asked == 3


def test_which_scopes_it_may_ask_for_is_no_word_of_a_document(
    host: Host, browser: Browser, settings: Settings, alice: User
) -> None:
    app = host.describe(scope="openid")
    assert app.tokens_for(alice, scope="openid profile")["scope"] == "openid profile"
    Client.objects.update(scopes="openid connections", is_verified=True)
    settings.REGISTRATION_SCOPES = ["openid", "profile", "emails"]
    expired()
    app.send(browser)
    client = Client.objects.get()
    assert client.is_verified
    assert client.scopes == "openid profile connections emails"
    assert not Authorization.objects.get().is_outdated


def test_a_document_that_is_gone_lets_nobody_in_any_more(host: Host, browser: Browser) -> None:
    app = host.describe()
    assert "code" in answer_in(app.ask(browser))
    expired()
    host.status = 410
    assert "document is refused" in refused(app.send(browser))


def test_what_an_admin_disabled_or_registered_is_not_read_again(
    host: Host, browser: Browser
) -> None:
    app = host.describe()
    app.send(browser)
    Client.objects.update(is_active=False)
    expired()
    assert "not registered" in refused(app.send(browser))
    Client.objects.update(is_active=True, registration_source=Client.RegistrationSource.MANUAL)
    assert app.send(browser).status_code == 200
    assert host.asked == 1


def test_a_blocked_host_introduces_nobody(host: Host, browser: Browser) -> None:
    app = host.describe()
    BlockedHost.objects.create(host="127.0.0.1")
    assert "blocked by the admins" in refused(app.send(browser))
    BlockedHost.objects.update(host="agent.example")  # where people would be sent back to
    cache.clear()
    assert "agent.example is blocked" in refused(app.send(browser))
    BlockedHost.objects.all().delete()
    assert app.send(browser).status_code == 200
    assert Client.objects.get().is_agent
    assert Client.objects.get().hosts == ["127.0.0.1", "agent.example"]


def test_a_client_signs_by_the_keys_of_its_document(host: Host, browser: Browser) -> None:
    app = host.describe(token_endpoint_auth_method="private_key_jwt", jwks={"keys": [public_jwk()]})
    pushed = app.post("/oauth/par/", app.request() | proof(assertion(app)))
    assert pushed.status_code == 201
    assert error_in(app.post("/oauth/par/", app.request())) == (401, "invalid_client")


def test_a_device_brings_its_document_along(host: Host) -> None:
    device_code = "urn:ietf:params:oauth:grant-type:device_code"
    app = host.describe(grant_types=[device_code], response_types=[])
    started = app.post("/oauth/device-authorization/", {"scope": "openid"})
    assert started.status_code == 200, started.content


def test_calls_are_limited_by_host(host: Host, browser: Browser, settings: Settings) -> None:
    settings.RATE_LIMITS = settings.RATE_LIMITS | {"client_documents": "1/m"}
    app = host.describe()
    assert app.send(browser).status_code == 200
    expired()
    assert app.send(browser).status_code == 429


def test_what_nobody_uses_is_removed(host: Host, browser: Browser) -> None:
    host.describe().send(browser)
    Client.objects.update(updated=timezone.now() - timedelta(days=400))
    assert unused_clients.count() == 1
    assert unused_clients.remove() == 1


def test_a_block_holds_by_every_name_of_the_host(
    host: Host, browser: Browser, settings: Any
) -> None:
    settings.CLIENT_DOCUMENTS = "all"
    BlockedHost.objects.create(host="agents.example")
    for name in ("AGENTS.example", "agents.example:444", "agents.example.", "agents.example.:444"):
        app = App(Client(client_id=f"https://{name}/client.json"), redirect_uri=CALLBACK)
        page = app.send(browser)
        assert page.status_code == 400, name
        words = page.content.decode()
        assert "blocked" in words or "dot" in words, name
    row = BlockedHost(host=" Agents.Example. ")
    row.clean()
    assert row.host == "agents.example"
    registered = Client(client_id="x", redirect_uris="https://agents.example./callback")
    assert BlockedHost.objects.among(registered.hosts) == "agents.example"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("block", "uri", "is_blocked"),
    [
        ("agents.example", "https://www.agents.example/callback", True),
        ("agents.example", "https://A.B.AGENTS.example:444/callback", True),
        ("agents.example", "https://notagents.example/callback", False),
        ("agents.example", "https://other.example/callback", False),
        ("www.agents.example", "https://agents.example/callback", False),
        ("example", "https://agents.example/callback", False),
        ("xn--bcher-kva.example", "https://www.xn--bcher-kva.example/callback", True),
        ("192.0.2.1", "https://192.0.2.1/callback", True),
        ("2.1", "https://192.0.2.1/callback", False),
        ("2001:db8::1", "https://[2001:DB8:0::1]/callback", True),
        ("agents.example", "org.agents.example:/callback", False),
        ("org.agents.example", "org.agents.example:/callback", True),
    ],
)
def test_a_block_holds_for_the_hosts_below_and_for_no_other(
    client: Browser, settings: Any, block: str, uri: str, is_blocked: bool
) -> None:
    settings.REGISTRATION = "open"
    BlockedHost.objects.create(host=block)
    told = {"redirect_uris": [uri], "token_endpoint_auth_method": "none"}
    answer = client.post("/oauth/register/", told, "application/json")
    assert answer.status_code == (400 if is_blocked else 201), answer.content
    assert (f"{block} is blocked" in answer.content.decode()) is is_blocked


def test_a_number_without_end_is_no_document(host: Host, browser: Browser) -> None:
    app = host.describe()
    host.body = host.body[:-1] + b', "x": ' + b"1" * 5_000 + b"}"
    assert app.send(browser).status_code == 400


def test_people_read_that_it_is_an_agent(host: Host, browser: Browser) -> None:
    app = host.describe()
    words = "It acts for you on its own"
    assert words in app.send(browser).content.decode()
    Client.objects.update(kind="app")
    assert words not in app.send(browser).content.decode()
