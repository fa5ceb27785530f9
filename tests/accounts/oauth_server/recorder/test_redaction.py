"""What the recorder keeps of each parameter: a credential in any place leaves nothing of itself."""

import json
from typing import Any

import pytest
from django.http import HttpResponseRedirect

from accounts.oauth_server.models import Client
from accounts.oauth_server.recorder import answers
from accounts.oauth_server.recorder.parameters import ANSWERED, NAMES, SENT, Shown
from accounts.oauth_server.recorder.redaction import Redaction
from accounts.oauth_server.rules.credentials import Kind, mint
from tests.accounts.oauth_server.app import challenge_of

# Whoever adds one to these decides that all of its value may be kept.
IN_FULL = {
    *("scope", "response_type", "response_mode", "grant_type", "resource", "prompt", "max_age"),
    *("acr_values", "code_challenge_method", "token_type_hint", "display", "ui_locales"),
    *("claims_locales", "client_assertion_type", "decision"),
}
ANSWERED_IN_FULL = {
    *("error", "error_description", "error_uri", "token_type", "expires_in", "scope", "active"),
    *("iss", "exp", "iat", "interval", "verification_uri"),
}
SECRETS = [
    *(mint(kind) for kind in Kind),
    "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhbGljZSJ9.",
    "alice@example.com",
    "alice%40example.com",
    "9f86d081884c7d659a2feaa0c55ad015",
    "q83vEjRWeJCrze8SNFZ4kA==",
    "2f1c1f1e-7d6b-4a57-9b5e-3b1d0f6f3c11",
]


@pytest.fixture
def by() -> Redaction:
    client = Client(client_id="photo-album", redirect_uris="https://app.example/back?tenant=one")
    return Redaction(client, "1")


def kept(by: Redaction, name: str, value: str) -> dict[str, Any]:
    return by.items([(name, value)], SENT, NAMES)[0]


def test_the_table_says_which_values_are_kept_in_full() -> None:
    assert {name for name, shown in SENT.items() if shown is Shown.PLAIN} == IN_FULL
    assert {name for name, shown in ANSWERED.items() if shown is Shown.PLAIN} == ANSWERED_IN_FULL


def test_a_credential_or_an_address_is_kept_in_no_parameter_and_in_no_name(by: Redaction) -> None:
    for secret in SECRETS:
        for name in {*SENT, *NAMES, "unheard_of", secret}:
            for value in (secret, f"openid {secret}", f"https://app.example/{secret}?a={secret}"):
                assert secret not in json.dumps(kept(by, name, value)), (name, value)
        for name in ANSWERED:
            assert secret not in json.dumps(by.item(name, secret, ANSWERED[name])), name


def test_values_of_the_specifications_are_kept_as_they_are(by: Redaction) -> None:
    for value in (
        *("authorization_code", "urn:ietf:params:oauth:grant-type:device_code", "S256", "3600"),
        *("openid profile offline_access", "https://api.example/v1", "form_post", "de-CH en"),
        "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "unmet_authentication_requirements",
    ):
        assert kept(by, "scope", value) == {"name": "scope", "value": value}


def test_a_parameter_that_is_not_listed_is_kept_as_a_length(by: Redaction) -> None:
    assert kept(by, "unheard_of", "secret") == {"unknown": 10, "length": 6}
    assert kept(by, "redirct_uri", "x") == {"unknown": 11, "meant": "redirect_uri", "length": 1}
    assert kept(by, "audience", "x") == {"name": "audience", "length": 1}


def test_equal_values_have_equal_marks_in_one_recording_alone(by: Redaction) -> None:
    code = mint(Kind.AUTHORIZATION_CODE)
    mark = kept(by, "code", code)["mark"]
    assert kept(by, "token", code)["mark"] == mark
    assert kept(Redaction(by.client, "2"), "code", code)["mark"] != mark
    verifier = "v" * 43
    challenge = kept(by, "code_challenge", challenge_of(verifier))
    assert kept(by, "code_verifier", verifier)["mark"] == challenge["mark"]


def test_of_a_redirect_uri_only_registered_values_of_its_query_are_kept(by: Redaction) -> None:
    shown = {
        "https://app.example/back?tenant=one": ("https://app.example/back?tenant=one", ""),
        "https://me:pw@app.example/back?tenant=one&key=two#three": (
            *("https://app.example/back?tenant=one&key=...", "not_registered"),
        ),
    }
    for sent, (value, note) in shown.items():
        found = kept(by, "redirect_uri", sent)
        assert (found["value"], found.get("note", "")) == (value, note)
    assert kept(by, "redirect_uri", "http://[")["length"] == 8


def test_a_client_id_is_kept_where_it_is_the_client_s_own(by: Redaction) -> None:
    assert kept(by, "client_id", "photo-album") == {"name": "client_id", "value": "photo-album"}
    swapped = kept(by, "client_id", "a secret ")
    assert swapped == {"name": "client_id", "length": 9, "note": "other_client"}
    assert kept(by, "client_secret", "a secret ")["note"] == "white_space"


def test_of_the_claims_parameter_the_names_are_kept(by: Redaction) -> None:
    asked = {"userinfo": {"email": {"value": "x@y.example"}, "of_mine": None}, "id_token": None}
    assert kept(by, "claims", json.dumps(asked))["names"] == ["userinfo", "id_token", "email", "…"]
    assert kept(by, "claims", "[")["note"] == "unreadable"


def test_of_a_page_that_the_person_is_sent_to_the_query_is_left_out(by: Redaction) -> None:
    pages = {
        "/accounts/login/?next=a-secret": "/accounts/login/",
        "https://idp.example/authorize?state=a-secret": "https://idp.example",
    }
    for location, page in pages.items():
        assert answers.written(HttpResponseRedirect(location), by)["page"] == page
    assert answers.written(None, by) == {}


def test_many_and_long_parameters_stay_small(by: Redaction) -> None:
    found = by.items([("scope", "ab " * 5000)] * 500, SENT, NAMES)
    assert found[-1] == {"left_out": 460}
    assert len(json.dumps(found)) < 16_000
