"""What people and admins see of apps that nobody has checked, and how long those stay."""

import re
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client as Browser
from django.utils import timezone

from accounts.models import SecurityEvent, User
from accounts.models.event_kinds import Event
from accounts.oauth_server.models import Authorization, Client, ClientSecret, InitialAccessToken
from tests.accounts.oauth_server.app import App
from tests.accounts.oauth_server.conftest import register as register_by_admin
from tests.accounts.oauth_server.registering import app_of, metadata, register, send

UNCHECKED = "Latchkey has not verified this app."
LOCAL = "any program on this device could say that."


@pytest.fixture(autouse=True)
def _opened(settings: Any, db: None) -> None:
    settings.REGISTRATION = "open"


@pytest.fixture
def browser(alice: User) -> Browser:
    browser = Browser()
    browser.force_login(alice)
    return browser


def words(response: Any) -> str:
    return response.content.decode()


# --- What people are told ---


def test_the_page_that_asks_says_that_nobody_has_checked_the_app(browser: Browser) -> None:
    page = words(app_of(register()).send(browser))

    assert UNCHECKED in page
    assert LOCAL not in page


def test_it_says_so_of_an_app_on_this_device(browser: Browser) -> None:
    page = words(app_of(register(redirect_uris=["http://localhost/callback"])).send(browser))

    assert UNCHECKED in page
    assert LOCAL in page


def test_it_says_nothing_of_an_app_that_an_admin_registered(browser: Browser, app: App) -> None:
    assert UNCHECKED not in words(app.send(browser))


def test_it_shows_where_the_apps_terms_are(browser: Browser) -> None:
    told = {"policy_uri": "https://album.example/p", "tos_uri": "https://album.example/t"}
    page = words(app_of(register(**told)).send(browser))

    assert all(f'href="{uri}"' in page for uri in told.values())


def test_a_name_is_not_read_as_html(browser: Browser) -> None:
    page = words(app_of(register(client_name="<b>Album</b>")).send(browser))

    assert "<b>Album" not in page


def test_the_page_for_devices_says_it_too(browser: Browser) -> None:
    device = "urn:ietf:params:oauth:grant-type:device_code"
    registered = register(grant_types=[device], redirect_uris=..., client_name="TV")
    app = app_of(registered | {"redirect_uris": [""]})
    user_code = app.post("/oauth/device-authorization/", {}).json()["user_code"]

    assert UNCHECKED in words(browser.post("/oauth/device/", {"user_code": user_code}))


def test_the_sign_in_page_does_not_repeat_a_name_that_nobody_checked(app: App) -> None:
    unchecked = app_of(register(client_name="Your Bank"))

    for asking, name, is_shown in ((unchecked, "Your Bank", False), (app, "Photo Album", True)):
        sign_in = asking.send(Browser())["Location"]
        assert (name in words(Browser().get(sign_in))) == is_shown


# --- What admins do ---


def test_an_admin_sees_who_registered_and_marks_it_as_checked(
    desk: Browser, browser: Browser
) -> None:
    app = app_of(register(contacts=["carol@album.example"]))
    change = f"/admin/oauth_server/client/{app.client.pk}/change/"
    assert "carol@album.example" in words(desk.get(change))

    chosen = {"action": "verify", "_selected_action": [app.client.pk]}
    desk.post("/admin/oauth_server/client/", chosen)

    assert UNCHECKED not in words(app.send(browser))
    assert SecurityEvent.objects.filter(kind=Event.ADMIN_CLIENT).exists()


def test_an_admin_makes_an_initial_access_token_that_is_shown_once(
    desk: Browser, settings: Any
) -> None:
    settings.REGISTRATION = "token"
    desk.post("/admin/oauth_server/initialaccesstoken/add/", {"note": "Carol", "uses_left": 1})
    listing = "/admin/oauth_server/initialaccesstoken/"

    (token,) = re.findall(r"lk_ir_\w+", words(desk.get(listing)))

    assert "lk_ir_" not in words(desk.get(listing))
    client = app_of(register(token)).client
    change = words(desk.get(f"/admin/oauth_server/client/{client.pk}/change/"))
    assert "Carol" in change
    assert InitialAccessToken.objects.get().user == User.objects.get(email="bob@example.com")


def test_deleting_a_token_keeps_what_it_let_in(desk: Browser, settings: Any) -> None:
    row = InitialAccessToken()
    registered = register(row.make(), grant_types=["client_credentials"], redirect_uris=...)

    desk.post(f"/admin/oauth_server/initialaccesstoken/{row.pk}/delete/", {"post": "yes"})

    client = Client.objects.get(client_id=registered["client_id"])
    assert not InitialAccessToken.objects.exists()
    assert desk.get(f"/admin/oauth_server/client/{client.pk}/change/").status_code == 200


# --- How long they stay ---


def age(client: Client, days: int = 31) -> None:
    """Let nothing have happened to `client` for `days`."""
    then = timezone.now() - timedelta(days=days)
    Client.objects.filter(pk=client.pk).update(created=then, updated=then)
    ClientSecret.objects.filter(client=client, last_used__isnull=False).update(last_used=then)
    Authorization.objects.filter(client=client).update(last_used=then)


def remaining() -> set[str]:
    call_command("cleartokens", stdout=StringIO())
    return set(Client.objects.values_list("name", flat=True))


def test_what_nobody_used_is_removed(alice: User) -> None:
    never_used = app_of(register(client_name="Never used")).client
    once = app_of(register(client_name="Once"))
    once.tokens_for(alice)
    once.client.accesstoken_set.update(created=timezone.now() - timedelta(days=31))
    age(never_used)
    age(once.client)
    register(client_name="New")

    assert remaining() == {"New"}
    removed = SecurityEvent.objects.filter(kind=Event.CLIENT_REMOVED)
    assert {(event.actor, event.details["unused_days"]) for event in removed} == {("site", 30)}


def test_what_somebody_uses_stays(alice: User) -> None:
    public = app_of(register(client_name="Public", token_endpoint_auth_method="none"))
    confidential = app_of(register(client_name="Confidential"))
    age(public.client)
    age(confidential.client)
    public.tokens_for(alice)
    confidential.post("/oauth/introspect/", {"token": "any"})

    assert remaining() == {"Public", "Confidential"}


def test_what_an_admin_registered_or_checked_stays() -> None:
    age(register_by_admin("Of an admin").client)
    checked = app_of(register(client_name="Verified")).client
    Client.objects.filter(pk=checked.pk).update(is_verified=True)
    age(checked)

    assert remaining() == {"Of an admin", "Verified"}


def test_what_the_same_agent_registered_before_and_never_used_is_removed(alice: User) -> None:
    agent = {"client_name": "Agent", "token_endpoint_auth_method": "none"}
    forgotten, used = app_of(register(**agent)), app_of(register(**agent))
    of_others = [register(**agent | {"client_name": "Other"}), register(client_name="Agent")]
    used.tokens_for(alice)
    for client in Client.objects.all():
        age(client, days=2)
    newest = [register(**agent) for _ in range(2)]  # neither takes the other's away

    kept = {*(each["client_id"] for each in (*newest, *of_others)), used.client.client_id}
    assert set(Client.objects.values_list("client_id", flat=True)) == kept
    page = forgotten.send(Browser())
    assert page.status_code == 400
    assert "remove the connection in the app and add it again" in words(page)


def test_how_long_is_the_deployments_choice(settings: Any) -> None:
    settings.REGISTRATION_UNUSED = timedelta(days=60)
    age(app_of(register()).client)

    assert remaining() == {"Photo Album"}


def test_a_token_taken_by_two_at_once_lets_one_in(settings: Any) -> None:
    """Both have seen it live; the second finds it used up when it is taken."""
    row = InitialAccessToken()
    token = row.make()
    seen = InitialAccessToken.objects.presented(token)

    assert seen
    assert InitialAccessToken.objects.use(seen)
    assert not InitialAccessToken.objects.use(seen)
    assert send(metadata(), token).status_code == 401
