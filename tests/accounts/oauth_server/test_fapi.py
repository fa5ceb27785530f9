"""Clients that are held to FAPI 2.0, as its Security Profile and Message Signing say."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.test import Client as Browser
from django.utils import timezone
from pytest_django import Settings

from accounts.models import User
from accounts.oauth_server.models import AuthorizationCode, Client
from accounts.oauth_server.rules.profiles import FAPI2, FAPI2_MESSAGE_SIGNING
from tests.accounts.oauth_server.app import App, answer_in, error_in
from tests.accounts.oauth_server.authorization.test_origins import come, signed
from tests.accounts.oauth_server.clients.test_assertions import (
    KEYS,
    assertion,
    public_jwk,
    register_signer,
)
from tests.accounts.oauth_server.clients.test_assertions import proof as by_key
from tests.accounts.oauth_server.test_dpop import call, proof


@pytest.fixture
def bank(db: None) -> App:
    return register_signer(
        jwks={"keys": [public_jwk(), public_jwk("RS256", "rsa")]},
        scopes="openid profile email offline_access",
        algorithm="PS256",
        profile=FAPI2,
    )


@pytest.fixture
def browser(alice: User) -> Iterator[Browser]:
    browser = Browser()
    browser.force_login(alice)
    Client.objects.update(skip_authorization=True)
    return browser


def push(bank: App, form: dict[str, Any] | None = None, **changes: Any) -> HttpResponse:
    form = bank.request(**changes) if form is None else form
    return bank.post("/oauth/par/", form | by_key(assertion(bank)))


def answered(bank: App, browser: Browser, **changes: Any) -> dict[str, str]:
    return answer_in(come(browser, bank, push(bank, **changes).json()["request_uri"]))


def send(bank: App, form: dict[str, Any], **headers: str) -> HttpResponse:
    form |= {"redirect_uri": bank.redirect_uri, "code_verifier": bank.verifier}
    return bank.post("/oauth/token/", form | by_key(assertion(bank)), **headers)


def test_the_whole_way(bank: App, browser: Browser) -> None:
    told = answered(bank, browser)
    assert told["iss"] == "http://testserver"
    form = {"grant_type": "authorization_code", "code": told["code"]}
    tokens = send(bank, form, **proof()).json()
    token = tokens["access_token"]
    assert tokens["token_type"] == "DPoP"
    assert jwt.get_unverified_header(tokens["id_token"])["alg"] == "PS256"
    assert call(token, **proof("/api/v1/me", "GET", token=token)).status_code == 200


def test_a_refresh_token_stays(bank: App, browser: Browser) -> None:
    form = {"grant_type": "authorization_code", "code": answered(bank, browser)["code"]}
    first = send(bank, form, **proof()).json()
    form = {"grant_type": "refresh_token", "refresh_token": first["refresh_token"]}
    assert error_in(send(bank, form)) == (400, "invalid_dpop_proof")
    for _ in range(2):
        again = send(bank, form, **proof())
        assert again.status_code == 200
        assert "refresh_token" not in again.json()
    earlier = first["access_token"]  # of another place that asked before
    assert call(earlier, **proof("/api/v1/me", "GET", token=earlier)).status_code == 200


def test_what_is_left_to_others_is_demanded(bank: App, browser: Browser) -> None:
    assert answer_in(bank.send(browser))["error"] == "invalid_request"
    for changes in ({"code_challenge": None}, {"redirect_uri": None}):
        assert error_in(push(bank, **changes)) == (400, "invalid_request")
    form = {"grant_type": "authorization_code", "code": answered(bank, browser)["code"]}
    assert error_in(send(bank, form)) == (400, "invalid_dpop_proof")
    weak = proof(key=KEYS["RS256"], alg="RS256")
    assert error_in(send(bank, form, **weak)) == (400, "invalid_dpop_proof")
    assert send(bank, form, **proof()).status_code == 200


def test_an_assertion_is_for_the_issuer_alone_by_a_strong_key(bank: App) -> None:
    issuer = "http://testserver"
    for aud in ([issuer], f"{issuer}/", f"{issuer}/oauth/token/", f"{issuer}/oauth/par/"):
        form = bank.request() | by_key(assertion(bank, aud=aud))
        assert error_in(bank.post("/oauth/par/", form)) == (401, "invalid_client"), aud
    weak = assertion(bank, key=KEYS["RS256"], alg="RS256", kid="rsa")
    assert error_in(bank.post("/oauth/par/", bank.request() | by_key(weak))) == (
        401,
        "invalid_client",
    )


def test_a_code_lasts_a_minute_at_most(bank: App, browser: Browser, settings: Settings) -> None:
    settings.AUTHORIZATION_CODE_LIFETIME = timedelta(minutes=10)
    answered(bank, browser)
    assert AuthorizationCode.objects.get().expires <= timezone.now() + timedelta(seconds=60)


def test_messages_are_signed_where_the_profile_says_so(bank: App, browser: Browser) -> None:
    Client.objects.update(profile=FAPI2_MESSAGE_SIGNING, authorization_signed_response_alg="PS256")
    assert error_in(push(bank)) == (400, "invalid_request")
    for changes in ({"nbf": None}, {"exp": None}, {"response_mode": "query"}, {}):
        refused = push(bank, {"request": signed(bank, **changes)})
        assert refused.status_code == 400, changes
    pushed = push(bank, {"request": signed(bank, response_mode="jwt")}).json()
    told = answer_in(come(browser, bank, pushed["request_uri"]))
    assert jwt.get_unverified_header(told["response"])["alg"] == "PS256"


@pytest.mark.parametrize("is_signed", [False, True])
def test_a_client_that_asks_for_consent_each_time_can_be_refused(
    bank: App, browser: Browser, is_signed: bool
) -> None:
    Client.objects.update(skip_authorization=False)

    def page_of(**changes: Any) -> HttpResponse:
        form = bank.request(**changes)
        if is_signed:
            form = {"client_id": bank.client.client_id, "request": signed(bank, **changes)}
        return come(browser, bank, push(bank, form).json()["request_uri"])

    assert "code" in answer_in(bank.decide(browser, page_of()))
    assert "code" in answer_in(page_of())  # it is remembered
    refused = answer_in(bank.decide(browser, page_of(prompt="consent"), "deny"))
    assert refused["error"] == "access_denied"


def test_a_client_that_cannot_be_held_to_it_is_told_why(bank: App) -> None:
    for changes, column in (
        ({"client_type": "public"}, "client_type"),
        ({"token_endpoint_auth_method": "client_secret_basic"}, "token_endpoint_auth_method"),
        ({"pkce": "waived"}, "pkce"),
        ({"redirect_uris": "http://127.0.0.1/callback"}, "redirect_uris"),
        ({"algorithm": "RS256"}, "algorithm"),
        ({"userinfo_signed_response_alg": "RS256"}, "userinfo_signed_response_alg"),
        ({"profile": FAPI2_MESSAGE_SIGNING}, "authorization_signed_response_alg"),
    ):
        client = Client.objects.get(pk=bank.client.pk)
        for name, value in changes.items():
            setattr(client, name, value)
        with pytest.raises(ValidationError) as raised:
            client.full_clean()
        assert "FAPI 2.0" in str(raised.value.message_dict[column]), column


def test_a_weak_proof_opens_no_resource(bank: App, browser: Browser) -> None:
    """RS256 is none of the profile’s, at a resource no more than where the token is issued."""
    form = {"grant_type": "authorization_code", "code": answered(bank, browser)["code"]}
    weak = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    strong = {"key": weak, "alg": "PS256"}
    token = send(bank, form, **proof(**strong)).json()["access_token"]
    for path in ("/api/v1/me", "/oauth/userinfo/"):
        here = {"path": path, "method": "GET", "token": token, "key": weak}
        refused = call(token, path, **proof(**here, alg="RS256"))
        assert refused.status_code == 401
        assert "PS256" in refused["WWW-Authenticate"].partition("error_description")[2]
        assert call(token, path, **proof(**here, alg="PS256")).status_code == 200
