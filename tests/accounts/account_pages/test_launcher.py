"""The apps that a person may open, on the page of the apps that have access."""

import re
from typing import Any
from urllib.parse import urlencode

import pytest
from django.contrib.auth.models import Group
from django.test import Client as Browser

from accounts.account_pages import launcher
from accounts.models import User
from accounts.oauth_server.models import Authorization, Client

pytestmark = pytest.mark.django_db


def made(name: str, **fields: object) -> Client:
    return Client.objects.create(name=name, website="https://app.example/about", **fields)


def opened(browser: Browser, query: str = "") -> dict[str, str]:
    """The names and addresses of what can be opened."""
    page = browser.get(f"/account/apps/{query}").content.decode()
    found = re.search(r'<ul class="launcher">.*?</ul>', page, re.DOTALL)
    links = re.findall(r'href="([^"]*)".*?<bdi>([^<]*)</bdi>', found[0] if found else "", re.DOTALL)
    return {name: address for address, name in links}


def test_an_app_is_opened_where_a_sign_in_to_it_begins_else_at_its_website(
    alices_browser: Browser, settings: Any
) -> None:
    made("Album")
    made("Notes", initiate_login_uri="https://notes.example/start?tenant=1")
    made("Wiki", initiate_login_uri="https://wiki.example/start")
    issuer = urlencode({"iss": settings.SITE_URL})
    found = opened(alices_browser)
    assert found["Album"] == "https://app.example/about"
    assert found["Notes"] == f"https://notes.example/start?tenant=1&amp;{issuer}"
    assert found["Wiki"] == f"https://wiki.example/start?{issuer}"


def test_only_what_is_open_to_her_is_there(alices_browser: Browser, alice: User) -> None:
    team = Group.objects.create(name="Team")
    for name in ("Hers", "Others'"):
        made(name, is_restricted=True)
    Client.objects.get(name="Hers").groups.add(team)
    alice.groups.add(team)
    made("Off", is_active=False)
    made("Unchecked", is_verified=False)
    Client.objects.create(name="Nowhere")
    assert list(opened(alices_browser)) == ["Hers"]


def test_it_is_apart_from_what_has_access(alices_browser: Browser, alice: User) -> None:
    app = made("Album")
    page = alices_browser.get("/account/apps/").content.decode()
    assert "No apps have access to your account" in page
    Authorization.objects.record(alice, app, frozenset({"openid"}), address="192.0.2.1")
    assert list(opened(alices_browser)) == ["Album"]
    assert (
        f"/account/apps/{Authorization.objects.get().pk}/"
        in alices_browser.get("/account/apps/").content.decode()
    )


def test_many_are_searched_by_name(alices_browser: Browser) -> None:
    for number in range(launcher.AT_MOST + 1):
        made(f"App {number:03}")
    assert len(opened(alices_browser)) == launcher.AT_MOST
    page = alices_browser.get("/account/apps/").content.decode()
    assert "Search for an app by its name" in page
    assert 'role="search"' in page
    assert list(opened(alices_browser, "?q=060")) == ["App 060"]
    assert opened(alices_browser, "?q=elsewhere") == {}
