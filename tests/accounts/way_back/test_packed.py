"""A request of an app may be as long as the server's own limit, and everybody gets back to it."""

import base64
import html
import random
import re
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from django.core import signing
from django.test import Client as Browser
from django.test import RequestFactory

from accounts.models import User
from accounts.oauth_server.models import Client
from accounts.way_back import packed
from tests.accounts.oauth_server.app import REDIRECT_URI, App
from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db

_RANDOM = base64.urlsafe_b64encode(random.Random(2).randbytes(20_000)).decode()
LONG = _RANDOM[:13_000]
PAGE = {"HTTP_ACCEPT": "text/html"}


def register(name: str, **fields: Any) -> App:
    client = Client.objects.create(
        name=name,
        client_id=name,
        client_type=Client.CLIENT_PUBLIC,
        redirect_uris=REDIRECT_URI,
        scopes="openid profile email",
        **fields,
    )
    return App(client)


def next_of(address: str) -> str:
    return parse_qs(urlsplit(address).query)["next"][0]


def sign_in(browser: Browser, person: User, going_to: str) -> str:
    form = {"login": person.email, "password": PASSWORD, "next": going_to}
    return str(browser.post("/accounts/login/", form)["Location"])


def state_in(browser: Browser, address: str) -> str:
    """Follow from `address` to the app, and return the state that it gets."""
    for _ in range(4):
        if address.startswith(REDIRECT_URI):
            return parse_qs(urlsplit(address).query)["state"][0]
        address = browser.get(address)["Location"]
    raise AssertionError(address)


def action_of(page: str, address: str) -> str:
    found = re.search(rf'action="({re.escape(address)}\?[^"]*)"', page)
    assert found
    return html.unescape(found[1])


def test_two_apps_in_two_tabs_are_not_mixed_up(alice: User) -> None:
    one, other = register("one", skip_authorization=True), register("two", skip_authorization=True)
    browser = Browser()
    first = next_of(one.send(browser, state="1" + LONG)["Location"])
    second = next_of(other.send(browser, state="2" + LONG)["Location"])

    assert state_in(browser, sign_in(browser, alice, first)) == "1" + LONG
    assert state_in(browser, second) == "2" + LONG


def test_what_is_asked_for_at_length_can_be_allowed(alices_browser: Browser) -> None:
    app = register("one")
    page = app.send(alices_browser, state=LONG).content.decode()
    answer = alices_browser.post(
        action_of(page, "/oauth/authorize/decision/"), {"decision": "allow"}
    )
    assert state_in(alices_browser, answer["Location"]) == LONG


def test_a_long_request_may_be_posted(alice: User) -> None:
    app, browser = register("one", skip_authorization=True), Browser()
    posted = browser.post("/oauth/authorize/", app.request(state=LONG))
    assert posted.status_code == 303
    going_to = next_of(browser.get(posted["Location"])["Location"])
    assert state_in(browser, sign_in(browser, alice, going_to)) == LONG


def test_what_has_to_be_encoded_comes_back_unchanged(alice: User) -> None:
    """Each address that carries it encodes it once more, up to three times as long."""
    app, browser = register("one", skip_authorization=True), Browser()
    state = 'https://app.example/?a=1&b={"c":[2]}' * 100
    going_to = next_of(app.send(browser, state=state)["Location"])
    assert state_in(browser, sign_in(browser, alice, going_to)) == state


@pytest.mark.parametrize("demand", [{}, {"prompt": "select_account"}], ids=["asked", "choosing"])
def test_another_account_may_be_taken_on_the_way(
    alices_browser: Browser, bob: User, demand: dict[str, str]
) -> None:
    app = register("one")
    page = app.send(alices_browser, state=LONG, **demand).content.decode()
    (link,) = re.findall(r'(?:href|action)="(/accounts/log(?:in|out)/\?next=[^"]*)"', page)
    going_to = next_of(html.unescape(link))
    alices_browser.post("/accounts/logout/", {"next": going_to})
    onward = sign_in(alices_browser, bob, going_to)

    page = alices_browser.get(onward).content.decode()
    answer = alices_browser.post(
        action_of(page, "/oauth/authorize/decision/"), {"decision": "allow"}
    )
    assert state_in(alices_browser, answer["Location"]) == LONG


def test_another_language_may_be_chosen_on_the_way() -> None:
    app, browser = register("one"), Browser()
    address = app.send(browser, state=LONG)["Location"]
    answer = browser.post("/language/", {"language": "de", "next": address})
    assert answer["Location"] == address
    assert 'lang="de"' in browser.get(address).content.decode()


@pytest.mark.parametrize("onward", ["//evil.example/?" + LONG, "https://evil.example/?" + LONG])
def test_length_lets_nobody_lead_to_another_site(alice: User, onward: str) -> None:
    browser = Browser()
    assert browser.post("/language/", {"language": "de", "next": onward})["Location"] == "/"
    assert sign_in(browser, alice, onward) == "/account/"


def test_the_language_that_an_app_asks_for_at_length_is_spoken() -> None:
    app, browser = register("one"), Browser()
    address = app.send(browser, state=LONG, ui_locales="de", login_hint="carol@example.com")
    page = browser.get(address["Location"]).content.decode()
    assert 'lang="de"' in page
    assert 'value="carol@example.com"' in page


@pytest.mark.parametrize("method", ["get", "post"])
def test_what_no_page_could_hand_on_is_refused_by_one_that_says_so(method: str) -> None:
    app, browser = register("one"), Browser()
    asked = app.request(state=_RANDOM[:15_700])
    response = getattr(browser, method)("/oauth/authorize/", asked, **PAGE)
    assert response.status_code == 414
    assert "<h1>This address is too long</h1>" in response.content.decode()


@pytest.mark.parametrize("path", ["/oauth/authorize/", "/account/", "/oauth/logout/", "/nowhere/"])
def test_every_page_says_that_its_address_is_too_long(path: str) -> None:
    response = Browser().get(path, {"state": "x" * packed.LONGEST}, **PAGE)
    assert response.status_code == 414
    assert "<h1>This address is too long</h1>" in response.content.decode()


@pytest.mark.parametrize("path", ["/oauth/token/", "/api/v1/notes/"])
def test_programs_are_told_in_their_own_format(path: str) -> None:
    response = Browser().get(path, {"state": "x" * packed.LONGEST})
    assert response.status_code == 414
    assert "json" in response["Content-Type"]


def test_a_long_logout_request_is_asked_about_and_answered(alices_browser: Browser) -> None:
    app = register("one", post_logout_redirect_uris="https://app.example/bye")
    asked = {
        "client_id": app.client.client_id,
        "post_logout_redirect_uri": "https://app.example/bye",
        "state": LONG,
    }
    posted = alices_browser.post("/oauth/logout/", asked)
    page = alices_browser.get(posted["Location"]).content.decode()
    answer = alices_browser.post(action_of(page, "/oauth/logout/decision/"))
    assert answer["Location"] == f"https://app.example/bye?{urlencode({'state': LONG})}"


@pytest.mark.parametrize(
    "forged",
    ["", "forged", signing.dumps("client_id=x", salt="another")],
    ids=["nothing", "not signed", "signed for something else"],
)
def test_what_this_site_did_not_pack_is_no_request(forged: str) -> None:
    request = RequestFactory().get("/oauth/authorize/", {packed.PACKED: forged, "client_id": "own"})
    packed.unpack(request)
    assert request.GET["client_id"] == "own"
    address = request.get_full_path()
    assert packed.parameters(address, "/oauth/authorize/")["client_id"] == ["own"]


def test_what_is_short_stays_legible() -> None:
    assert packed.pack("/oauth/authorize/?client_id=x") == "/oauth/authorize/?client_id=x"
