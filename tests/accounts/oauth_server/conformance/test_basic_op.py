"""oidcc-basic-certification-test-plan, module by module."""

import json
from typing import Any

import jwt
import pytest
from django.test import Client as Browser

from accounts.sessions.sign_in import ACR_VALUES
from tests.accounts.oauth_server.app import App, answer_in, challenge_of, error_in
from tests.accounts.oauth_server.authorization.test_prompts import sign_in
from tests.accounts.oauth_server.claims.test_release import ALL, PROFILE
from tests.accounts.oauth_server.conformance.walk import (
    Walk,
    arrive,
    bearer,
    check_id_token,
    check_token_response,
    walk,
)

FORM = "application/x-www-form-urlencoded"


def grow_old(browser: Browser, seconds: int) -> None:
    """Let `seconds` go by since the sign-in of this session."""
    session = browser.session
    records = session["account_authentication_methods"]
    for record in records:
        record["at"] -= seconds
    session["account_authentication_methods"] = records
    session.save()


def walk_by_sign_in(app: App, browser: Browser, **changes: Any) -> Walk:
    """Like `walk`, where the person has to be asked to sign in again."""
    response = app.send(browser, **changes)
    assert response["Location"].startswith("/accounts/login/?next=")
    page = browser.get(response["Location"])
    assert page.status_code == 200
    assert b'name="password"' in page.content
    return arrive(app, sign_in(browser, response["Location"]), **changes)


@pytest.mark.parametrize(
    ("module", "parameters"),
    [
        ("oidcc-server", {}),
        ("oidcc-ensure-request-without-nonce-succeeds-for-code-flow", {"nonce": None}),
        ("oidcc-ensure-other-scope-order-succeeds", {"scope": "email openid"}),
        ("oidcc-display-page", {"display": "page"}),
        ("oidcc-display-popup", {"display": "popup"}),
        ("oidcc-ensure-request-with-unknown-parameter-succeeds", {"extra": "foobar"}),
        ("oidcc-login-hint", {"login_hint": "buffy@suite.example"}),
        ("oidcc-ui-locales", {"ui_locales": "se"}),
        ("oidcc-claims-locales", {"claims_locales": "se"}),
    ],
)
def test_a_request_is_answered_with_all_that_the_suite_checks(
    app: App, browser: Browser, module: str, parameters: dict[str, Any]
) -> None:
    assert walk(app, browser, **parameters).claims["sub"], module


def test_oidcc_ensure_request_with_valid_pkce_succeeds(app: App, browser: Browser) -> None:
    pkce = {"code_challenge": challenge_of(app.verifier), "code_challenge_method": "S256"}

    assert walk(app, browser, **pkce)


def test_oidcc_alternate_happy_flow_keeps_the_query_of_the_redirect_uri(
    second_app: App, browser: Browser
) -> None:
    answer = answer_in(second_app.ask(browser))

    assert (answer["dummy1"], answer["dummy2"]) == ("lorem", "ipsum")
    assert walk(second_app, browser, scope=f"{ALL} offline_access")


def test_oidcc_ensure_post_request_succeeds(app: App, browser: Browser) -> None:
    response = browser.post("/oauth/authorize/", app.request(scope="openid"))
    assert response.status_code == 303
    page = browser.get(response["Location"])

    assert page.status_code == 200
    assert arrive(app, app.ask(browser, scope="openid"))


def test_oidcc_server_client_secret_post(app: App, browser: Browser) -> None:
    form = {
        "grant_type": "authorization_code",
        "code": answer_in(app.ask(browser))["code"],
        "redirect_uri": app.redirect_uri,
        "client_secret": app.secret,
    }
    app.secret = None  # not in the header, then

    check_id_token(app, check_token_response(app.post("/oauth/token/", form)), nonce="of-the-suite")


def test_oidcc_ensure_request_with_acr_values_succeeds(app: App, browser: Browser) -> None:
    """The suite asks for all that the metadata lists, and warns where none of it comes back."""
    found = walk(app, browser, acr_values=" ".join(ACR_VALUES))

    assert found.claims["acr"] in ACR_VALUES


# --- Scopes and claims ---

STRINGS = {*PROFILE, "email", "phone_number"}
BY_SCOPE = {
    "oidcc-scope-profile": ("openid profile", {*PROFILE, "updated_at"}),
    "oidcc-scope-email": ("openid email", {"email", "email_verified"}),
    "oidcc-scope-address": ("openid address", {"address"}),
    "oidcc-scope-phone": ("openid phone", {"phone_number", "phone_number_verified"}),
}
BY_SCOPE["oidcc-scope-all"] = (ALL, set[str]().union(*(told for _, told in BY_SCOPE.values())))


@pytest.mark.parametrize("module", BY_SCOPE)
def test_userinfo_has_every_claim_of_the_scope_in_its_type(
    app: App, browser: Browser, module: str
) -> None:
    scope, expected = BY_SCOPE[module]
    found = walk(app, browser, scope=scope)

    assert set(found.userinfo) == expected | {"sub"}
    assert not expected & set(found.claims)  # userinfo is where they are fetched
    for name, value in found.userinfo.items():
        if name in STRINGS:
            assert isinstance(value, str)
            assert value
    assert type(found.userinfo.get("updated_at", 0)) is int
    assert type(found.userinfo.get("email_verified", True)) is bool
    assert type(found.userinfo.get("phone_number_verified", True)) is bool
    address = found.userinfo.get("address", {})
    assert all(isinstance(part, str) for part in address.values())


def test_oidcc_claims_essential_tells_a_claim_where_it_was_asked_for(
    app: App, browser: Browser
) -> None:
    claims = json.dumps({"userinfo": {"name": {"essential": True}}})
    found = walk(app, browser, scope="openid", claims=claims)

    assert found.userinfo["name"] == "Alice"
    assert "name" not in found.claims


# --- Userinfo ---


@pytest.mark.parametrize(
    "module", ["oidcc-userinfo-get", "oidcc-userinfo-post-header", "oidcc-userinfo-post-body"]
)
def test_userinfo_is_told_in_every_way_of_asking(app: App, browser: Browser, module: str) -> None:
    tokens = walk(app, browser).tokens
    asked: dict[str, Any] = {
        "oidcc-userinfo-get": ("get", {"headers": bearer(tokens)}),
        "oidcc-userinfo-post-header": ("post", {"headers": bearer(tokens)}),
        "oidcc-userinfo-post-body": (
            "post",
            {"data": f"access_token={tokens['access_token']}", "content_type": FORM},
        ),
    }
    method, given = asked[module]
    response = getattr(Browser(), method)("/oauth/userinfo/", **given)

    assert response.status_code == 200
    assert response["Content-Type"] == "application/json"
    assert response.json()["email"] == "alice@example.com"


# --- Who is there, and since when ---


def test_oidcc_prompt_login_asks_again_and_says_so(app: App, browser: Browser) -> None:
    grow_old(browser, 100)
    first = walk(app, browser)
    second = walk_by_sign_in(app, browser, prompt="login")

    assert second.claims["sub"] == first.claims["sub"]
    assert second.claims["auth_time"] >= first.claims["auth_time"] + 100


def test_oidcc_prompt_none_not_logged_in(app: App) -> None:
    response = app.send(Browser(), prompt="none", scope="openid")

    answer = answer_in(response)
    assert set(answer) == {"error", "error_description", "state", "iss"}
    assert answer["error"] == "login_required"


def test_oidcc_prompt_none_logged_in(app: App, browser: Browser) -> None:
    first = walk(app, browser)
    second = arrive(app, app.send(browser, prompt="none"))

    for name in ("sub", "auth_time", "acr", "amr", "sid"):
        assert second.claims[name] == first.claims[name]


def test_oidcc_max_age_1_asks_again(app: App, browser: Browser) -> None:
    first = walk(app, browser)
    grow_old(browser, 2)
    second = walk_by_sign_in(app, browser, max_age="1")

    assert second.claims["sub"] == first.claims["sub"]
    assert second.claims["iat"] - second.claims["auth_time"] <= 1
    assert second.claims["auth_time"] > first.claims["auth_time"] - 2


def test_oidcc_max_age_10000_does_not_ask_again(app: App, browser: Browser) -> None:
    grow_old(browser, 100)
    first = walk(app, browser)
    second = arrive(app, app.send(browser, max_age="10000"))

    assert second.claims["auth_time"] == first.claims["auth_time"]


def test_oidcc_id_token_hint_with_prompt_none(app: App, browser: Browser) -> None:
    first = walk(app, browser)
    hint = {"prompt": "none", "id_token_hint": first.tokens["id_token"]}

    assert arrive(app, app.send(browser, **hint)).claims["sub"] == first.claims["sub"]


# --- What must not work ---


def test_oidcc_codereuse_ends_what_the_code_earned(app: App, browser: Browser) -> None:
    code = answer_in(app.ask(browser))["code"]
    tokens = check_token_response(app.redeem(code))

    again = app.redeem(code)
    assert error_in(again) == (400, "invalid_grant")
    assert again["Content-Type"] == "application/json"
    assert set(again.json()) <= {"error", "error_description", "error_uri"}
    assert not set("\r\n\t") & set(again.json()["error_description"])
    assert Browser().get("/oauth/userinfo/", headers=bearer(tokens)).status_code == 401


def test_oidcc_ensure_request_object_with_redirect_uri_redirects_nowhere(
    app: App, browser: Browser
) -> None:
    inside = jwt.encode({"redirect_uri": app.redirect_uri}, "", algorithm="none")
    outside = f"{app.redirect_uri}/not-registered"
    response = app.send(browser, request=inside, redirect_uri=outside)

    assert (response.status_code, response.has_header("Location")) == (400, False)


# --- Refresh ---


def test_oidcc_refresh_token_says_the_same_of_the_person(
    app: App, second_app: App, browser: Browser
) -> None:
    scope = "openid offline_access"
    first = walk(app, browser, scope=scope, prompt="consent")
    refreshed = check_token_response(app.refresh(first.tokens["refresh_token"], scope=scope))
    again = check_id_token(app, refreshed, nonce=None)

    for name in ("iss", "sub", "aud", "auth_time", "acr", "amr", "sid"):
        assert again[name] == first.claims[name]
    assert refreshed["access_token"] != first.tokens["access_token"]
    stolen = second_app.refresh(refreshed["refresh_token"])
    assert error_in(stolen) == (400, "invalid_grant")
    assert app.refresh(refreshed["refresh_token"]).status_code == 200
