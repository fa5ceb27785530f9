"""The pages of the apps that a person let in."""

import re
from typing import Any

import pytest
from django.core import mail
from django.test import Client as Browser

from accounts.models import User
from accounts.oauth_server.models import Authorization, Client
from tests.accounts.account_pages.proof import signed_in
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
        "1 access token, valid for a few minutes",
        "1 active sign-in",
        "You gave Photo Album access to your account",
        "127.0.0.1",
        "Verified",
    ):
        assert words in page


def test_an_app_that_nobody_checked_or_that_is_off_says_so(
    alices_browser: Browser, alice: User, notes: Client
) -> None:
    Authorization.objects.record(alice, notes, frozenset({"openid"}), address="192.0.2.1")
    Client.objects.update(is_verified=False)
    assert "Not verified" in text(alices_browser, "/account/apps/")
    Client.objects.update(is_active=False)
    assert "Disabled by an admin" in text(alices_browser, "/account/apps/")


def test_mallory_sees_no_app_of_alice(alice: User, mallory: User, notes: Client) -> None:
    authorization = Authorization.objects.record(
        alice, notes, frozenset({"openid"}), address="192.0.2.1"
    )
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
        Authorization.objects.record(alice, client, frozenset({"openid"}), address="192.0.2.1")
    alices_browser.get("/account/apps/")
    with django_assert_max_num_queries(7):
        assert "App 24" in text(alices_browser, "/account/apps/")
    assert "App 25" in text(alices_browser, "/account/apps/?page=2")


def test_agents_are_told_apart_and_removed_at_once_by_who_just_proved_who_they_are(
    alice: User, notes: Client, app: App, django_capture_on_commit_callbacks: Any
) -> None:
    browser = Browser()
    browser.force_login(alice)
    app.tokens_for(alice)
    assert "Remove all agents" not in text(browser, "/account/apps/")
    Client.objects.filter(pk=notes.pk).update(
        kind="agent", registration_source="cimd", software_id="urn:notes"
    )
    held = Authorization.objects.record(alice, notes, frozenset({"openid"}), address="192.0.2.1")
    page = text(browser, "/account/apps/")
    assert ">Agent</span>" in page
    assert "1 agent can act for you on its own." in page
    page = text(browser, f"/account/apps/{held.pk}/")
    assert "It introduced itself by a document at its own address" in page
    assert "urn:notes" in page
    remove = "/account/apps/agents/remove/"
    assert "/accounts/reauthenticate/" in browser.post(remove)["Location"]
    proven = signed_in(alice)
    assert "1 agent loses access" in text(proven, remove)
    mail.outbox.clear()
    with django_capture_on_commit_callbacks(execute=True):
        said = proven.post(remove, follow=True).content.decode()
    assert "1 agent no longer has access" in said
    assert [row.client for row in Authorization.objects.all()] == [app.client]
    (letter,) = mail.outbox
    assert "All agents lost access" in letter.subject
    assert "You removed the access of all agents." in text(proven, "/account/activity/")
    assert "No agent has access" in text(proven, remove)
    assert "No agent had access" in proven.post(remove, follow=True).content.decode()


def names(browser: Browser, query: str = "") -> list[str]:
    """The apps that a page of the list shows, from above."""
    return re.findall(r"<h3><a [^>]*><bdi>(.*?)</bdi>", text(browser, f"/account/apps/{query}"))


USED = (3, 8, 0, 11, 5, 1, 10, 2, 7, 4, 9, 6)


@pytest.fixture
def many_apps(alice: User) -> None:
    """A dozen, used in the order of USED; the last by name may read the e-mail address."""
    for number in USED:
        client = Client.objects.create(name=f"Äpp {number:02}", client_id=f"app{number}")
        scopes = {"openid", "email"} if number == 11 else {"openid"}
        Authorization.objects.record(alice, client, frozenset(scopes), address="192.0.2.1")


@pytest.mark.usefixtures("many_apps")
def test_a_long_list_can_be_sorted_by_use(alices_browser: Browser) -> None:
    by_name = [f"Äpp {number:02}" for number in range(12)]
    assert names(alices_browser) == names(alices_browser, "?order=x") == by_name
    by_use = [f"Äpp {number:02}" for number in USED]
    assert names(alices_browser, "?order=used") == by_use[::-1]
    assert names(alices_browser, "?order=unused") == by_use
    page = text(alices_browser, "/account/apps/?order=unused&q=app")
    assert 'href="/account/apps/?order=unused&amp;q=app" aria-current="page"' in page
    assert 'href="/account/apps/?order=used&amp;q=app"' in page


@pytest.mark.usefixtures("many_apps")
def test_a_long_list_can_be_searched_by_name_and_by_what_an_app_may_do(
    alices_browser: Browser,
) -> None:
    assert names(alices_browser, "?q=app+07") == ["Äpp 07"]
    assert names(alices_browser, "?q=e-mail+address") == ["Äpp 11"]
    page = text(alices_browser, "/account/apps/?q=nothing")
    assert "No apps match <bdi>“nothing”</bdi>" in page
    assert 'href="/account/apps/">Show all apps' in page


def test_a_short_list_is_not_searched(alices_browser: Browser, alice: User, notes: Client) -> None:
    Authorization.objects.record(alice, notes, frozenset({"openid"}), address="192.0.2.1")
    assert 'type="search"' not in text(alices_browser, "/account/apps/")
