"""Addresses that programs call, at both spellings."""

from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client as Browser
from django.test import RequestFactory

from accounts.models import User
from accounts.site.spellings import answer_both
from tests.accounts.oauth_server.app import App
from tests.accounts.oauth_server.conftest import app

__all__ = ["app"]

WITHOUT_SLASH = [
    "/oauth/token",
    "/oauth/revoke",
    "/oauth/introspect",
    "/oauth/device-authorization",
    "/oauth/par",
    "/oauth/userinfo",
    "/oauth/register",
    "/oauth/jwks",
    "/oauth/authorize",
    "/oauth/logout",
    "/oauth/device",
    "/.well-known/openid-configuration",
    "/.well-known/oauth-authorization-server",
    "/.well-known/oauth-protected-resource/api/v1",
    "/.well-known/webfinger",
    "/.well-known/change-password",
    "/.well-known/passkey-endpoints",
    "/api/v1/me",
    "/api/v1/me/connections",
    "/api/v1/schema",
    "/mcp",
]


def said(response: Any) -> tuple[int, dict[str, str], bytes]:
    headers = dict(response.headers)
    request_id = headers.pop("X-Request-ID").encode()
    return response.status_code, headers, response.content.replace(request_id, b"ID")


@pytest.mark.parametrize("address", WITHOUT_SLASH)
@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS"])
def test_both_spellings_answer_alike(app: App, method: str, address: str) -> None:
    asked = {"headers": {"Origin": "https://app.example"}}
    one, other = (
        said(Browser(raise_request_exception=False).generic(method, path, **asked))
        for path in (address, f"{address}/")
    )

    assert one[0] == other[0] != 301
    assert one[1].get("Access-Control-Allow-Origin") == other[1].get("Access-Control-Allow-Origin")
    assert one[1].get("Content-Type") == other[1].get("Content-Type")


def test_a_token_is_issued_and_good_at_the_other_spellings(app: App, alice: User) -> None:
    answer = app.post("/oauth/token", {"grant_type": "client_credentials"})
    assert answer.status_code == 200
    assert answer["Cache-Control"] == "no-store"

    token = app.tokens_for(alice)["access_token"]
    headers = {"Authorization": f"Bearer {token}"}
    for path in ("/oauth/userinfo", "/oauth/userinfo/", "/api/v1/me", "/api/v1/me/"):
        assert Browser().get(path, headers=headers).json()["sub"]


def test_a_form_that_a_page_posts_without_the_slash_is_kept(app: App) -> None:
    asked = {"client_id": app.client.client_id, "response_type": "code", "state": "kept"}
    response = Browser().post("/oauth/authorize", asked)
    assert response.status_code == 303
    assert response["Location"].startswith("/oauth/authorize/?")
    assert "state=kept" in response["Location"]


def test_where_the_site_is_mounted_below_an_address_it_stays_there(rf: RequestFactory) -> None:
    spelled = answer_both(lambda request: HttpResponse(f"{request.path} {request.path_info}"))
    request = rf.post("/oauth/token", SCRIPT_NAME="/id")
    assert spelled(request).content == b"/id/oauth/token/ /oauth/token/"


def test_pages_keep_the_one_spelling_that_they_have(db: None) -> None:
    assert Browser().get("/accounts/login").status_code == 301
    assert Browser().get("/account/").status_code == 302
    assert Browser().get("/oauth/").status_code == 404
