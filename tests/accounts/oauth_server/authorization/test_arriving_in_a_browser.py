"""A browser arrives where an app's address leads on to, whatever form the person sent last.

Chromium applies `form-action` to each redirect after a form. Here the app answers as those of
Claude and Immich do: its page leads on at once, to another origin and then to a program's scheme.
"""

import re
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlencode

import pytest
from django.core import mail

from accounts.models import User
from accounts.oauth_server.models import Client
from tests.accounts.oauth_server.app import App
from tests.chromium import console_of
from tests.conftest import PASSWORD

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.one_database,
    pytest.mark.servers,
]

SCHEME = "latchkey-test"


class Answers(BaseHTTPRequestHandler):
    """Send everybody on, and keep what was asked for."""

    server: "Site"

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        self.send_response(307)
        self.send_header("Location", self.server.leads_on_to)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.do_GET()

    def log_message(self, *_: Any) -> None:
        pass


class Site(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, host: str, leads_on_to: str) -> None:
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        super().__init__((host, 0), Answers)
        self.leads_on_to = leads_on_to
        self.asked: list[str] = []


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[Site]:
    """A server that no list of CSP's can name: its address is one of IPv6."""
    with Site("::1", f"{SCHEME}://done") as site:
        threading.Thread(target=site.serve_forever, daemon=True).start()
        yield site
        site.shutdown()


@pytest.fixture(scope="module")
def front(elsewhere: Site) -> Iterator[Site]:
    """The app's server, which leads on to the other one."""
    with Site("127.0.0.1", f"http://[::1]:{elsewhere.server_port}/done") as site:
        threading.Thread(target=site.serve_forever, daemon=True).start()
        yield site
        site.shutdown()


@pytest.fixture
def app(front: Site, elsewhere: Site, alice: User) -> App:
    front.asked.clear()
    elsewhere.asked.clear()
    address = f"http://127.0.0.1:{front.server_port}/callback"
    client = Client.objects.create(
        name="Photo Album",
        client_id="photo-album",
        client_type=Client.CLIENT_CONFIDENTIAL,
        redirect_uris=address,
        post_logout_redirect_uris=address,
        scopes="openid profile email",
        is_verified=True,
        skip_authorization=True,
    )
    return App(client, redirect_uri=address)


@pytest.fixture
def page(browser: Any, live_server: Any, settings: Any) -> Iterator[Any]:
    settings.SITE_URL = live_server.url
    context = browser.new_context(base_url=live_server.url)
    page = context.new_page()
    page.set_default_timeout(20_000)
    with console_of(page) as complaints:
        yield page
    context.close()
    assert [said for said in complaints if SCHEME not in said] == []
    assert not [said for said in complaints if "form-action" in said]


def address_of(app: App, **changes: Any) -> str:
    return f"/oauth/authorize/?{urlencode(app.request(**changes))}"


def give_password(page: Any) -> None:
    page.get_by_label("E-mail address").fill("alice@example.com")
    page.get_by_label("Password", exact=True).fill(PASSWORD)


def press(page: Any, button: str) -> None:
    """Press the button, and wait until Chromium is at the program's scheme."""
    wanted = re.compile(rf"^{SCHEME}://")
    with page.expect_event("requestfailed", lambda sent: bool(wanted.match(sent.url))):
        page.get_by_role("button", name=button, exact=True).click()


def arrived(front: Site, elsewhere: Site, parameter: str = "code") -> bool:
    return f"{parameter}=" in front.asked[-1] and elsewhere.asked == ["/done"]


def test_from_the_sign_in_page(app: App, page: Any, front: Site, elsewhere: Site) -> None:
    page.goto(address_of(app))
    give_password(page)
    press(page, "Sign in")
    assert arrived(front, elsewhere)


def test_from_consent(app: App, page: Any, front: Site, elsewhere: Site) -> None:
    page.goto(address_of(app, prompt="consent"))
    give_password(page)
    page.get_by_role("button", name="Sign in", exact=True).click()
    press(page, "Allow")
    assert arrived(front, elsewhere)


def test_from_the_page_for_a_mailed_code(app: App, page: Any, front: Site, elsewhere: Site) -> None:
    page.goto(address_of(app))
    page.get_by_label("E-mail address").fill("alice@example.com")
    page.get_by_role("button", name="Send me a code by e-mail").click()
    page.wait_for_url("**/code/confirm/**")
    (code,) = re.findall(r"^ *([A-Z0-9]{4,}(?:-[A-Z0-9]+)?) *$", mail.outbox[-1].body, re.M)
    page.get_by_label("Code").fill(code)
    press(page, "Continue")
    assert arrived(front, elsewhere)


def test_from_signing_out(app: App, page: Any, front: Site, elsewhere: Site) -> None:
    page.goto("/accounts/login/")
    give_password(page)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url("**/account/")
    asked = {
        "client_id": app.client.client_id,
        "post_logout_redirect_uri": app.redirect_uri,
        "state": "x",
    }
    page.goto(f"/oauth/logout/?{urlencode(asked)}")
    press(page, "Sign out")
    assert arrived(front, elsewhere, "state")


def test_from_the_form_that_posts_the_answer(
    app: App, page: Any, front: Site, elsewhere: Site
) -> None:
    """Its redirect is one with 307, so that what was posted is posted on."""
    page.goto(address_of(app, response_mode="form_post"))
    give_password(page)
    press(page, "Sign in")
    assert front.asked == ["/callback"]
    assert elsewhere.asked == ["/done"]
