"""A site that is set up wrongly says so at start."""

from typing import Any

import pytest
from django.core.checks import run_checks

from accounts.oauth_server.rules.scopes import SCOPES, Scope


def found(prefix: str) -> list[str]:
    return [str(message.id) for message in run_checks() if str(message.id).startswith(prefix)]


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://id.example.com", []),
        ("http://127.0.0.1:8000", []),
        ("http://id.example.com", ["oauth_server.E002"]),
        ("https://id.example.com/login", ["oauth_server.E001"]),
        ("https://me@id.example.com", ["oauth_server.E001"]),
        ("id.example.com", ["oauth_server.E001"]),
    ],
)
def test_the_issuer_is_an_https_origin(settings: Any, url: str, expected: list[str]) -> None:
    settings.SITE_URL = url

    assert found("oauth_server") == expected


@pytest.mark.parametrize("keys", [[], ["short"], ["!"]])
def test_encryption_keys_are_keys(settings: Any, keys: list[str]) -> None:
    settings.ENCRYPTION_KEYS = keys

    assert found("oauth_server") == ["oauth_server.E003"]


@pytest.mark.parametrize("scopes", [[], ["openid", "everything"]])
def test_clients_register_for_scopes_that_exist(settings: Any, scopes: list[str]) -> None:
    settings.REGISTRATION_SCOPES = scopes

    assert found("oauth_server") == ["oauth_server.E004"]


@pytest.mark.parametrize(
    ("name", "claims", "expected"),
    [
        ("notes.read", (), []),
        ("country", ("country",), []),
        ("", (), ["oauth_server.E005"]),
        ("two words", (), ["oauth_server.E005"]),
        ("notes\n", (), ["oauth_server.E005"]),
        ("größe", (), ["oauth_server.E005"]),
        ("tea", ("tea", "milk"), ["oauth_server.E005"] * 2),
    ],
)
def test_a_scope_can_be_asked_for_and_its_claims_are_known(
    name: str, claims: tuple[str, ...], expected: list[str]
) -> None:
    SCOPES[name] = Scope(name, "Do something", claims=claims)
    try:
        assert found("oauth_server") == expected
    finally:
        del SCOPES[name]
