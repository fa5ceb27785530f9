"""The token endpoint: which grants there are (RFC 6749 section 4)."""

from typing import Any

import pytest

from accounts.oauth_server.models.client import DEVICE_CODE
from tests.accounts.oauth_server.app import App, error_in
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
