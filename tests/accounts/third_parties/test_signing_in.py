"""The mission's steps two to six, as a client of a third party, when all goes well."""

from collections.abc import Callable
from threading import Thread
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount, SocialApp
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from django.db import connection
from django.test import Client

from accounts.models import ConnectionToken, User
from tests.accounts.third_parties.scripted_provider import (
    DISCOVERY,
    KEY,
    KEYS,
    SUBJECT,
    Browser,
    ScriptedProvider,
    public_jwk,
)
from tests.accounts.way_back.test_address import mailed_code


def test_a_new_person_gets_an_account(browser: Browser) -> None:
    response = browser.sign_in()
    assert response.status_code == 302
    assert response["Location"] == "/account/"
    person = User.objects.get()
    assert (person.name, person.email) == ("Alice Example", "alice@example.com")
    assert not person.has_usable_password()
    assert EmailAddress.objects.get().verified
    assert browser.client.session["_auth_user_id"] == str(person.pk)
    assert SocialAccount.objects.get().uid == SUBJECT
    assert ConnectionToken.objects.get().refresh_token


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        ("Al\u202eice\u2066\nExample\0", "Alice Example"),
        ("Alice \ud83d", "Alice ?"),
        ("\u200b\u200f", ""),
        ("<b>Alice</b>", "<b>Alice</b>"),
        ("👩‍💻 أليس", "👩‍💻 أليس"),
        ("x" * 300, "x" * 150),
        ("x" * 148 + "👩‍💻", "x" * 148),  # no half of one
        ("e" + "\u0301" * 200, "e" + "\u0301" * 149),
    ],
    ids=ascii,
)
def test_a_name_from_elsewhere_disturbs_no_page(browser: Browser, told: str, kept: str) -> None:
    browser.provider.userinfo["name"] = told
    browser.sign_in()
    assert User.objects.get().name == kept
    assert "<b>Alice" not in browser.client.get("/account/").content.decode()


@pytest.mark.parametrize("claim", ["email", "given_name", "picture", "preferred_username", "x"])
@pytest.mark.parametrize("value", ["a\0b@example.com", "\ud83d@example.com"], ids=ascii)
def test_what_no_database_keeps_is_no_fault_of_ours(
    browser: Browser, claim: str, value: str
) -> None:
    browser.provider.userinfo[claim] = value
    assert browser.sign_in().status_code < 500


@pytest.mark.parametrize("subject", ["a\0b", "\ud83d"], ids=ascii)
def test_a_subject_that_no_database_keeps_is_refused_with_a_page(
    browser: Browser, subject: str
) -> None:
    browser.provider.claims = {"sub": subject}
    browser.provider.userinfo["sub"] = subject
    answer = browser.sign_in()
    assert 400 <= answer.status_code < 600
    assert answer.status_code != 500
    assert "css/site.css" in answer.content.decode()
    assert not SocialAccount.objects.exists()


def test_the_same_person_comes_back_to_the_same_account(browser: Browser) -> None:
    browser.sign_in()
    browser.client.logout()
    browser.provider.userinfo["email"] = "moved@example.com"
    assert browser.sign_in()["Location"] == "/account/"
    assert User.objects.get().email == "alice@example.com"
    assert browser.client.session["_auth_user_id"] == str(User.objects.get().pk)


def test_the_person_is_asked_before_they_are_sent_away(browser: Browser) -> None:
    response = browser.client.get(browser.login_url)
    assert response.status_code == 200
    assert "Example ID" in response.content.decode()
    assert browser.provider.calls == []


def test_the_request_carries_state_nonce_and_pkce(browser: Browser) -> None:
    location = browser.start()["Location"]
    assert location.startswith(f"{browser.provider.issuer}/authorize?")
    asked = dict(parse_qsl(urlsplit(location).query))
    assert asked["response_type"] == "code"
    assert asked["code_challenge_method"] == "S256"
    assert len(asked["code_challenge"]) == 43
    assert len(asked["state"]) >= 43
    assert len(asked["nonce"]) >= 43
    assert set(asked["scope"].split()) == {"openid", "profile", "email", "offline_access"}


def test_metadata_and_keys_are_asked_for_once(browser: Browser) -> None:
    for _ in range(2):
        browser.sign_in()
        browser.client.logout()
    assert len(browser.provider.called(DISCOVERY)) == 1
    assert len(browser.provider.called(KEYS)) == 1


def test_a_link_cannot_change_what_is_asked_for(browser: Browser) -> None:
    browser.start("?scope=admin&auth_params=prompt%3Dnone%26max_age%3D0&action=reauthenticate")
    assert "admin" not in browser.sent["scope"]
    assert "prompt" not in browser.sent
    assert "max_age" not in browser.sent


def test_a_link_cannot_lead_elsewhere_afterwards(browser: Browser) -> None:
    assert browser.sign_in("?next=https://evil.example/")["Location"] == "/account/"
    browser.client.logout()
    assert browser.sign_in("?process=redirect&next=/x")["Location"] == "/x"
    assert "_auth_user_id" in browser.client.session


def test_the_person_may_say_no(browser: Browser) -> None:
    browser.start()
    answer = {"error": "access_denied", "state": browser.sent["state"]}
    response = browser.come_back(answer)
    assert response["Location"] == "/accounts/3rdparty/login/cancelled/"
    assert browser.client.get(response["Location"]).status_code == 200
    assert not User.objects.exists()
    assert browser.come_back(answer).status_code == 400


def test_without_an_address_the_person_is_asked_for_one(browser: Browser) -> None:
    del browser.provider.userinfo["email"]
    response = browser.sign_in()
    assert response["Location"] == "/accounts/3rdparty/signup/"
    assert not User.objects.exists()
    response = browser.client.post(response["Location"], {"email": "alice@example.com"})
    assert response["Location"] == "/accounts/confirm-email/"
    assert not User.objects.exists()
    browser.client.post(response["Location"], {"code": mailed_code()})
    assert EmailAddress.objects.get().verified
    assert SocialAccount.objects.get().user == User.objects.get()
    assert ConnectionToken.objects.get().access_token


def test_two_issuers_may_have_given_the_same_client_id(
    browser: Browser, register: Callable[..., Any]
) -> None:
    register("other")
    del browser.provider.userinfo["email"]
    response = browser.sign_in()
    assert browser.client.get(response["Location"]).status_code == 200
    asked = browser.client.post(response["Location"], {"email": "alice@example.com"})["Location"]
    browser.client.post(asked, {"code": mailed_code()})
    assert SocialAccount.objects.get().provider == "example"


@pytest.mark.django_db(transaction=True)
def test_a_person_who_arrives_twice_at_once_gets_one_account(
    transactional_db: None, provider: ScriptedProvider, register: Callable[..., Any]
) -> None:
    register()
    browsers = [Browser(Client(), provider) for _ in range(4)]
    answers = [provider.approve(browser.start()["Location"]) for browser in browsers]
    statuses: list[int] = []

    def arrive(browser: Browser, answer: dict[str, str]) -> None:
        try:
            statuses.append(browser.come_back(answer).status_code)
        finally:
            connection.close()

    threads = [Thread(target=arrive, args=pair) for pair in zip(browsers, answers, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(statuses) == 4
    # 429: whom allauth could not count in time is asked to come back.
    assert set(statuses) <= {302, 409, 429}
    assert User.objects.count() == SocialAccount.objects.count() == 1
    assert EmailAddress.objects.count() == ConnectionToken.objects.count() == 1


def test_a_provider_that_was_taken_away_meanwhile(browser: Browser) -> None:
    del browser.provider.userinfo["email"]
    response = browser.sign_in()
    SocialApp.objects.all().delete()
    assert browser.client.get(response["Location"]).status_code == 404


@pytest.mark.parametrize(
    ("key", "algorithm"),
    [
        (KEY, "PS256"),
        (ec.generate_private_key(ec.SECP256R1()), "ES256"),
        (ed25519.Ed25519PrivateKey.generate(), "EdDSA"),
    ],
    ids=["PS256", "ES256", "EdDSA"],
)
def test_the_issuer_may_sign_with_any_sound_algorithm(
    browser: Browser, key: Any, algorithm: str
) -> None:
    browser.provider.sign = {"key": key, "algorithm": algorithm, "headers": {"kid": "first"}}
    browser.provider.keys = [public_jwk(key, algorithm=algorithm)]
    assert browser.sign_in()["Location"] == "/account/"


def test_nothing_of_the_exchange_is_kept_in_the_profile(browser: Browser) -> None:
    browser.sign_in()
    kept = SocialAccount.objects.get().extra_data["userinfo"]
    assert set(kept) == {"iss", "sub", "name", "email", "email_verified"}


def test_a_deactivated_person_stays_out(browser: Browser) -> None:
    browser.sign_in()
    browser.client.logout()
    User.objects.update(is_active=False)
    kept = ConnectionToken.objects.get().access_token
    assert browser.sign_in()["Location"] == "/accounts/inactive/"
    assert "_auth_user_id" not in browser.client.session
    assert ConnectionToken.objects.get().access_token == kept


def test_an_unknown_provider_is_not_found(browser: Browser) -> None:
    for address in ("oidc/nobody", "google", "github", "microsoft"):
        for step in ("login/", "login/callback/"):
            assert browser.client.get(f"/accounts/{address}/{step}").status_code == 404
            assert browser.client.post(f"/accounts/{address}/{step}").status_code == 404
    assert browser.client.post("/accounts/google/login/token/").status_code == 404
