"""The database is away, or full: who asks is told so soon, in the format of what they called."""

import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test import Client as Browser

from accounts.models import User
from tests.accounts.oauth_server.app import App
from tests.accounts.oauth_server.conftest import app

__all__ = ["app"]

pytestmark = pytest.mark.django_db(transaction=True)

OAUTH = [
    *("/oauth/token/", "/oauth/revoke/", "/oauth/introspect/"),
    *("/oauth/device-authorization/", "/oauth/par/"),
]
FORM = "application/x-www-form-urlencoded"
NOT_THERE = "/nowhere/latchkey.sqlite3"


@pytest.fixture
def away(app: App) -> Iterator[Callable[[], None]]:
    """Call it, and the database is back."""
    kept = dict(connection.settings_dict)
    browser().get("/oauth/token/")  # what the first request of a process makes takes its time

    def back() -> None:
        connection.close()
        connection.settings_dict.update(kept)

    connection.close()
    gone = (
        {"NAME": NOT_THERE} if connection.vendor == "sqlite" else {"HOST": "127.0.0.1", "PORT": "9"}
    )
    connection.settings_dict.update(gone)
    yield back
    back()


@pytest.fixture
def full(app: App) -> Iterator[None]:
    """A disk with no room for another page (SQLite)."""
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL's disk is not this machine's to fill")
    with connection.cursor() as cursor:
        cursor.execute("VACUUM")  # no free page inside the file either
        pages = cursor.execute("PRAGMA page_count").fetchone()[0]
        cursor.execute(f"PRAGMA max_page_count = {pages}")
        yield
        cursor.execute("PRAGMA max_page_count = 1073741823")


def browser() -> Browser:
    return Browser(raise_request_exception=False)


def call(method: str, address: str, **headers: str) -> Any:
    started = time.monotonic()
    response = getattr(browser(), method)(address, headers=headers or None)
    assert time.monotonic() - started < 2
    return response


def send(app: App, address: str, form: dict[str, Any], **headers: str) -> Any:
    body = urlencode(form)
    told = app.authorization | headers
    return browser().post(address, body, content_type=FORM, headers=told)


def redeem(app: App, code: str) -> Any:
    uri, verifier = app.redirect_uri, app.verifier
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": uri}
    return send(app, "/oauth/token/", form | {"code_verifier": verifier})


def _is_told(response: Any) -> None:
    assert response.status_code == 503
    assert int(response["Retry-After"]) > 0
    assert "no-store" in response["Cache-Control"]


@pytest.mark.parametrize("accept", ["*/*", "text/html", "application/json"])
@pytest.mark.parametrize("address", OAUTH)
def test_an_endpoint_says_so_in_the_words_of_rfc_6749(
    away: Any, app: App, address: str, accept: str
) -> None:
    form = {"grant_type": "client_credentials", "token": "lk_at_x", "scope": "profile"}
    started = time.monotonic()
    response = send(app, address, form, Accept=accept)

    assert time.monotonic() - started < 2
    _is_told(response)
    assert response["Content-Type"] == "application/json"
    assert response.json()["error"] == "temporarily_unavailable"


def test_a_resource_says_so_as_a_problem(app: App, alice: User, request: Any) -> None:
    token = app.tokens_for(alice)["access_token"]
    request.getfixturevalue("away")

    response = call("get", "/api/v1/me", Authorization=f"Bearer {token}")
    _is_told(response)
    assert response["Content-Type"] == "application/problem+json"
    assert response.json()["request_id"] == response["X-Request-ID"]

    userinfo = call("get", "/oauth/userinfo/", Authorization=f"Bearer {token}")
    _is_told(userinfo)
    assert userinfo.json()["error"] == "temporarily_unavailable"


@pytest.mark.parametrize("page", ["/accounts/login/", "/oauth/device/", "/account/"])
def test_a_page_says_so(away: Any, page: str) -> None:
    client = browser()
    client.cookies["latchkey-session"] = "as-of-somebody-who-signed-in"
    response = client.get(page)

    if response.status_code != 302:  # to the entrance, which then says so
        _is_told(response)
        assert "not available right now" in response.content.decode()


def test_what_needs_no_database_is_served_and_all_is_well_again_by_itself(
    away: Callable[[], None], app: App
) -> None:
    assert call("get", "/.well-known/openid-configuration").status_code == 200
    assert call("get", "/.well-known/oauth-protected-resource/api/v1").status_code == 200
    assert call("get", "/livez").status_code == 200
    ready = call("get", "/readyz")
    assert ready.status_code == 503
    assert ready.json()["checks"]["database"] == "failed"

    away()

    assert call("get", "/readyz").status_code == 200
    assert send(app, "/oauth/token/", {"grant_type": "client_credentials"}).status_code == 200


def test_a_code_is_not_called_invalid_while_the_database_is_away(
    app: App, alice: User, request: Any
) -> None:
    code = app.code_for(alice)
    back = request.getfixturevalue("away")

    refused = redeem(app, code)
    _is_told(refused)

    back()
    assert redeem(app, code).status_code == 200


def test_a_full_disk_is_no_fault_of_the_client(full: None, app: App) -> None:
    form = {"grant_type": "client_credentials"}
    answers = (send(app, "/oauth/token/", form) for _ in range(300))  # until no page has room
    response = next(answer for answer in answers if answer.status_code != 200)
    _is_told(response)
    assert response.json()["error"] == "temporarily_unavailable"
