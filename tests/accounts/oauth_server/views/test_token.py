"""The token endpoint: which grants there are (RFC 6749 section 4)."""

import pytest

from tests.accounts.oauth_server.app import App, error_in


@pytest.mark.parametrize("grant_type", ["password", "implicit", "urn:of:nobody", ""])
def test_grants_that_do_not_exist_are_refused(app: App, grant_type: str) -> None:
    form = {"grant_type": grant_type, "username": "alice@example.com", "password": "x"}
    status, error = error_in(app.post("/oauth/token/", form))

    assert status == 400
    assert error in ("unsupported_grant_type", "invalid_request")
