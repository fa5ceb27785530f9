"""oidcc-dynamic-certification-test-plan: clients that register themselves, and how they go on."""

import secrets
import time
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from django.http import HttpResponse
from django.test import Client as Browser
from jwt.algorithms import RSAAlgorithm

from tests.accounts.oauth_server.app import App, answer_in, error_in
from tests.accounts.oauth_server.clients.test_assertions import TYPE
from tests.accounts.oauth_server.conformance.walk import walk
from tests.accounts.oauth_server.registering import app_of, manage, metadata, send

KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
CALLBACK = "https://suite.example/test/a/latchkey/callback"
ISSUER = "http://testserver"


class SigningApp(App):
    """Proves itself by its key, as the suite's client does, which gives that no ID."""

    def request(self, **changes: Any) -> dict[str, Any]:
        return super().request(**({"nonce": "of-the-suite", "scope": "openid"} | changes))

    def post(self, url: str, form: dict[str, Any], **headers: str) -> HttpResponse:
        now = int(time.time())
        name = self.client.client_id
        claims = {"iss": name, "sub": name, "aud": f"{ISSUER}/oauth/token/", "iat": now}
        claims |= {"exp": now + 60, "jti": secrets.token_hex(16)}
        signed = jwt.encode(claims, KEY, algorithm="RS256")
        proof = {"client_assertion_type": TYPE, "client_assertion": signed}
        return super().post(url, form | proof, **headers)


@pytest.fixture(autouse=True)
def _opened(settings: Any, db: None) -> None:
    settings.REGISTRATION = "open"


def register(**changes: Any) -> tuple[SigningApp, dict[str, Any]]:
    """Register as every module does; check what each checks of the answer."""
    key = RSAAlgorithm.to_jwk(KEY.public_key(), as_dict=True)
    told = {
        "client_name": "Suite",
        "redirect_uris": [CALLBACK],
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
        "token_endpoint_auth_method": "private_key_jwt",
        "jwks": {"keys": [{"kty": "RSA", "use": "sig", "n": key["n"], "e": key["e"]}]},
        "contacts": ["suite@suite.example"],
    }
    response = send(metadata(**(told | changes)))
    assert response.status_code == 201, response.content
    assert response["Content-Type"] == "application/json"
    assert (response["Cache-Control"], response["Pragma"]) == ("no-store", "no-cache")
    answer = response.json()
    assert {"registration_client_uri", "registration_access_token"} <= set(answer)
    assert ("client_secret" in answer) == ("client_secret_expires_at" in answer)
    app = app_of(answer)
    return SigningApp(app.client, app.secret, redirect_uri=app.redirect_uri), answer


def test_oidcc_registration_dynamic_and_unregistering_afterwards(browser: Browser) -> None:
    app, registered = register()

    assert walk(app, browser).claims["aud"] == registered["client_id"]
    assert manage(registered, "DELETE").status_code == 204
    assert app.send(browser).status_code == 400


def test_oidcc_idtoken_rs256_and_userinfo_rs256_are_answered_as_registered(
    browser: Browser,
) -> None:
    asked = {"id_token_signed_response_alg": "RS256", "userinfo_signed_response_alg": "RS256"}
    app, registered = register(**asked)
    tokens = app.redeem(answer_in(app.ask(browser))["code"]).json()
    headers = {"Authorization": f"Bearer {tokens['access_token']}"}
    told = Browser().get("/oauth/userinfo/", headers=headers)

    assert asked.items() <= registered.items()
    assert told["Content-Type"] == "application/jwt"
    for signed in (tokens["id_token"], told.content.decode()):
        assert jwt.get_unverified_header(signed)["alg"] == "RS256"


@pytest.mark.parametrize("name", ["id_token_signed_response_alg", "userinfo_signed_response_alg"])
def test_oidcc_idtoken_unsigned_cannot_be_registered(name: str) -> None:
    assert error_in(send(metadata(**{name: "none"}))) == (400, "invalid_client_metadata")


# --- Redirect URIs ---


def test_oidcc_ensure_redirect_uri_in_authorization_request_says_that_it_is_missing(
    browser: Browser,
) -> None:
    app, _ = register()
    page = app.send(browser, redirect_uri=None)

    assert (page.status_code, page.has_header("Location")) == (400, False)
    assert b"did not say where to send you next" in page.content


def test_oidcc_redirect_uri_query_ok(browser: Browser) -> None:
    app, _ = register(redirect_uris=[f"{CALLBACK}?foo=bar"])

    answer = answer_in(app.ask(browser))
    assert answer["foo"] == "bar"
    assert answer["code"]


@pytest.mark.parametrize(
    ("module", "registered", "asked"),
    [
        ("oidcc-redirect-uri-query-mismatch", f"{CALLBACK}?foo=bar", f"{CALLBACK}?bar=foo"),
        ("oidcc-redirect-uri-query-added", CALLBACK, f"{CALLBACK}?foo=bar"),
    ],
)
def test_a_redirect_uri_with_another_query_is_shown_to_the_person(
    browser: Browser, module: str, registered: str, asked: str
) -> None:
    app, _ = register(redirect_uris=[registered])
    page = app.send(browser, redirect_uri=asked)

    assert (page.status_code, page.has_header("Location")) == (400, False), module
    assert b"not registered" in page.content


@pytest.mark.parametrize(
    "uris", [[f"{CALLBACK}#foobar"], [CALLBACK, f"{CALLBACK}#foobar"], []], ids=str
)
def test_oidcc_redirect_uri_regfrag_is_refused_and_so_is_none(uris: list[str]) -> None:
    response = send(metadata(redirect_uris=uris))

    assert error_in(response) == (400, "invalid_redirect_uri")


# --- What else can be registered ---


def test_oidcc_registration_sector_bad() -> None:
    unreadable = "https://127.0.0.1:9/sector.json"
    response = send(metadata(subject_type="pairwise", sector_identifier_uri=unreadable))

    assert error_in(response) == (400, "invalid_client_metadata")


def test_oidcc_3rd_party_init_login_is_kept_where_it_is_https() -> None:
    uri = "https://suite.example/test/a/latchkey/initiate_login"
    _, registered = register(initiate_login_uri=uri)

    assert registered["initiate_login_uri"] == uri
    for nonhttps in (uri.replace("https", "http"), "http://127.0.0.1/x", "javascript:alert(1)"):
        response = send(metadata(initiate_login_uri=nonhttps))
        assert error_in(response) == (400, "invalid_client_metadata")


def test_default_max_age_holds_where_the_request_does_not_say(browser: Browser) -> None:
    app, registered = register(default_max_age=3600)
    assert registered["default_max_age"] == 3600
    assert walk(app, browser)
    session = browser.session
    records = session["account_authentication_methods"]
    records[0]["at"] -= 4000
    session["account_authentication_methods"] = records
    session.save()

    assert app.send(browser)["Location"].startswith("/accounts/login/?next=")
    assert answer_in(app.send(browser, prompt="none"))["error"] == "login_required"
    assert "code" in answer_in(app.send(browser, max_age="5000"))  # the request says


def test_require_auth_time_is_kept_and_every_id_token_has_it(browser: Browser) -> None:
    app, registered = register(require_auth_time=True)

    assert registered["require_auth_time"] is True
    tokens = walk(app, browser, scope="openid offline_access").tokens
    refreshed = app.refresh(tokens["refresh_token"]).json()
    options = {"verify_signature": False}
    times = [
        jwt.decode(each["id_token"], options=options)["auth_time"] for each in (tokens, refreshed)
    ]
    assert times[0] == times[1]


def test_a_code_without_pkce_is_not_for_clients_that_registered_themselves(
    browser: Browser,
) -> None:
    app, _ = register()
    response = app.send(browser, code_challenge=None, code_challenge_method=None)

    assert answer_in(response)["error"] == "invalid_request"
    assert answer_in(app.ask(browser))["code"]
