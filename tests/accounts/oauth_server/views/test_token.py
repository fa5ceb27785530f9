"""The token endpoint: which grants there are (RFC 6749 section 4)."""

from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client as Browser

from accounts.models import User
from accounts.oauth_server.models.client import DEVICE_CODE
from tests.accounts.oauth_server.app import App, answer_in, basic, error_in
from tests.accounts.oauth_server.conftest import register
from tests.metrics import Metrics


@pytest.mark.parametrize("grant_type", ["password", "implicit", "urn:of:nobody", ""])
def test_grants_that_do_not_exist_are_refused(app: App, grant_type: str) -> None:
    form = {"grant_type": grant_type, "username": "alice@example.com", "password": "x"}
    status, error = error_in(app.post("/oauth/token/", form))

    assert status == 400
    assert error in ("unsupported_grant_type", "invalid_request")


GRANTS = "latchkey_grants_total"


def test_what_was_issued_is_counted_by_its_grant(app: App, metrics: Metrics) -> None:
    for _ in range(2):
        assert app.post("/oauth/token/", {"grant_type": "client_credentials"}).status_code == 200
    assert metrics.series(GRANTS) == {("client_credentials", "issued"): 2}


@pytest.mark.parametrize(
    ("form", "grant", "error"),
    [
        ({"grant_type": "refresh_token", "refresh_token": "x"}, "refresh_token", "invalid_grant"),
        ({"grant_type": "authorization_code"}, "authorization_code", "invalid_request"),
        ({"grant_type": DEVICE_CODE}, "device_code", "unauthorized_client"),
        (
            {"grant_type": "client_credentials", "client_id": "\0"},
            "client_credentials",
            "invalid_request",
        ),
        ({"grant_type": "made-up-by-somebody"}, "other", "unsupported_grant_type"),
        ({}, "other", "invalid_request"),
        ({str(number): "" for number in range(1_001)}, "other", "invalid_request"),
    ],
)
def test_what_was_refused_is_counted_by_its_error(
    app: App, metrics: Metrics, form: dict[str, str], grant: str, error: str
) -> None:
    app.post("/oauth/token/", form)
    assert metrics.series(GRANTS) == {(grant, error): 1}


def test_a_wrong_secret_and_a_limit_are_counted(app: App, metrics: Metrics, settings: Any) -> None:
    settings.RATE_LIMITS = settings.RATE_LIMITS | {"token": "1/m"}
    app.secret = "lk_cs_wrong"
    for _ in range(2):
        app.post("/oauth/token/", {"grant_type": "client_credentials"})

    assert metrics.series(GRANTS) == {
        ("client_credentials", "invalid_client"): 1,
        ("client_credentials", "temporarily_unavailable"): 1,
    }
    assert metrics("latchkey_limit_refusals_total", limit="token") == 1


# --- parameters without a value (RFC 6749 section 3.2) ---


def posted(form: dict[str, str], headers: dict[str, str] | None = None) -> Any:
    body, kind = urlencode(form), "application/x-www-form-urlencoded"
    return Browser().post("/oauth/token/", body, content_type=kind, headers=headers)


@pytest.fixture
def public(db: None) -> App:
    return register("Notes", client_type="public", scopes="openid offline_access")


def test_a_public_client_may_send_an_empty_secret(public: App, alice: User) -> None:
    code = public.code_for(alice, scope="openid offline_access", prompt="", nonce="")
    tokens = public.redeem(code, client_secret="").json()
    refreshed = public.refresh(tokens["refresh_token"], client_secret="", scope="", resource="")
    assert refreshed.status_code == 200


def test_a_public_client_may_send_its_id_with_an_empty_secret_in_the_header(
    public: App, alice: User
) -> None:
    form = {
        "grant_type": "authorization_code",
        "code": public.code_for(alice, scope="openid"),
        "redirect_uri": public.redirect_uri,
        "code_verifier": public.verifier,
    }
    headers = basic(public.client.client_id, "")
    assert posted(form, headers).status_code == 200


def test_a_client_with_a_secret_does_not_do_without(app: App) -> None:
    form = {"grant_type": "client_credentials", "client_id": app.client.client_id}
    without = posted(form | {"client_secret": ""})
    in_header = posted(form, basic(app.client.client_id, ""))
    assert error_in(without) == error_in(in_header) == (401, "invalid_client")


def test_what_was_sent_twice_is_refused_unless_one_is_empty(app: App) -> None:
    form = {"grant_type": ["client_credentials", ""]}
    assert app.post("/oauth/token/", form).status_code == 200
    form = {"grant_type": ["client_credentials", "client_credentials"]}
    assert error_in(app.post("/oauth/token/", form)) == (400, "invalid_request")


# --- errors that say what would do ---


@pytest.mark.parametrize(
    ("form", "error", "words"),
    [
        ({"grant_type": "password"}, "unsupported_grant_type", "client_credentials"),
        ({"grant_type": ""}, "invalid_request", "grant_type"),
        ({}, "invalid_request", "grant_type"),
        (
            {"grant_type": "client_credentials", "scope": "introspection nonsense"},
            "invalid_scope",
            "introspection",
        ),
        ({"grant_type": "authorization_code"}, "invalid_request", "code"),
        ({"grant_type": "refresh_token"}, "invalid_request", "refresh_token"),
    ],
)
def test_an_error_names_the_parameter_and_what_would_do(
    app: App, form: dict[str, str], error: str, words: str
) -> None:
    told = app.post("/oauth/token/", form).json()
    assert told["error"] == error
    assert words in told["error_description"]


def test_an_error_of_an_authorization_request_does_too(app: App, alice: User) -> None:
    browser = Browser()
    browser.force_login(alice)
    for changes, error, words in (
        ({"scope": "openid introspection"}, "invalid_scope", "introspection"),
        ({"response_type": "token"}, "unsupported_response_type", "code"),
        ({"response_mode": "nonsense"}, "invalid_request", "fragment"),
    ):
        answer = answer_in(app.send(browser, **changes))
        assert answer["error"] == error
        assert words in answer["error_description"]
