"""The whole path in a real browser: in by a third party, then on to a client app with a code."""

import base64
import hashlib
import json
import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
import requests

from config.demo import ALICE
from config.instance import HOST, Instance, free_ports, running
from config.serve import set_up, third_party
from tests.chromium import console_of

pytestmark = [pytest.mark.servers, pytest.mark.one_database]

SCOPES = "openid profile email connections connections.profile"
VERIFIER = "an-example-of-a-verifier-of-more-than-43-letters"
TIMEOUT = 10


@dataclass
class Pair:
    site: Instance
    example: Instance
    password: str


@pytest.fixture
def pair(
    tmp_path: Path, empty_database: dict[str, str], migrated: Callable[[Path], Path]
) -> Iterator[Pair]:
    """The site and its example third party as `make run` serves them, and Alice's password."""
    port, next_port = free_ports(2)
    site = Instance("Latchkey", port, migrated(tmp_path / "site"), empty_database)
    example = third_party(next_port, migrated(tmp_path / "thirdparty"))
    password = set_up(site, example)["alice"]
    with running(site, example):
        yield Pair(site, example, password)


@dataclass
class App:
    """A client app that waits on this machine for its answer."""

    redirect_uri: str
    answers: list[dict[str, list[str]]] = field(default_factory=list)


@pytest.fixture
def app() -> Iterator[App]:
    class Callback(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            address = urlsplit(self.path)
            if address.path == "/callback":
                waiting.answers.append(parse_qs(address.query))
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(b"<!doctype html><link rel=icon href=data:,><p>You are in.")

        def log_message(self, *arguments: Any) -> None:
            pass

    with ThreadingHTTPServer((HOST, 0), Callback) as server:
        waiting = App(f"http://{HOST}:{server.server_port}/callback")
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield waiting
        server.shutdown()


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    """A page whose complaints (errors, violations of a policy) fail the test."""
    context = browser.new_context()
    page = context.new_page()
    with console_of(page) as complaints:
        yield page
    context.close()
    assert complaints == []


def test_alice_signs_in_by_a_third_party_lets_a_client_app_in_and_proves_who_she_is(
    pair: Pair, app: App, page: Any
) -> None:
    _sign_in_by_third_party(page, pair)
    client = json.loads(
        pair.site.manage(
            *("register_client", "--name", "Photo album", "--scopes", SCOPES),
            *("--redirect-uri", app.redirect_uri),
        )
    )
    code = _let_in(page, pair, app, client["client_id"])
    token = _redeem(pair, app, client, code)
    headers = {"Authorization": f"Bearer {token}"}
    api = f"{pair.site.url}/api/v1/me"
    assert requests.get(api, headers=headers, timeout=TIMEOUT).json()["email"] == ALICE
    _prove(page, pair)


def _sign_in_by_third_party(page: Any, pair: Pair) -> None:
    page.goto(f"{pair.site.url}/accounts/login/")
    page.get_by_role("button", name="Continue with Example ID").click()
    page.wait_for_url(f"{pair.example.url}/accounts/login/**")
    page.get_by_label("E-mail address").fill(ALICE)
    page.get_by_label("Password", exact=True).fill(pair.password)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url(f"{pair.example.url}/oauth/authorize/**")
    page.get_by_role("button", name="Allow", exact=True).click()
    page.wait_for_url(re.compile(re.escape(pair.site.url)))
    assert page.get_by_text(ALICE).first.is_visible()


def _prove(page: Any, pair: Pair) -> None:
    """The third party asks anew where the site wants a proof."""
    page.goto(f"{pair.site.url}/account/tokens/new/")
    page.get_by_role("button", name="Continue to Example ID").click()
    page.wait_for_url(f"{pair.example.url}/accounts/login/**")
    page.get_by_label("E-mail address").fill(ALICE)
    page.get_by_label("Password", exact=True).fill(pair.password)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url(f"{pair.site.url}/account/tokens/new/")


def _let_in(page: Any, pair: Pair, app: App, client_id: str) -> str:
    challenge = hashlib.sha256(VERIFIER.encode()).digest()
    asked = {
        "response_type": "code",
        "client_id": client_id,
        "redirect_uri": app.redirect_uri,
        "scope": SCOPES,
        "state": "of-this-browser",
        "code_challenge": base64.urlsafe_b64encode(challenge).decode().rstrip("="),
        "code_challenge_method": "S256",
    }
    page.goto(f"{pair.site.url}/oauth/authorize/?{urlencode(asked)}")
    assert page.get_by_role("heading", name="Photo album").is_visible()
    page.get_by_role("button", name="Allow", exact=True).click()
    page.wait_for_url(f"{app.redirect_uri}**")
    (answer,) = app.answers
    assert answer["state"] == ["of-this-browser"]
    assert answer["iss"] == [pair.site.url]
    return answer["code"][0]


def _redeem(pair: Pair, app: App, client: dict[str, str], code: str) -> str:
    answer = requests.post(
        f"{pair.site.url}/oauth/token/",
        {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": app.redirect_uri,
            "code_verifier": VERIFIER,
        },
        auth=(client["client_id"], client["client_secret"]),
        timeout=TIMEOUT,
    )
    assert answer.status_code == 200, answer.text
    return str(answer.json()["access_token"])
