"""Metadata that is complete and true: every address in it answers, and most often from memory."""

import time
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client as Browser

from accounts.models import User
from accounts.oauth_server.models import SigningKey
from accounts.oauth_server.models.signing_key import (
    JWKS_KEPT,
    JWKS_LIFETIME,
    PUBLISHED_AHEAD,
)
from accounts.site import kept_answers


def test_both_documents_are_the_same(client: Browser, db: None) -> None:
    openid = client.get("/.well-known/openid-configuration")
    oauth = client.get("/.well-known/oauth-authorization-server")

    assert openid.json() == oauth.json()
    assert openid["Access-Control-Allow-Origin"] == "*"
    assert openid.json()["issuer"] == "http://testserver"


def test_every_endpoint_in_the_metadata_answers(client: Browser, db: None) -> None:
    document = client.get("/.well-known/openid-configuration").json()
    addresses = [value for name, value in document.items() if name.endswith(("endpoint", "_uri"))]

    assert len(addresses) == 9
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


ADDRESSES = [
    "/.well-known/openid-configuration",
    "/.well-known/oauth-authorization-server",
    "/.well-known/oauth-protected-resource/api/v1",
    "/oauth/jwks/",
]
# Of each request its own.
OWN = {"X-Request-ID"}


def headers(response: Any) -> dict[str, str]:
    return {name: value for name, value in response.items() if name not in OWN}


@pytest.mark.parametrize("address", ADDRESSES)
def test_what_comes_from_memory_is_what_was_made(
    db: None, address: str, django_assert_num_queries: Any
) -> None:
    made = Browser().get(address)
    with django_assert_num_queries(0):
        kept = Browser().get(address)
        head = Browser().head(address)
        asked_with_more = Browser().get(
            address, {"x": "1"}, headers={"Origin": "https://a.example"}
        )

    assert kept.content == made.content == asked_with_more.content
    assert headers(kept) == headers(made) == headers(asked_with_more)
    assert kept["X-Request-ID"] != made["X-Request-ID"]
    assert head.content == b""
    assert headers(head) == headers(made)
    assert made["Content-Length"] == str(len(made.content))


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize("is_kept", [True, False])
def test_who_has_it_is_told_that_nothing_changed(db: None, address: str, is_kept: bool) -> None:
    made = Browser().get(address)
    etag = made["ETag"]
    assert etag.startswith('"')  # a strong one

    for asked in (etag, f"W/{etag}", f'"other", {etag}', "*"):
        if not is_kept:
            kept_answers.forget()
        response = Browser().get(address, headers={"If-None-Match": asked})
        assert response.status_code == 304
        assert response.content == b""
        of_content = {"Content-Type", "Content-Length"}
        assert headers(response) == {
            name: value for name, value in headers(made).items() if name not in of_content
        }
    for asked in ('"other"', "nonsense", "", etag.strip('"')):
        assert Browser().get(address, headers={"If-None-Match": asked}).status_code == 200


def test_other_hosts_and_methods_are_not_answered_from_memory(db: None) -> None:
    for address in ADDRESSES:
        Browser().get(address)
        assert Browser().get(address, headers={"Host": "evil.example"}).status_code == 400
        assert Browser().post(address).status_code == 405
        assert Browser().delete(address).status_code == 405


def test_errors_are_not_kept(db: None) -> None:
    assert Browser().post("/oauth/jwks/").status_code == 405
    assert Browser().get("/oauth/jwks/").status_code == 200


def test_metadata_follows_a_changed_setting(db: None, settings: Any) -> None:
    address = "/.well-known/openid-configuration"
    before = Browser().get(address)
    settings.REGISTRATION = "open"
    after = Browser().get(address)

    assert "registration_endpoint" not in before.json()
    assert "registration_endpoint" in after.json()
    assert before["ETag"] != after["ETag"]


def test_a_rotation_elsewhere_is_seen_in_seconds_and_long_before_the_key_signs(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a process keeps and what a client keeps are within the time of the announcement."""
    assert JWKS_KEPT + JWKS_LIFETIME < PUBLISHED_AHEAD
    before = Browser().get("/oauth/jwks/")
    new = SigningKey.objects.rotate("RS256")  # as another process does: this one is not told

    assert Browser().get("/oauth/jwks/").content == before.content
    now = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: now + JWKS_KEPT.total_seconds() + 0.1)
    after = Browser().get("/oauth/jwks/", headers={"If-None-Match": before["ETag"]})

    assert after.status_code == 200
    assert new.kid in {key["kid"] for key in after.json()["keys"]}
    assert after["ETag"] != before["ETag"]
    assert SigningKey.objects.current("RS256").kid != new.kid


# --- WebFinger ---


def webfinger(resource: str, **more: str) -> Any:
    return Browser().get("/.well-known/webfinger", {"resource": resource} | more)


@pytest.mark.parametrize(
    "resource",
    [
        "acct:alice@testserver",
        "acct:nobody@testserver",
        "acct:alice@TESTSERVER",
        "mailto:alice@testserver",
        "http://testserver/alice",
        "acct:alice@example.com",
    ],
)
def test_whoever_has_a_name_here_signs_in_here(alice: User, settings: Any, resource: str) -> None:
    settings.SITE_URL, settings.WEBFINGER_DOMAINS = "http://testserver", ["Example.com"]

    response = webfinger(resource, rel="http://openid.net/specs/connect/1.0/issuer")

    assert response["Content-Type"] == "application/jrd+json"
    assert response["Access-Control-Allow-Origin"] == "*"
    link = {"rel": "http://openid.net/specs/connect/1.0/issuer", "href": "http://testserver"}
    assert response.json() == {"subject": resource, "links": [link]}


def test_another_relation_has_no_link(db: None, settings: Any) -> None:
    settings.SITE_URL = "http://testserver"
    told = webfinger("acct:alice@testserver", rel="http://webfinger.net/rel/avatar").json()
    assert told["links"] == []


@pytest.mark.parametrize(
    ("resource", "status"),
    [
        ("", 400),
        ("acct:alice@elsewhere.example", 404),
        ("alice", 404),
        ("acct:a@b@testserver", 404),
    ],
)
def test_of_others_it_knows_nothing(db: None, settings: Any, resource: str, status: int) -> None:
    settings.SITE_URL = "http://testserver"
    response = webfinger(resource)
    assert response.status_code == status
    assert "resource" in response.json()["error_description"]


def test_a_name_is_of_this_site_however_its_address_is_spelled(db: None, settings: Any) -> None:
    settings.SITE_URL = "http://TestServer"
    assert webfinger("acct:alice@testserver").status_code == 200
