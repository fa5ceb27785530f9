"""What every answer tells the browser, whichever part of the site made it."""

import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NoReturn

import pytest
import requests
from django.http import HttpRequest
from django.test import Client as Browser
from django.urls import include, path

from accounts.models import User
from config import urls as site_urls
from config.instance import BASE_DIR, Instance, free_ports, prepare, running

pytestmark = pytest.mark.django_db


def _fail(request: HttpRequest) -> NoReturn:
    raise RuntimeError("a fault of ours")


urlpatterns = [path("fail/", _fail), path("", include("config.urls"))]
handler400, handler403, handler404, handler500 = (
    getattr(site_urls, f"handler{status}") for status in (400, 403, 404, 500)
)

PUBLIC = [
    "/.well-known/openid-configuration",
    "/.well-known/oauth-authorization-server",
    "/.well-known/oauth-protected-resource/api/v1",
    "/oauth/jwks/",
]
OF_NOBODY = [
    "/",
    "/accounts/login/",
    "/accounts/signup/",
    "/accounts/login/code/",
    "/accounts/password/reset/",
    "/account/",
    "/admin/",
    "/nowhere/",
    "/fail/",
    "/oauth/authorize/",
    "/oauth/token/",
    "/oauth/userinfo/",
    "/oauth/device/",
    "/api/v1/me",
    "/api/v1/schema",
    "/api/nowhere",
]
OF_ALICE = [
    "/",
    "/account/",
    "/accounts/email/",
    "/accounts/logout/",
    "/accounts/password/change/",
    "/accounts/3rdparty/",
    "/oauth/device/",
]


@pytest.fixture
def browser(settings: Any) -> Browser:
    settings.ROOT_URLCONF = __name__
    return Browser(raise_request_exception=False)


def check_headers(response: Any) -> None:
    csp = dict(part.partition(" ")[::2] for part in response["Content-Security-Policy"].split("; "))
    assert csp["default-src"] == csp["frame-ancestors"] == csp["base-uri"] == "'none'"
    assert csp["script-src"] == csp["style-src"] == "'self'"
    assert "unsafe" not in response["Content-Security-Policy"]
    assert response["Cross-Origin-Opener-Policy"] == "same-origin"
    assert response["Referrer-Policy"] == "same-origin"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["X-Frame-Options"] == "DENY"
    policy = response["Permissions-Policy"].split(", ")
    assert {"publickey-credentials-get=(self)", "publickey-credentials-create=(self)"} <= {*policy}
    assert {"camera=()", "geolocation=()", "payment=()"} <= {*policy}
    assert response["X-Request-ID"]


@pytest.mark.parametrize("where", OF_NOBODY)
def test_every_answer_is_guarded_and_kept_by_nobody(browser: Browser, where: str) -> None:
    response = browser.get(where)
    check_headers(response)
    assert "no-store" in response["Cache-Control"]
    assert response["Cross-Origin-Resource-Policy"] == "same-origin"


@pytest.mark.parametrize("where", OF_ALICE)
def test_the_back_button_shows_nothing_after_signing_out(
    browser: Browser, alice: User, where: str
) -> None:
    browser.force_login(alice)
    response = browser.get(where)
    assert response.status_code in (200, 302)
    check_headers(response)
    assert "no-store" in response["Cache-Control"]


@pytest.mark.parametrize("where", PUBLIC)
def test_what_is_for_everybody_can_be_read_from_everywhere(browser: Browser, where: str) -> None:
    response = browser.get(where)
    check_headers(response)
    assert response["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert "public" in response["Cache-Control"]


@pytest.mark.parametrize(
    ("where", "form"),
    [("/oauth/token/", {"grant_type": "x"}), ("/accounts/login/", {}), ("/oauth/revoke/", {})],
)
def test_refusals_are_guarded_too(browser: Browser, where: str, form: dict[str, str]) -> None:
    for response in (browser.post(where, form), Browser(enforce_csrf_checks=True).post(where)):
        check_headers(response)
        assert "no-store" in response["Cache-Control"]


@pytest.mark.parametrize(
    "name",
    ["token", "revoke", "introspect", "device-authorization", "par"],
)
def test_no_credential_is_taken_from_an_address(browser: Browser, name: str) -> None:
    response = browser.post(
        f"/oauth/{name}/?client_id=a&client_secret=b&token=c&grant_type=client_credentials",
        content_type="application/x-www-form-urlencoded",
    )
    assert response.status_code == 400
    assert response.json()["error"] == "invalid_request"


@pytest.mark.parametrize("where", ["/api/v1/me", "/oauth/userinfo/"])
def test_no_token_is_taken_from_an_address(browser: Browser, where: str) -> None:
    response = browser.get(where, {"access_token": "lk_at_anything"})
    assert response.status_code == 401
    assert "invalid_token" not in response["WWW-Authenticate"]  # none was seen


def test_a_key_in_a_link_is_not_logged(browser: Browser, caplog: Any) -> None:
    caplog.set_level(logging.INFO)
    browser.get("/accounts/password/reset/key/1-abc123-secret/")
    assert "/accounts/password/reset/key/…" in caplog.text
    assert "abc123" not in caplog.text


@pytest.fixture(scope="module")
def production(
    tmp_path_factory: pytest.TempPathFactory,
    empty_database: dict[str, str],
    migrated: Callable[[Path], Path],
) -> Iterator[str]:
    """The site under https, as a proxy reaches it."""
    settings = {
        "SITE_URL": "https://id.example.com",
        "TRUSTED_PROXIES": "1",
        "EMAIL_URL": "memory://",
    }
    (port,) = free_ports(1)
    folder = migrated(tmp_path_factory.mktemp("production"))
    site = Instance("Latchkey", port, folder, settings | empty_database)
    prepare(site)
    with running(site):
        yield site.local_url


def fetch(url: str, scheme: str = "https") -> requests.Response:
    headers = {"Host": "id.example.com", "X-Forwarded-Proto": scheme}
    return requests.get(url, headers=headers, timeout=10, allow_redirects=False)


@pytest.mark.servers
@pytest.mark.one_database
def test_over_https_cookies_are_bound_to_the_host_and_browsers_stay(production: str) -> None:
    response = fetch(f"{production}/accounts/login/")
    hsts = response.headers["Strict-Transport-Security"]
    assert hsts == "max-age=31536000; includeSubDomains; preload"
    cookies = response.raw.headers.getlist("Set-Cookie")
    assert cookies
    for cookie in cookies:
        assert cookie.startswith("__Host-latchkey-")
        attributes = {part.strip() for part in cookie.split(";")}
        assert {"Path=/", "Secure", "HttpOnly", "SameSite=Lax"} <= attributes
        assert not [part for part in attributes if part.startswith("Domain")]


@pytest.mark.servers
@pytest.mark.one_database
def test_over_http_it_only_says_where_https_is(production: str) -> None:
    response = fetch(f"{production}/accounts/login/", scheme="http")
    assert response.status_code == 301
    assert response.headers["Location"] == "https://id.example.com/accounts/login/"
    assert "Set-Cookie" not in response.headers


@pytest.mark.servers
def test_static_files_are_guarded_and_may_be_kept(production: str) -> None:
    page = fetch(f"{production}/accounts/login/").text
    name = page.partition('href="/static/css/')[2].partition('"')[0]
    response = fetch(f"{production}/static/css/{name}")
    assert response.status_code == 200
    check_headers(response.headers)
    assert response.headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "immutable" in response.headers["Cache-Control"]


def test_no_page_has_scripts_or_styles_in_it() -> None:
    # Mail programs read no style sheets: theirs are in the letters.
    mails = {"mail", "email"}
    for template in (BASE_DIR / "templates").rglob("*.html"):
        if template.parent.name in mails:
            continue
        text = template.read_text()
        assert "<style" not in text, template
        assert " style=" not in text, template
        assert " onclick=" not in text, template
        assert "<script>" not in text, template
