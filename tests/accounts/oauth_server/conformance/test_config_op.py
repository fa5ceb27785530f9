"""oidcc-config-certification-test-plan: oidcc-discovery-endpoint-verification, and what the logout
plans want of the same document."""

import re
from typing import Any

import pytest
from django.test import Client as Browser

from accounts.oauth_server.models.signing_key import ALGORITHMS, SigningKey

ISSUER = "https://id.example"
BASE64URL = re.compile(r"[A-Za-z0-9_-]+")


@pytest.fixture
def document(settings: Any, db: None) -> dict[str, Any]:
    """As a deployment shows it."""
    settings.SITE_URL = ISSUER
    settings.REGISTRATION = "open"
    settings.ALLOWED_HOSTS = ["id.example"]
    browser = Browser(headers={"Host": "id.example"})
    response = browser.get("/.well-known/openid-configuration")
    assert response.status_code == 200
    assert response["Content-Type"] == "application/json"
    return response.json()


@pytest.fixture
def keys(db: None) -> list[dict[str, Any]]:
    for algorithm in ALGORITHMS:
        SigningKey.objects.current(algorithm)
    return Browser().get("/oauth/jwks/").json()["keys"]


def test_the_issuer_is_where_the_document_was_found(document: dict[str, Any]) -> None:
    assert document["issuer"] == ISSUER


def test_everything_that_is_an_address_is_https(document: dict[str, Any]) -> None:
    needed = {
        *("authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri"),
        *("registration_endpoint", "end_session_endpoint"),
    }
    addresses = {name for name in document if name.endswith(("_endpoint", "_uri"))}

    assert needed <= addresses
    for name in addresses:
        assert document[name].startswith(f"{ISSUER}/"), name


def test_what_the_specification_requires_is_listed(document: dict[str, Any]) -> None:
    assert document["response_types_supported"] == ["code"]
    assert set(document["subject_types_supported"]) == {"public", "pairwise"}
    assert "RS256" in document["id_token_signing_alg_values_supported"]
    assert "RS256" in document["userinfo_signing_alg_values_supported"]
    assert {"authorization_code", "refresh_token"} <= set(document["grant_types_supported"])
    assert {"openid", "profile", "email", "address", "phone", "offline_access"} <= set(
        document["scopes_supported"]
    )
    assert {"sub", "name", "email"} <= set(document["claims_supported"])
    assert document["backchannel_logout_supported"] is True
    assert document["backchannel_logout_session_supported"] is True


def test_what_is_left_out_means_something_else_than_no(document: dict[str, Any]) -> None:
    """Discovery section 3: without it, request_uri counts as supported."""
    assert document["request_uri_parameter_supported"] is False
    assert document["request_parameter_supported"] is True
    assert "none" not in document["request_object_signing_alg_values_supported"]
    assert document["claims_parameter_supported"] is True
    assert "none" not in document["id_token_signing_alg_values_supported"]


def test_no_list_is_empty_or_says_a_thing_twice(document: dict[str, Any]) -> None:
    for name, value in document.items():
        if isinstance(value, list):
            assert value, name
            assert len(set(value)) == len(value), name
            assert all(isinstance(each, str) for each in value), name


def test_keys_have_ids_of_their_own_and_no_private_part(keys: list[dict[str, Any]]) -> None:
    assert {key["alg"] for key in keys} == set(ALGORITHMS)
    assert len({key["kid"] for key in keys}) == len(keys)
    for key in keys:
        assert key["use"] == "sig"
        assert not {"d", "p", "q", "dp", "dq", "qi", "oth", "k"} & set(key)
        for member in {"n", "e", "x", "y"} & set(key):
            assert BASE64URL.fullmatch(key[member])  # unpadded (RFC 7515 section 2)
