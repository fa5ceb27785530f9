"""Lists of redirect URIs at a sector identifier URI (Dynamic Client Registration section 5)."""

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client as Browser

from accounts.models import User
from accounts.oauth_server.models import Client
from tests.accounts.oauth_server.admin.client.test_clients import ADD, fill_in
from tests.accounts.oauth_server.claims.test_subjects import PAIRWISE, subjects
from tests.accounts.oauth_server.conftest import register
from tests.accounts.oauth_server.registering import metadata, send
from tests.accounts.second_factors.authenticators import confirmed


class _Lists(BaseHTTPRequestHandler):
    server: Any

    def do_GET(self) -> None:
        self.server.calls.append(self.path)
        body = self.server.body
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def listed() -> Iterator[Callable[[bytes], str]]:
    """Puts a list where the site may read it, and says where."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Lists) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()

        def put(body: bytes) -> str:
            server.body = body
            return f"http://127.0.0.1:{server.server_port}/uris"

        put.calls = server.calls = []
        yield put
        server.shutdown()


BOTH = "https://one.example/a https://two.example/b"


def test_a_list_makes_one_sector_of_several_hosts(
    db: None, listed: Callable[[bytes], str], alice: User
) -> None:
    uri = listed(b'["https://one.example/a", "https://two.example/b", "https://three.example/c"]')
    both = register("Both", redirect_uris=BOTH, sector_identifier_uri=uri, **PAIRWISE)
    third = register(
        "Third",
        redirect_uris="https://three.example/c",
        sector_identifier_uri=uri,
        **PAIRWISE,
    )

    assert subjects(both, alice) == subjects(third, alice)


REFUSED = pytest.mark.parametrize(
    ("body", "words"),
    [
        (b'["https://one.example/a"]', "https://two.example/b is not in the list"),
        (b"{}", "no JSON array"),
        (b"<html>", "cannot be read"),
    ],
)


def in_admin(uri: str) -> dict[str, object]:
    return fill_in(
        redirect_uris=BOTH.replace(" ", "\r\n"), subject_type="pairwise", sector_identifier_uri=uri
    )


@REFUSED
def test_an_admin_is_told_what_is_wrong_with_a_list(
    desk: Browser, listed: Callable[[bytes], str], body: bytes, words: str
) -> None:
    page = desk.post(ADD, in_admin(listed(body)))

    assert words in page.content.decode()
    assert not Client.objects.exists()


def test_an_admin_registers_and_changes_a_client_whose_list_names_it(
    desk: Browser, listed: Callable[[bytes], str]
) -> None:
    uri = listed(b'["https://one.example/a", "https://two.example/b"]')

    desk.post(ADD, in_admin(uri))
    client = Client.objects.get()
    assert client.sector_identifier_uri == uri

    listed(b"[]")
    change = f"/admin/oauth_server/client/{client.pk}/change/"
    page = desk.post(change, in_admin(uri) | {"name": "Renamed"}).content.decode()
    assert "is not in the list there" in page
    client.refresh_from_db()
    assert client.name == "Photo Album"


def test_who_may_not_register_clients_has_no_address_called(
    alice: User, listed: Callable[[bytes], str]
) -> None:
    alice.is_staff = True
    alice.save()

    assert confirmed(alice).post(ADD, in_admin(listed(b"[]"))).status_code == 403
    assert listed.calls == []


@REFUSED
def test_the_command_says_what_is_wrong_with_a_list(
    db: None, listed: Callable[[bytes], str], body: bytes, words: str
) -> None:
    uris = [option for uri in BOTH.split() for option in ("--redirect-uri", uri)]
    command = ("register_client", "--name", "Both", "--subject-type", "pairwise", *uris)
    with pytest.raises(CommandError, match=words):
        call_command(*command, "--sector-identifier-uri", listed(body))
    assert not Client.objects.exists()


@pytest.mark.parametrize(
    "host", ["localhost", "127.0.0.1", "10.0.0.1", "[::1]", "no-such-name.invalid", "xn--.invalid"]
)
def test_a_client_that_registers_itself_does_not_learn_which_hosts_there_are(
    db: None, settings: Any, host: str
) -> None:
    settings.REGISTRATION = "open"
    said = metadata(subject_type="pairwise", sector_identifier_uri=f"https://{host}:9/list")
    refused = send(said)

    assert refused.status_code == 400
    assert refused.json()["error_description"] == (
        "sector_identifier_uri: The list cannot be read: nothing usable answers there on the "
        "public internet."
    )
