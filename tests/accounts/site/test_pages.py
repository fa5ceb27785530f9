"""What every page keeps to, and the entrance: the pages on which a person signs in."""

from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from allauth.socialaccount.models import SocialApp
from django.conf import settings
from django.contrib.staticfiles import finders
from django.core import mail
from django.http import HttpResponse
from django.test import Client as Browser

from accounts.models import User
from accounts.oauth_server.models import Client
from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db

ENTRANCE = [
    "/accounts/login/",
    "/accounts/signup/",
    "/accounts/login/code/",
    "/accounts/password/reset/",
    "/accounts/password/reset/done/",
    "/accounts/inactive/",
    "/accounts/3rdparty/login/cancelled/",
    "/accounts/3rdparty/login/error/",
    "/accounts/oidc/example/login/",
]
OWN_PAGES = [
    "/account/",
    "/accounts/email/",
    "/accounts/password/change/",
    "/accounts/3rdparty/",
    "/accounts/logout/",
    "/accounts/reauthenticate/",
    "/accounts/oidc/example/login/?process=connect",
]


def leading_to(client_id: str) -> str:
    """The sign-in page as an authorization request of `client_id` leads to it."""
    return "/accounts/login/?next=" + quote(f"/oauth/authorize/?client_id={client_id}", safe="")


def text(response: HttpResponse) -> str:
    return response.content.decode()


class _Inline(HTMLParser):
    """Collects what a Content-Security-Policy without 'unsafe-inline' would not let run."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = dict(attrs)
        self.found += [name for name in names if name == "style" or name.startswith("on")]
        if tag == "style" or (tag == "script" and "src" not in names):
            self.found.append(tag)


# --- Every page ---


@pytest.mark.parametrize("path", ENTRANCE)
def test_no_page_of_the_entrance_needs_inline_script_or_style(
    client: Browser, example_id: SocialApp, path: str
) -> None:
    page = text(client.get(path))
    assert "css/site.css" in page
    assert not _Inline(page).found


@pytest.mark.parametrize("path", OWN_PAGES)
def test_no_page_of_an_account_needs_inline_script_or_style(
    alices_browser: Browser, example_id: SocialApp, path: str
) -> None:
    page = text(alices_browser.get(path))
    assert "css/site.css" in page
    assert not _Inline(page).found


def test_look_and_mark_together_stay_small() -> None:
    files = [finders.find(name) for name in ("css/site.css", "img/mark.svg")]
    assert sum(Path(str(name)).stat().st_size for name in files) < 30_000


@pytest.mark.parametrize(
    "path",
    [
        *("/accounts/login/", "/accounts/signup/", "/accounts/2fa/authenticate/"),
        *("/accounts/reauthenticate/", "/accounts/reauthenticate/code/", "/accounts/nowhere/"),
        *("/accounts/2fa/webauthn/add/", "/accounts/3rdparty/signup/", "/account/second-factor/"),
        *("/oauth/device/", "/oauth/authorize/", "/oauth/logout/", "/account/closed/"),
    ],
)
def test_a_form_may_begin_what_leads_to_an_app(alices_browser: Browser, path: str) -> None:
    for browser in (Browser(), alices_browser):
        assert "form-action" not in browser.get(path)["Content-Security-Policy"]


@pytest.mark.parametrize("path", ["/", "/account/methods/", "/account/tokens/new/", "/admin/"])
def test_other_forms_stay_on_this_site(desk: Browser, path: str) -> None:
    assert "form-action 'self'" in desk.get(path)["Content-Security-Policy"]


def test_forms_of_the_sign_in_may_lead_anywhere_in_the_end_and_those_of_an_account_may_not(
    alices_browser: Browser,
) -> None:
    sign_in = Browser().get("/accounts/login/")["Content-Security-Policy"]
    account = alices_browser.get("/account/")["Content-Security-Policy"]
    assert "form-action" not in sign_in
    assert "form-action 'self';" in f"{account};"
    assert "unsafe-inline" not in sign_in + account


def test_our_own_forms_are_sent_with_their_origin(client: Browser) -> None:
    # Under "no-referrer" a browser would send "null", which the CSRF check refuses.
    assert client.get("/accounts/login/")["Referrer-Policy"] == "same-origin"


# --- The entrance ---


def test_the_start_page_leads_to_the_entrance_or_to_the_account(alices_browser: Browser) -> None:
    assert Browser().get("/")["Location"] == "/accounts/login/"
    assert alices_browser.get("/")["Location"] == "/account/"


def test_the_entrance_names_the_app_that_a_person_comes_from(
    client: Browser, notes: Client
) -> None:
    page = text(client.get(leading_to("garden-notes")))
    assert "to continue to <strong>Garden &lt;b&gt;Notes&lt;/b&gt;</strong>" in page


@pytest.mark.parametrize(
    "client_id", ["", "unknown", "garden-notes%00", "%00", "x" * 5000, "garden-notes%20"]
)
def test_the_entrance_names_no_app_that_it_does_not_know(
    client: Browser, notes: Client, client_id: str
) -> None:
    response = client.get(leading_to(client_id))
    assert response.status_code == 200
    assert "to continue to" not in text(response)


@pytest.mark.parametrize("next_url", ["http://[", "/elsewhere/?client_id=garden-notes", "%00"])
def test_the_entrance_names_no_app_for_another_address(
    client: Browser, notes: Client, next_url: str
) -> None:
    response = client.get("/accounts/login/", {"next": next_url})
    assert response.status_code == 200
    assert "to continue to" not in text(response)


def test_the_entrance_does_not_name_an_app_that_is_switched_off(
    client: Browser, notes: Client
) -> None:
    Client.objects.update(is_active=False)
    assert "to continue to" not in text(client.get(leading_to("garden-notes")))


def test_where_a_person_was_going_survives_every_way_to_sign_in(
    client: Browser, example_id: SocialApp, notes: Client
) -> None:
    going_to = "/oauth/authorize/?client_id=garden-notes"
    page = text(client.get(leading_to("garden-notes")))
    for way in ("/accounts/oidc/example/login/", "/accounts/signup/", "/accounts/login/code/"):
        start = page.index(f'"{way}?') + 1
        address = page[start : page.index('"', start)].replace("&amp;", "&")
        assert parse_qs(urlsplit(address).query)["next"] == [going_to]
    assert 'name="next" value="/oauth/authorize/?client_id=garden-notes"' in page


@pytest.mark.parametrize(
    "elsewhere",
    ["https://evil.example/", "//evil.example", "http://testserver:8443/", "http://[", "/\\evil"],
)
def test_signing_in_never_leads_to_another_site(
    client: Browser, alice: User, elsewhere: str
) -> None:
    form = {"login": alice.email, "password": PASSWORD, "next": elsewhere}
    assert client.post("/accounts/login/", form)["Location"] == "/account/"


def test_a_third_party_is_one_button_that_posts(client: Browser, example_id: SocialApp) -> None:
    page = text(client.get("/accounts/login/"))
    assert '<form method="post" action="/accounts/oidc/example/login/?process=login">' in page
    assert "Continue with Example ID" in " ".join(page.split())


def test_a_third_party_reached_by_a_link_is_asked_about_first(
    client: Browser, example_id: SocialApp
) -> None:
    page = text(client.get("/accounts/oidc/example/login/"))
    assert "Sign in with Example ID?" in page
    assert "You will be sent to Example ID" in page


def test_what_is_wrong_with_a_form_is_said_above_it_and_beside_the_field(client: Browser) -> None:
    page = text(client.post("/accounts/login/", {"login": "", "password": "x"}))
    assert "<title>Error: Sign in" in page
    assert '<a href="#id_login">' in page
    assert 'id="id_login_error"' in page
    assert 'aria-describedby="id_login_error"' in page


def test_fields_have_labels_and_no_placeholders(client: Browser) -> None:
    page = text(client.get("/accounts/signup/"))
    assert '<label for="id_email">' in page
    assert "placeholder" not in page


def test_a_code_by_mail_comes_from_the_site_by_name(client: Browser, alice: User) -> None:
    response = client.post("/accounts/login/code/", {"email": alice.email}, follow=True)
    assert f"<strong>{alice.email}</strong>" in text(response)
    assert mail.outbox[0].from_email == f"{settings.SITE_NAME} <no-reply@testserver>"
    assert mail.outbox[0].subject == f"Your sign-in code for {settings.SITE_NAME}"


def test_what_went_wrong_is_shown_to_developers_with_its_styles(settings: Any) -> None:
    settings.DEBUG = True
    assert "Content-Security-Policy" not in Browser().get("/nowhere/")
    assert "Content-Security-Policy" in Browser().get("/accounts/login/")
