"""The pages of the apps that a person let in."""

from typing import Any

import pytest
from django.test import Client as Browser

from accounts.models import User
from accounts.oauth_server.models import Authorization, Client
from tests.accounts.oauth_server.app import App
from tests.accounts.oauth_server.conftest import app

__all__ = ["app"]

pytestmark = pytest.mark.django_db


def text(browser: Browser, path: str) -> str:
    response = browser.get(path)
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def test_an_app_shows_what_it_may_do_holds_and_did(
    alices_browser: Browser, alice: User, app: App
) -> None:
    app.tokens_for(alice)
    page = text(alices_browser, f"/account/apps/{Authorization.objects.get().pk}/")
    for words in (
        "Photo Album",
        "See your e-mail address",
        "1 key for the next minutes",
        "1 sign-in that it keeps",
        "You let Photo Album in",
        "127.0.0.1",
        "Checked",
    ):
        assert words in page


def test_an_app_that_nobody_checked_or_that_is_off_says_so(
    alices_browser: Browser, alice: User, notes: Client
) -> None:
    Authorization.objects.record(alice, notes, frozenset({"openid"}))
    Client.objects.update(is_verified=False)
    assert "Not checked by anybody" in text(alices_browser, "/account/apps/")
    Client.objects.update(is_active=False)
    assert "Switched off by an admin" in text(alices_browser, "/account/apps/")


def test_mallory_sees_no_app_of_alice(alice: User, mallory: User, notes: Client) -> None:
    authorization = Authorization.objects.record(alice, notes, frozenset({"openid"}))
    browser = Browser()
    browser.force_login(mallory)
    assert browser.get(f"/account/apps/{authorization.pk}/").status_code == 404


def test_the_list_costs_as_much_however_long_and_has_pages(
    alices_browser: Browser, alice: User, django_assert_max_num_queries: Any
) -> None:
    for number in range(30):
        client = Client.objects.create(
            name=f"App {number:02}", client_id=f"app{number}", client_type="public"
        )
        Authorization.objects.record(alice, client, frozenset({"openid"}))
    alices_browser.get("/account/apps/")
    with django_assert_max_num_queries(5):
        assert "App 24" in text(alices_browser, "/account/apps/")
    assert "App 25" in text(alices_browser, "/account/apps/?page=2")
