from urllib.parse import urlencode

import pytest
from django.core import signing

from accounts.way_back import app_request

ENDPOINT = "/oauth/authorize/"
SEEN = app_request.Continuation("digest", 1.5, ("second factor",), max_age=60)


def leading_to(**parameters: str) -> str:
    return f"{ENDPOINT}?{urlencode(parameters)}"


def test_a_continuation_comes_back_as_it_was_signed() -> None:
    assert app_request.Continuation.read(SEEN.signed()) == SEEN


@pytest.mark.parametrize(
    "parameter",
    [
        *("", "forged", SEEN.signed() + "x", signing.dumps(["digest", 1.5, [], 60])),
        signing.dumps(["digest", 1.5, [], 1], salt="when an authorization request was first seen"),
    ],
    ids=["none", "nothing signed", "tampered with", "signed for something else", "of before"],
)
def test_what_this_site_did_not_sign_as_it_is_now_is_no_continuation(parameter: str) -> None:
    assert app_request.Continuation.read(parameter) is None
    assert app_request.demanded_age(leading_to(first_seen=parameter)) is None


def test_how_old_a_sign_in_may_be_is_what_this_site_signed_alone() -> None:
    signed = SEEN.signed()
    assert app_request.demanded_age(leading_to(first_seen=signed)) == 60
    assert (
        app_request.demanded_age(leading_to(first_seen=signed, max_age="9", prompt="login")) == 60
    )
    assert app_request.demanded_age(leading_to(max_age="0", prompt="login")) is None


@pytest.mark.parametrize("elsewhere", ["/account/", "https://[", "/oauth/logout/"])
def test_nothing_is_read_from_an_address_that_leads_elsewhere(elsewhere: str) -> None:
    asked = urlencode({"first_seen": "x", "login_hint": "a@b.example", "ui_locales": "de"})

    assert not app_request.is_continued(f"{elsewhere}?{asked}")
    assert app_request.login_hint(f"{elsewhere}?{asked}") == ""
    assert app_request.ui_locales(f"{elsewhere}?{asked}") == []
