"""Logos of client apps: served from this site's own origin, and shown where people meet the app."""

import re
from typing import Any

import pytest
from django.conf import settings as site
from django.db import connection
from django.test import Client as Browser
from django.test import override_settings
from django.test.utils import CaptureQueriesContext
from django.utils.http import urlencode

from accounts.models import User
from accounts.oauth_server.models import Authorization, Client, ClientLogo, DeviceGrant
from tests.accounts.oauth_server.app import REDIRECT_URI, App
from tests.accounts.oauth_server.pictures import give_logo, opened, picture
from tests.accounts.oauth_server.registering import register
from tests.accounts.oauth_server.registration.test_changes import change
from tests.accounts.site.test_short_way import WAY_OF_PAGES


def address(digest: str) -> str:
    return f"/oauth/logos/{digest}/"


# --- the address ---


def test_a_logo_is_a_picture_and_nothing_else(app: App) -> None:
    logo = give_logo(app.client)
    answer = Browser().get(address(logo.digest))
    assert opened(answer.content).size == (256, 256)
    assert answer["Content-Type"] == "image/png"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer["Cross-Origin-Resource-Policy"] == "same-origin"
    assert not answer.cookies


def test_a_browser_keeps_it_for_good(app: App) -> None:
    logo = give_logo(app.client)
    answer = Browser().get(address(logo.digest))
    assert answer["Cache-Control"] == "public, max-age=31536000, immutable"
    again = Browser().get(address(logo.digest), headers={"If-None-Match": answer["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again["Cache-Control"] == answer["Cache-Control"]
    assert Browser().head(address(logo.digest)).content == b""


@pytest.mark.parametrize(
    "digest", ["0" * 64, "F" * 64, "0" * 63, "x", "..%2f..%2fetc", "%00", "é", "0" * 64 + "%0a"]
)
@pytest.mark.parametrize("headers", [{}, {"If-None-Match": "*"}])
def test_there_is_no_other_picture(app: App, digest: str, headers: dict[str, str]) -> None:
    give_logo(app.client)
    answer = Browser().get(address(digest), headers=headers)
    assert answer.status_code == 404
    assert "public" not in answer.get("Cache-Control", "")


def test_nothing_is_sent_to_it(app: App) -> None:
    logo = give_logo(app.client)
    assert Browser().post(address(logo.digest)).status_code == 405


def test_both_ways_serve_a_logo_alike(app: App) -> None:
    logo = give_logo(app.client)
    with override_settings(MIDDLEWARE=WAY_OF_PAGES):
        long = Browser().get(address(logo.digest))
    short = Browser().get(address(logo.digest))
    assert short.status_code == long.status_code == 200
    assert short.content == long.content
    for each in (short, long):
        del each.headers["X-Request-ID"]
    assert dict(short.headers) == dict(long.headers)


def test_a_logo_is_one_statement(app: App, django_assert_num_queries: Any) -> None:
    logo = give_logo(app.client)
    with django_assert_num_queries(1):
        Browser().get(address(logo.digest))


def test_a_logo_ends_with_its_app(app: App) -> None:
    digest = give_logo(app.client).digest
    app.client.delete()
    assert Browser().get(address(digest)).status_code == 404


# --- the pages ---


def asked(app: App, browser: Browser) -> str:
    request = {
        "response_type": "code",
        "client_id": app.client.client_id,
        "redirect_uri": REDIRECT_URI,
        "scope": "openid",
        "code_challenge": "a" * 43,
        "code_challenge_method": "S256",
    }
    return browser.get(f"/oauth/authorize/?{urlencode(request)}").content.decode()


def shown(app: App, alice: User, browser: Browser) -> dict[str, str]:
    """What each page that shows an app says."""
    Client.objects.filter(pk=app.client.pk).update(website="https://album.example/")
    Authorization.objects.all().delete()
    consent = asked(app, browser)
    allowed = Authorization.objects.record(
        alice, app.client, frozenset({"email"}), address="192.0.2.1"
    )
    apps = browser.get("/account/apps/").content.decode()
    launcher = re.search(r'<ul class="launcher">.*?</ul>', apps, re.DOTALL)
    return {
        "consent": consent,
        "launcher": launcher[0] if launcher else "",
        "apps": apps.partition('id="authorized"')[2],
        "app": browser.get(f"/account/apps/{allowed.pk}/").content.decode(),
    }


PICTURE = '<img class="app-logo" src="{}" width="256" height="256" alt="">'


def test_people_see_the_logo_of_a_verified_app(
    app: App, alice: User, alices_browser: Browser
) -> None:
    picture_of_it = PICTURE.format(address(give_logo(app.client).digest))
    for name, page in shown(app, alice, alices_browser).items():
        assert picture_of_it in page, name
        assert "monogram" not in page, name


def test_without_one_they_see_its_letter(app: App, alice: User, alices_browser: Browser) -> None:
    for name, page in shown(app, alice, alices_browser).items():
        assert '<span class="monogram monogram-large" aria-hidden="true">P</span>' in page, name
        assert "<img class=" not in page, name


def test_an_app_that_nobody_verified_has_no_face(
    app: App, alice: User, alices_browser: Browser
) -> None:
    give_logo(app.client)
    Client.objects.update(is_verified=False)
    for name, page in shown(app, alice, alices_browser).items():
        assert "/oauth/logos/" not in page, name


def test_it_is_on_the_page_of_an_app_that_is_not_open(app: App, alices_browser: Browser) -> None:
    digest = give_logo(app.client).digest
    Client.objects.update(is_restricted=True)
    assert PICTURE.format(address(digest)) in asked(app, alices_browser)


@pytest.mark.parametrize("status", [200, 403])
def test_it_is_on_the_page_for_an_app_on_a_device(
    app: App, alices_browser: Browser, status: int
) -> None:
    digest = give_logo(app.client).digest
    Client.objects.update(is_restricted=status == 403)
    _, user_code = DeviceGrant.objects.start(app.client, frozenset({"openid"}))
    page = alices_browser.post("/oauth/device/", {"user_code": user_code})
    assert page.status_code == status
    assert PICTURE.format(address(digest)) in page.content.decode()


def test_no_page_loads_pictures_from_elsewhere() -> None:
    allowed = site.CONTENT_SECURITY_POLICY["DIRECTIVES"]["img-src"]
    assert allowed == ["'self'", "data:"]


def test_no_picture_is_read_with_a_page_or_a_token(
    app: App, alice: User, alices_browser: Browser
) -> None:
    give_logo(app.client)
    with CaptureQueriesContext(
        connection,
    ) as found:
        shown(app, alice, alices_browser)
        app.tokens_for(alice)
    said = [each["sql"] for each in found.captured_queries]
    assert any("clientlogo" in each for each in said)
    assert not any('"image"' in each for each in said)


# --- clients that change themselves ---


@pytest.mark.parametrize("source", [ClientLogo.FETCHED, ClientLogo.UPLOADED])
def test_an_app_that_changes_itself_loses_its_logo_but_an_admins(
    db: None, settings: Any, source: str
) -> None:
    settings.REGISTRATION = "open"
    registered = register(logo_uri="https://album.example/logo.png")
    assert registered["logo_uri"] == "https://album.example/logo.png"
    client = Client.objects.get()
    Client.objects.update(is_verified=True)
    digest = give_logo(client).digest
    ClientLogo.objects.update(source=source)

    assert change(registered).status_code == 200  # as it is: nothing is lost
    assert ClientLogo.objects.exists()
    assert change(registered, logo_uri="https://evil.example/bank.png").status_code == 200
    assert not ClientLogo.objects.marks(Client.objects.all())  # for nobody has verified it
    stays = source == ClientLogo.UPLOADED
    assert ClientLogo.objects.exists() is stays
    assert Browser().get(address(digest)).status_code == (200 if stays else 404)


def test_an_app_names_a_logo_by_https_alone(db: None, settings: Any) -> None:
    settings.REGISTRATION = "open"
    assert "logo_uri" not in register(logo_uri="http://album.example/logo.png")
    assert "logo_uri" not in register(logo_uri="javascript:alert(1)")


def test_two_apps_may_have_the_same_logo(app: App, other_app: App) -> None:
    digests = {give_logo(each.client, picture("GIF")).digest for each in (app, other_app)}
    assert len(digests) == 1
    app.client.delete()
    assert Browser().get(address(digests.pop())).status_code == 200
