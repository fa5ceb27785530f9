"""oidcc-rp-initiated-logout-certification-test-plan, module by module."""

import html
import re
from typing import Any

import pytest
from django.test import Client as Browser

from tests.accounts.oauth_server.app import App, answer_in
from tests.accounts.oauth_server.conformance.conftest import LOGGED_OUT
from tests.accounts.oauth_server.conformance.walk import walk

STATE = "of-the-suite"


def log_out(browser: Browser, **parameters: str) -> Any:
    """Go to the end session endpoint, and say yes where the person is asked."""
    page = browser.get("/oauth/logout/", parameters)
    action = re.search(r'action="(/oauth/logout/decision/[^"]*)"', page.content.decode())
    return browser.post(html.unescape(action[1])) if action else page


def is_signed_out(app: App, browser: Browser) -> bool:
    """What each module asks in the end: a request with prompt=none."""
    return answer_in(app.send(browser, prompt="none")).get("error") == "login_required"


@pytest.mark.parametrize(
    ("module", "state"),
    [("oidcc-rp-initiated-logout", STATE), ("oidcc-rp-initiated-logout-no-state", "")],
)
def test_the_person_is_signed_out_and_taken_back(
    app: App, browser: Browser, module: str, state: str
) -> None:
    given = {"state": state} if state else {}
    hint = walk(app, browser).tokens["id_token"]
    response = log_out(browser, id_token_hint=hint, post_logout_redirect_uri=LOGGED_OUT, **given)

    # No parameter but the state that was sent, and none where none was.
    assert response["Location"] == LOGGED_OUT + (f"?state={state}" if state else "")
    assert is_signed_out(app, browser), module


def with_hint(hint: str, **parameters: str) -> dict[str, str]:
    return {"id_token_hint": hint, "state": STATE} | parameters


SIGNS_OUT = {
    "oidcc-rp-initiated-logout-no-params": lambda hint: {},
    "oidcc-rp-initiated-logout-only-state": lambda hint: {"state": STATE},
    "oidcc-rp-initiated-logout-no-post-logout-redirect-uri": with_hint,
}
REFUSES = {
    "oidcc-rp-initiated-logout-no-id-token-hint": lambda hint: {
        "state": STATE,
        "post_logout_redirect_uri": LOGGED_OUT,
    },
    "oidcc-rp-initiated-logout-bad-post-logout-redirect-uri": lambda hint: with_hint(
        hint, post_logout_redirect_uri=f"{LOGGED_OUT}/of-nobody"
    ),
    "oidcc-rp-initiated-logout-query-added-to-post-logout-redirect-uri": lambda hint: with_hint(
        hint, post_logout_redirect_uri=f"{LOGGED_OUT}?foo=bar"
    ),
    "oidcc-rp-initiated-logout-modified-id-token-hint": lambda hint: with_hint(
        hint[:-8] + ("A" * 8 if hint[-8:] != "A" * 8 else "B" * 8),
        post_logout_redirect_uri=LOGGED_OUT,
    ),
    "oidcc-rp-initiated-logout-bad-id-token-hint": lambda hint: with_hint(
        "bad", post_logout_redirect_uri=LOGGED_OUT
    ),
}


@pytest.mark.parametrize("module", SIGNS_OUT)
def test_without_an_address_a_page_says_that_the_person_is_signed_out(
    app: App, browser: Browser, module: str
) -> None:
    parameters = SIGNS_OUT[module](walk(app, browser).tokens["id_token"])
    page = log_out(browser, **parameters)

    assert (page.status_code, page.has_header("Location")) == (200, False)
    assert b"signed out" in page.content
    assert is_signed_out(app, browser)


@pytest.mark.parametrize("module", REFUSES)
def test_an_error_page_is_shown_and_nobody_is_redirected(
    app: App, browser: Browser, module: str
) -> None:
    parameters = REFUSES[module](walk(app, browser).tokens["id_token"])
    page = log_out(browser, **parameters)

    assert (page.status_code, page.has_header("Location")) == (400, False)
    assert not is_signed_out(app, browser)
