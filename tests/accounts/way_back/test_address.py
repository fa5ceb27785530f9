"""Who comes from an app gets back to it, whatever lies between: the code arrives at the client."""

import base64
import random
import re
from collections.abc import Callable
from typing import Any, cast
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.http import HttpResponse
from django.test import Client as Browser

from accounts.models import User
from accounts.oauth_server.models import Client
from tests.accounts.oauth_server.app import REDIRECT_URI, App
from tests.accounts.third_parties.conftest import provider, register, running_provider  # noqa: F401
from tests.accounts.third_parties.scripted_provider import Browser as Traveller
from tests.accounts.third_parties.scripted_provider import ScriptedProvider
from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db

NEW_PASSWORD = "another good long password"


# Random, so that hardly anything of it can be compressed away.
LONG = base64.urlsafe_b64encode(random.Random(1).randbytes(10_000)).decode()[:13_000]


class LongWinded(App):
    """Sends what AWS load balancers and ASP.NET send: all that they want to know again."""

    def request(self, **changes: Any) -> dict[str, Any]:
        return super().request(**{"state": LONG, **changes})


@pytest.fixture(params=[App, LongWinded])
def app(db: None, request: pytest.FixtureRequest) -> App:
    client = Client.objects.create(
        name="Photo Album",
        client_id="photo-album",
        client_type=Client.CLIENT_PUBLIC,
        redirect_uris=REDIRECT_URI,
        skip_authorization=True,
        scopes="openid profile email",
    )
    return cast(App, request.param(client))


@pytest.fixture
def traveller(
    client: Browser,
    provider: ScriptedProvider,  # noqa: F811
    register: Callable[..., Any],  # noqa: F811
) -> Traveller:
    register()
    return Traveller(client, provider)


def entrance(app: App, browser: Browser, **changes: Any) -> str:
    """Ask for a code and return the address of the page that the person is sent to."""
    return app.send(browser, **changes)["Location"]


def as_query(going_to: str) -> str:
    return urlencode({"next": going_to})


def come_by(traveller: Traveller, going_to: str) -> HttpResponse:
    """Sign in by way of the third party, on the way to `going_to`."""
    return traveller.sign_in(f"?{as_query(going_to)}")


def next_of(address: str) -> str:
    return parse_qs(urlsplit(address).query)["next"][0]


def mailed_code() -> str:
    return code_in(mail.outbox[-1])


def code_in(letter: Any) -> str:
    return codes_in(letter)[0]


def codes_in(letter: Any) -> list[str]:
    return re.findall(r"^ *([A-Z0-9]{4,}(?:-[A-Z0-9]+)?) *$", letter.body, re.M)


def arrives(browser: Browser, response: HttpResponse) -> bool:
    """Whether the browser, following from `response`, ends at the app with a code for it."""
    for _ in range(5):
        location = response["Location"]
        if location.startswith(REDIRECT_URI):
            return "code" in parse_qs(urlsplit(location).query)
        response = browser.get(location)
    return False


def names_the_app(browser: Browser, address: str) -> bool:
    page = browser.get(address)
    assert page.status_code == 200, page
    return "<strong>Photo Album</strong>" in page.content.decode()


def test_sign_in_with_a_password_leads_back(app: App, alice: User) -> None:
    browser = Browser()
    going_to = next_of(entrance(app, browser))
    form = {"login": alice.email, "password": PASSWORD, "next": going_to}
    assert arrives(browser, browser.post("/accounts/login/", form))


def test_sign_in_with_a_code_leads_back(app: App, alice: User) -> None:
    browser = Browser()
    going_to = next_of(entrance(app, browser))
    # As the sign-in page's own form sends it, by its other button.
    form = {"login": alice.email, "password": "", "next": going_to}
    page = browser.post("/accounts/login/code/", form)["Location"]
    assert names_the_app(browser, page)
    typed = {"code": mailed_code(), "next": next_of(page)}
    assert arrives(browser, browser.post("/accounts/login/code/confirm/", typed))


def test_sign_in_with_a_code_leads_back_also_who_has_to_prove_it_again(
    app: App, alice: User
) -> None:
    browser = Browser()
    browser.force_login(alice)
    going_to = next_of(entrance(app, browser, prompt="login"))
    form = {"email": alice.email, "next": going_to}
    page = browser.post("/accounts/login/code/", form)["Location"]
    typed = {"code": mailed_code(), "next": next_of(page)}
    assert arrives(browser, browser.post("/accounts/login/code/confirm/", typed))


def test_sign_up_and_its_code_lead_back(app: App) -> None:
    browser = Browser()
    address = entrance(app, browser, prompt="create")
    assert address.startswith("/accounts/signup/")
    form = {"email": "carol@example.com", "password1": NEW_PASSWORD, "next": next_of(address)}
    page = browser.post("/accounts/signup/", form)["Location"]
    assert names_the_app(browser, page)
    assert arrives(browser, browser.post(page, {"code": mailed_code()}))


def test_who_cancels_at_the_code_keeps_the_way_back(app: App) -> None:
    browser = Browser()
    going_to = next_of(entrance(app, browser))
    form = {"email": "carol@example.com", "password1": NEW_PASSWORD, "next": going_to}
    page = browser.get(browser.post("/accounts/signup/", form)["Location"]).content.decode()

    found = re.search(r'name="next" value="(/accounts/login/[^"]*)"', page)
    assert found
    cancelled = browser.post("/accounts/logout/", {"next": found[1].replace("&amp;", "&")})
    assert next_of(cancelled["Location"]) == going_to


def test_a_code_that_was_mistyped_too_often_leads_to_the_entrance_and_then_back(
    app: App, alice: User
) -> None:
    browser = Browser()
    going_to = next_of(entrance(app, browser))
    page = browser.post("/accounts/login/code/", {"email": alice.email, "next": going_to})
    for _ in range(3):
        response = browser.post(page["Location"], {"code": "WRONG"})
    assert next_of(response["Location"]) == going_to
    assert "Too many wrong codes were entered" in browser.get(response["Location"]).content.decode()
    form = {"login": alice.email, "password": PASSWORD, "next": going_to}
    assert arrives(browser, browser.post("/accounts/login/", form))


def test_a_password_that_was_forgotten_leads_back(app: App, alice: User) -> None:
    browser = Browser()
    sign_in = browser.get(entrance(app, browser))
    found = re.search(r'href="(/accounts/password/reset/[^"]+)"', sign_in.content.decode())
    assert found
    asking = found[1].replace("&amp;", "&")
    assert names_the_app(browser, asking)
    page = browser.post(asking, {"email": alice.email})["Location"]
    assert names_the_app(browser, page)
    choose = browser.post(page, {"code": mailed_code()})["Location"]
    assert names_the_app(browser, choose)
    form = {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD}
    assert arrives(browser, browser.post(choose, form))


def test_a_third_party_leads_back(app: App, traveller: Traveller) -> None:
    going_to = next_of(entrance(app, traveller.client))
    assert arrives(traveller.client, come_by(traveller, going_to))


def test_the_form_after_a_third_party_leads_back(app: App, traveller: Traveller) -> None:
    del traveller.provider.userinfo["email"]
    going_to = next_of(entrance(app, traveller.client))
    page = come_by(traveller, going_to)["Location"]
    assert page.startswith("/accounts/3rdparty/signup/")
    assert names_the_app(traveller.client, page)
    confirm = traveller.client.post(page, {"email": "carol@example.com"})["Location"]
    assert names_the_app(traveller.client, confirm)
    assert arrives(traveller.client, traveller.client.post(confirm, {"code": mailed_code()}))


def test_a_code_after_a_third_party_leads_back(app: App, traveller: Traveller) -> None:
    traveller.provider.userinfo["email_verified"] = False
    page = come_by(traveller, next_of(entrance(app, traveller.client)))["Location"]
    assert names_the_app(traveller.client, page)
    assert arrives(traveller.client, traveller.client.post(page, {"code": mailed_code()}))


def test_the_way_back_does_not_tell_whose_address_it_is(
    app: App, traveller: Traveller, alice: User
) -> None:
    traveller.provider.userinfo["email_verified"] = False
    taken = come_by(traveller, next_of(entrance(app, traveller.client)))["Location"]
    shown = names_the_app(traveller.client, taken)
    assert not EmailAddress.objects.exclude(user=alice).exists()

    traveller.client = Browser()
    traveller.provider.userinfo["email"] = "newcomer@example.com"
    free = come_by(traveller, next_of(entrance(app, traveller.client)))["Location"]
    assert urlsplit(free).path == urlsplit(taken).path
    assert names_the_app(traveller.client, free) == shown


@pytest.mark.parametrize("answer", ["access_denied", "server_error"])
def test_a_third_party_that_says_no_leads_to_the_entrance_and_then_back(
    app: App, traveller: Traveller, alice: User, answer: str
) -> None:
    going_to = next_of(entrance(app, traveller.client))
    traveller.start(f"?{as_query(going_to)}")
    response = traveller.come_back({"error": answer, "state": traveller.sent["state"]})
    if response.status_code == 302:
        response = traveller.client.get(response["Location"])
    page = response.content.decode()
    assert "<strong>Photo Album</strong>" in page
    again = re.search(r'<a class="button" href="(/accounts/login/[^"]*)"', page)
    assert again
    assert next_of(again[1].replace("&amp;", "&")) == going_to


def test_nobody_is_led_away_by_what_a_link_says(app: App, alice: User) -> None:
    browser = Browser()
    form = {"email": alice.email, "next": "https://evil.example/"}
    page = browser.post("/accounts/login/code/", form)["Location"]
    assert "evil" not in page
    assert browser.post(page, {"code": mailed_code()})["Location"] == "/account/"
