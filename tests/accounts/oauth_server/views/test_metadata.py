"""Metadata that is complete and true: every address in it answers."""

from urllib.parse import urlsplit

import pytest
from django.test import Client as Browser


def test_both_documents_are_the_same(client: Browser, db: None) -> None:
    openid = client.get("/.well-known/openid-configuration")
    oauth = client.get("/.well-known/oauth-authorization-server")

    assert openid.json() == oauth.json()
    assert openid["Access-Control-Allow-Origin"] == "*"
    assert openid.json()["issuer"] == "http://testserver"


def test_every_endpoint_in_the_metadata_answers(client: Browser, db: None) -> None:
    document = client.get("/.well-known/openid-configuration").json()
    addresses = [value for name, value in document.items() if name.endswith(("endpoint", "_uri"))]

    assert len(addresses) == 8
    for address in addresses:
        assert address.startswith("http://testserver/")
        assert client.get(urlsplit(address).path).status_code in (200, 400, 401, 405)


def test_the_issuer_never_comes_from_the_host_header(client: Browser, db: None) -> None:
    response = client.get("/.well-known/openid-configuration", headers={"Host": "evil.example"})

    assert response.status_code == 400


def test_keys_are_public_halves_that_may_be_cached(client: Browser, db: None) -> None:
    response = client.get("/oauth/jwks/")

    key = next(key for key in response.json()["keys"] if key["alg"] == "RS256")
    assert {"kid", "kty", "n", "e", "alg", "use"} == set(key)
    assert "max-age" in response["Cache-Control"]


def test_the_key_stays_the_same(client: Browser, db: None) -> None:
    assert client.get("/oauth/jwks/").json() == client.get("/oauth/jwks/").json()


def test_the_api_says_who_guards_it(client: Browser, db: None) -> None:
    document = client.get("/.well-known/oauth-protected-resource/api/v1").json()

    assert document["resource"] == "http://testserver/api/v1"
    assert document["authorization_servers"] == ["http://testserver"]


def test_the_stock_pages_that_register_clients_do_not_exist(client: Browser, db: None) -> None:
    for address in ("/o/applications/", "/oauth/applications/", "/oauth/applications/register/"):
        assert client.get(address).status_code == 404


@pytest.mark.parametrize(
    "address",
    [
        "/.well-known/openid-configuration",
        "/.well-known/oauth-authorization-server",
        "/.well-known/oauth-protected-resource/api/v1",
    ],
)
def test_metadata_is_json_that_only_reading_gets(db: None, address: str) -> None:
    assert Browser().get(address)["Content-Type"] == "application/json"
    assert Browser().post(address).status_code == 405
