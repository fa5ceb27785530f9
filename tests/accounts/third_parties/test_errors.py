"""A third party that is down, slow, wrong or hostile: a page each time, and nothing half made."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from allauth.socialaccount.models import SocialAccount
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from accounts.models import ConnectionToken, User
from accounts.network import waiting
from tests.accounts.third_parties.scripted_provider import (
    ANOTHER_KEY,
    CLIENT_ID,
    DISCOVERY,
    KEY,
    KEYS,
    TOKEN,
    USERINFO,
    Answer,
    Browser,
    ScriptedProvider,
    public_jwk,
)

HTML = Answer("<html>Sorry</html>", content_type="text/html")
ENDPOINTS = (DISCOVERY, KEYS, TOKEN, USERINFO)


def walk(browser: Browser) -> Any:
    """Go as far as the third party lets a person go."""
    response = browser.start()
    if response.status_code != 302:
        return response
    return browser.come_back(browser.provider.approve(response["Location"]))


def assert_page(response: Any, status: int) -> None:
    assert response.status_code == status
    problem = response.context["problem"]
    assert str(problem.title) in response.content.decode()
    assert problem.advice
    assert "no-store" in response["Cache-Control"]
    assert_nothing_made()


def assert_nothing_made() -> None:
    assert not User.objects.exists()
    assert not SocialAccount.objects.exists()
    assert not ConnectionToken.objects.exists()


@pytest.mark.parametrize("endpoint", ENDPOINTS)
@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (HTML, 502),
        (Answer(b"\xff\xfe\x00"), 502),
        (Answer([1, 2]), 502),
        (Answer("null"), 502),
        (Answer({}), 502),
        (Answer("{" * 10_000), 502),
        (Answer({}, status=404), 502),
        (Answer({}, status=302, location="http://127.0.0.1:1/elsewhere"), 502),
    ],
    ids=["html", "binary", "list", "null", "empty", "nested", "404", "redirect"],
)
def test_an_answer_that_makes_no_sense(
    browser: Browser, endpoint: str, answer: Answer, status: int
) -> None:
    browser.provider.answers[endpoint] = answer
    assert_page(walk(browser), status)


@pytest.mark.parametrize("endpoint", [DISCOVERY, KEYS, USERINFO])
def test_a_third_party_that_is_out_of_order(browser: Browser, endpoint: str) -> None:
    browser.provider.answers[endpoint] = Answer("oops", status=500)
    assert_page(walk(browser), 503)


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_an_answer_of_more_than_a_megabyte(browser: Browser, endpoint: str) -> None:
    browser.provider.answers[endpoint] = Answer({"filler": "x" * 2_000_000})
    assert_page(walk(browser), 502)


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_an_answer_that_drips(browser: Browser, endpoint: str, impatient: None) -> None:
    browser.provider.answers[endpoint] = Answer("{" + " " * 1000, pause=0.1)
    before = time.monotonic()
    assert_page(walk(browser), 503)
    assert time.monotonic() - before < 2


def test_a_third_party_that_is_down(browser: Browser, register: Any) -> None:
    register("down", server_url="http://127.0.0.1:1")
    browser.provider_id = "down"
    assert_page(browser.start(), 503)


def test_a_third_party_for_which_too_many_wait_already(browser: Browser) -> None:
    @contextmanager
    def full(host: str) -> Iterator[None]:
        assert host == "127.0.0.1"
        raise waiting.TooManyWait
        yield

    location = browser.start()["Location"]
    waiting.take_place(full)
    try:
        response = browser.come_back(browser.provider.approve(location))
    finally:
        waiting.take_place(waiting.stay)
    assert_page(response, 503)
    assert response["Retry-After"] == "5"
    assert "Try again in a moment" in response.content.decode()
    assert browser.sign_in()["Location"] == "/account/"


def test_a_third_party_that_goes_down_on_the_way(browser: Browser) -> None:
    browser.provider.metadata["token_endpoint"] = "http://127.0.0.1:1/token"
    assert_page(walk(browser), 503)


@pytest.mark.parametrize(
    "metadata",
    [
        {"issuer": "http://127.0.0.1:1"},
        {"issuer": None},
        {"issuer": 1},
        {"jwks_uri": None},
        {"token_endpoint": "http://id.example/token"},
        {"token_endpoint": "file:///etc/passwd"},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"userinfo_endpoint": ["https://id.example/"]},
    ],
    ids=str,
)
def test_metadata_that_cannot_be_believed(browser: Browser, metadata: dict[str, Any]) -> None:
    browser.provider.metadata = metadata
    assert_page(browser.start(), 502)


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://id.example"},
        {"iss": None},
        {"aud": "another-client"},
        {"aud": None},
        {"aud": [CLIENT_ID, "another-client"]},
        {"aud": [CLIENT_ID, "another-client"], "azp": "another-client"},
        {"azp": "another-client"},
        {"sub": None},
        {"sub": 17},
        {"sub": ""},
        {"exp": 1},
        {"exp": None},
        {"exp": "soon"},
        {"iat": None},
        {"iat": 4_000_000_000},
        {"height": float("nan")},
        {"nonce": None},
        {"nonce": "another"},
        {"nonce": 1},
    ],
    ids=str,
)
def test_an_id_token_that_is_not_for_this_sign_in(browser: Browser, claims: dict[str, Any]) -> None:
    browser.provider.claims = claims
    assert_page(walk(browser), 502)


PUBLIC_PEM = KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


@pytest.mark.parametrize(
    "sign",
    [
        {"key": None, "algorithm": "none", "headers": {"kid": "first"}},
        {"key": "x" * 32, "algorithm": "HS256", "headers": {"kid": "first"}},
        {"key": ANOTHER_KEY, "algorithm": "RS256", "headers": {"kid": "first"}},
        {"key": ANOTHER_KEY, "algorithm": "RS256"},
        {"key": KEY, "algorithm": "RS512", "headers": {"kid": "first"}},
        {"key": KEY, "algorithm": "RS256", "headers": {"kid": "unknown"}},
    ],
    ids=["none", "hmac", "another key", "no kid", "RS512", "unknown kid"],
)
def test_an_id_token_that_the_issuer_did_not_sign(browser: Browser, sign: dict[str, Any]) -> None:
    browser.provider.sign = sign
    assert_page(walk(browser), 502)


def test_an_id_token_signed_with_the_public_key_as_a_shared_secret(
    browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    # PyJWT refuses to make such a token; an attacker's library would not.
    monkeypatch.setattr("jwt.algorithms.is_pem_format", lambda _: False)
    browser.provider.sign = {"key": PUBLIC_PEM, "algorithm": "HS256", "headers": {"kid": "first"}}
    assert_page(walk(browser), 502)


def test_no_id_token_at_all(browser: Browser) -> None:
    browser.provider.token = {"id_token": None}
    assert_page(walk(browser), 502)


@pytest.mark.parametrize("token", [{"access_token": None}, {"expires_in": "soon"}], ids=str)
def test_a_token_answer_with_something_amiss(browser: Browser, token: dict[str, Any]) -> None:
    browser.provider.token = token
    assert_page(walk(browser), 502)


@pytest.mark.every_case
@pytest.mark.parametrize(
    "userinfo",
    [
        {"sub": "somebody-else"},
        {"sub": None},
        {"email": ["alice@example.com"]},
        {"name": {"first": "Alice"}},
        {"sub": "x" * 300},
    ],
    ids=str,
)
def test_userinfo_that_is_not_to_be_believed(browser: Browser, userinfo: dict[str, Any]) -> None:
    browser.provider.userinfo |= userinfo
    assert_page(walk(browser), 502)


def test_a_new_key_of_the_issuer_is_fetched_once_and_not_at_will(browser: Browser) -> None:
    provider = browser.provider
    walk(browser)
    provider.keys = [public_jwk(ANOTHER_KEY, "second")]
    provider.sign = {"key": ANOTHER_KEY, "algorithm": "RS256", "headers": {"kid": "second"}}
    assert walk(browser).status_code == 302
    provider.sign["headers"] = {"kid": "third"}
    assert walk(browser).status_code == 502
    assert walk(browser).status_code == 502
    assert len(provider.called(KEYS)) == 3


def test_a_tampered_state(browser: Browser) -> None:
    assert_page(browser.sign_in(state="x" * 43), 400)
    assert browser.provider.called(TOKEN) == []


def test_a_missing_state(browser: Browser) -> None:
    browser.start()
    assert_page(browser.come_back({"code": "whatever"}), 400)


def test_a_replayed_callback(browser: Browser) -> None:
    answer = browser.provider.approve(browser.start()["Location"])
    assert browser.come_back(answer).status_code == 302
    browser.client.logout()
    assert browser.come_back(answer).status_code == 400
    assert "_auth_user_id" not in browser.client.session


def test_another_persons_state(browser: Browser, provider: ScriptedProvider) -> None:
    """Mallory hands Alice a callback of her own, so that Alice ends up in Mallory's account."""
    mallorys_answer = provider.approve(browser.start()["Location"])
    alices_browser = Browser(type(browser.client)(), provider)
    assert_page(alices_browser.come_back(mallorys_answer), 400)


def test_another_providers_state(browser: Browser, register: Any) -> None:
    register("other")
    answer = browser.provider.approve(browser.start()["Location"])
    browser.provider_id = "other"
    assert_page(browser.come_back(answer), 400)


def test_an_answer_that_another_issuer_sent(browser: Browser) -> None:
    assert_page(browser.sign_in(iss="https://id.example"), 400)
    assert browser.provider.called(TOKEN) == []


def test_an_answer_with_its_issuers_name(browser: Browser) -> None:
    assert browser.sign_in(iss=browser.provider.issuer).status_code == 302


def test_an_answer_without_the_issuers_name_where_it_promised_one(browser: Browser) -> None:
    browser.provider.metadata["authorization_response_iss_parameter_supported"] = True
    assert_page(browser.sign_in(), 400)


def test_an_error_in_place_of_a_code(browser: Browser) -> None:
    browser.start()
    state = browser.sent["state"]
    assert_page(browser.come_back({"error": "server_error", "state": state}), 401)


def test_a_secret_that_the_third_party_does_not_take(browser: Browser) -> None:
    browser.provider.answers[TOKEN] = Answer({"error": "invalid_client"}, status=401)
    response = walk(browser)
    assert_page(response, 502)
    assert "invalid_client" not in response.content.decode()
