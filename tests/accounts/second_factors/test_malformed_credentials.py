"""What is sent in the place of a passkey, and is none."""

import json
from typing import Any

import pytest
from django.test import Client as Browser
from fido2.utils import websafe_encode

from accounts.models import User
from tests.accounts.second_factors.conftest import give_password

pytestmark = pytest.mark.django_db

ORIGIN = "http://testserver"


def assertion(**response: str) -> str:
    said = {"type": "webauthn.get", "challenge": websafe_encode(b"x" * 32), "origin": ORIGIN}
    parts = {
        "clientDataJSON": websafe_encode(json.dumps(said).encode()),
        "authenticatorData": websafe_encode(b"\0" * 37),
        "signature": websafe_encode(b"s"),
        "userHandle": websafe_encode(b"nobody"),
    }
    whole = {"id": "eHg", "rawId": "eHg", "type": "public-key", "response": parts | response}
    return json.dumps(whole)


JUNK = [
    *("", "null", "1", "[]", "{}", '"x"', "{", "[" * 5000, "x" * 30000),
    *('{"response": []}', '{"id": 1, "rawId": 2, "type": [], "response": {"clientDataJSON": 3}}'),
    assertion(),
    assertion(userHandle=""),
    assertion(userHandle=websafe_encode(b"\0")),
    assertion(clientDataJSON="!"),
    assertion(clientDataJSON=websafe_encode(b"[]")),
    assertion(authenticatorData=websafe_encode(b"")),
]


@pytest.mark.parametrize("junk", JUNK, ids=range(len(JUNK)))
def test_nothing_that_is_no_passkey_signs_in_or_breaks_the_page(db: None, junk: str) -> None:
    browser = Browser()
    browser.get("/accounts/2fa/webauthn/login/", HTTP_X_REQUESTED_WITH="XMLHttpRequest")
    answer = browser.post("/accounts/2fa/webauthn/login/", {"credential": junk})
    assert (answer.status_code, answer["Location"]) == (302, "/accounts/login/")


@pytest.mark.parametrize("junk", JUNK, ids=range(len(JUNK)))
def test_nothing_that_is_no_passkey_is_added(alice: User, junk: str) -> None:
    browser = Browser()
    give_password(browser)
    browser.get("/accounts/2fa/webauthn/add/")
    answer = browser.post("/accounts/2fa/webauthn/add/", {"name": "x", "credential": junk})
    assert answer.status_code == 200
    assert "did not work" in answer.content.decode()


def test_the_handle_of_somebody_else_signs_nobody_in(alice: User, mallory: User) -> None:
    browser = Browser()
    browser.get("/accounts/2fa/webauthn/login/", HTTP_X_REQUESTED_WITH="XMLHttpRequest")
    credential = assertion(userHandle=websafe_encode(alice.sub.encode()))
    answer: Any = browser.post("/accounts/2fa/webauthn/login/", {"credential": credential})
    assert answer["Location"] == "/accounts/login/"
