"""Userinfo as a signed JWT, as ProConnect and FranceConnect send it, and in the other forms that
OpenID Connect Core 1.0 section 5.3.2 allows."""

import json
from typing import Any

import pytest
from allauth.socialaccount.models import SocialAccount
from cryptography.hazmat.primitives.asymmetric import ec
from django.test import Client
from jwcrypto import jwe, jwk

from accounts.models import User
from tests.accounts.oauth_server.app import App
from tests.accounts.oauth_server.conftest import app
from tests.accounts.third_parties.scripted_provider import (
    ANOTHER_KEY,
    CLIENT_ID,
    KEY,
    KEYS,
    TOKEN,
    USERINFO,
    Answer,
    Browser,
    public_jwk,
)

__all__ = ["app"]

FIRST = {"headers": {"kid": "first"}}
LONG_AGO, LONG_HENCE = 1_000_000_000, 5_000_000_000  # seconds since 1970
SIGNED = {"key": KEY, "algorithm": "RS256", **FIRST}


@pytest.fixture
def signing(browser: Browser) -> Browser:
    """At a site whose third party signs userinfo, and tells of the person there alone."""
    browser.provider.sign_userinfo = dict(SIGNED)
    return browser


def assert_refused(browser: Browser) -> None:
    response = browser.sign_in()
    assert response.status_code == 502
    assert "could not be verified" in response.content.decode()
    assert not User.objects.exists()


def test_signed_userinfo_signs_a_person_in(signing: Browser) -> None:
    assert signing.sign_in()["Location"] == "/account/"
    assert User.objects.get().email == "alice@example.com"
    kept = SocialAccount.objects.get().extra_data["userinfo"]
    assert set(kept) == {"iss", "sub", "name", "email", "email_verified"}


def test_it_may_be_signed_by_another_sound_algorithm_than_the_id_token(signing: Browser) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    signing.provider.keys.append(public_jwk(key, "second", "ES256"))
    signing.provider.sign_userinfo = {
        "key": key,
        "algorithm": "ES256",
        "headers": {"kid": "second"},
    }
    assert signing.sign_in()["Location"] == "/account/"


def test_it_may_be_signed_by_a_key_that_is_newer_than_those_that_are_kept(signing: Browser) -> None:
    signing.sign_in()
    signing.provider.keys.append(public_jwk(ANOTHER_KEY, "second"))
    signing.provider.sign_userinfo |= {"key": ANOTHER_KEY, "headers": {"kid": "second"}}
    assert signing.sign_in()["Location"] == "/account/"
    assert len(signing.provider.called(KEYS)) == 2


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://mallory.example"},
        {"iss": None},
        {"aud": "another-client"},
        {"aud": ["another-client"]},
        {"aud": None},
        {"sub": "somebody-else"},
        {"sub": None},
        {"sub": 7},
        {"exp": LONG_AGO},
        {"exp": "soon"},
        {"nbf": LONG_HENCE},
        {"iat": LONG_HENCE},
        {"email": ["alice@example.com"]},
    ],
    ids=str,
)
def test_claims_that_are_not_of_this_issuer_client_person_and_time(
    signing: Browser, claims: dict[str, Any]
) -> None:
    signing.provider.userinfo_claims = claims
    assert_refused(signing)


@pytest.mark.parametrize(
    "sign",
    [
        {"key": None, "algorithm": "none", **FIRST},
        {"key": "x" * 32, "algorithm": "HS256", **FIRST},
        {"key": ANOTHER_KEY, "algorithm": "RS256", **FIRST},
        {"key": KEY, "algorithm": "RS512", **FIRST},
        {"key": KEY, "algorithm": "RS256", "headers": {"kid": "unknown"}},
    ],
    ids=["none", "hmac", "another key", "RS512", "unknown kid"],
)
def test_userinfo_that_the_issuer_did_not_sign(signing: Browser, sign: dict[str, Any]) -> None:
    signing.provider.sign_userinfo = sign
    assert_refused(signing)


@pytest.mark.parametrize("body", ["", "a.b.c", "{}", "null", "\u00e9.\u00e9.\u00e9"], ids=ascii)
@pytest.mark.parametrize("content_type", ["application/jwt", "application/json", ""])
def test_userinfo_that_says_nothing(browser: Browser, body: str, content_type: str) -> None:
    browser.provider.answers[USERINFO] = Answer(body, content_type=content_type)
    assert_refused(browser)


def test_claims_without_a_signature_are_not_taken_for_a_jwt(browser: Browser) -> None:
    plain = Answer(browser.provider.userinfo, content_type="application/jwt")
    browser.provider.answers[USERINFO] = plain
    assert_refused(browser)


@pytest.mark.parametrize("endpoint", [USERINFO, TOKEN])
def test_what_is_encrypted_is_refused_in_words_that_an_admin_understands(
    browser: Browser, endpoint: str, caplog: pytest.LogCaptureFixture
) -> None:
    key = jwk.JWK.generate(kty="RSA", size=2048)
    header = {"alg": "RSA-OAEP-256", "enc": "A256GCM"}
    sealed = jwe.JWE(b"{}", protected=header, recipient=key).serialize(compact=True)
    if endpoint == USERINFO:
        browser.provider.answers[USERINFO] = Answer(sealed, content_type="application/jwt")
    else:
        browser.provider.token = {"id_token": sealed}
    assert_refused(browser)
    assert "encrypted, which this site does not read" in caplog.text


@pytest.mark.parametrize(
    "content_type",
    ["application/json; charset=utf-8", "Application/JSON ; charset=UTF-8", "text/plain", ""],
)
def test_plain_userinfo_whatever_its_type(browser: Browser, content_type: str) -> None:
    browser.provider.content_types = {USERINFO: content_type}
    assert browser.sign_in()["Location"] == "/account/"


@pytest.mark.parametrize("content_type", ["application/jwt; charset=utf-8", "Application/JWT"])
def test_signed_userinfo_however_its_type_is_spelt(signing: Browser, content_type: str) -> None:
    signing.provider.content_types = {USERINFO: content_type}
    assert signing.sign_in()["Location"] == "/account/"


@pytest.mark.parametrize("content_type", ["application/json ; charset=utf-8", "Application/JSON"])
def test_a_token_answer_however_its_type_is_spelt(browser: Browser, content_type: str) -> None:
    """Laid out over lines, as allauth's second look would be at its first two characters."""
    browser.provider.content_types = {TOKEN: content_type}
    answer = browser.provider.approve(browser.start()["Location"])
    tokens = {"access_token": "t", "id_token": browser.provider.id_token(browser.sent)}
    browser.provider.answers[TOKEN] = Answer(json.dumps(tokens, indent=1))
    browser.provider.live_access_tokens.add("t")
    assert browser.come_back(answer)["Location"] == "/account/"


def test_an_issuer_without_userinfo_tells_all_in_its_id_token(browser: Browser) -> None:
    browser.provider.metadata = {"userinfo_endpoint": None}
    browser.provider.claims = {"email": "alice@example.com", "email_verified": True}
    assert browser.sign_in()["Location"] == "/account/"
    assert browser.provider.called(USERINFO) == []
    assert User.objects.get().email == "alice@example.com"


def test_a_client_app_reads_a_signed_profile_through_this_site(signing: Browser, app: App) -> None:
    signing.sign_in()
    token = app.tokens_for(User.objects.get(), scope="openid connections connections.profile")
    headers = {"Authorization": f"Bearer {token['access_token']}"}
    [listed] = Client().get("/api/v1/me/connections", headers=headers).json()
    address = f"/api/v1/me/connections/{listed['id']}/profile"
    assert Client().get(address, headers=headers).json()["profile"] == signing.provider.userinfo
    signing.provider.userinfo_claims = {"aud": ["another-client", CLIENT_ID]}
    assert Client().get(address, headers=headers).status_code == 200
    signing.provider.userinfo_claims = {"aud": "another-client"}
    assert Client().get(address, headers=headers).status_code == 503
