"""A reading request is sent with the token that somebody pastes, or as themselves, and no other."""

from typing import Any

import pytest
from django.test import Client as Browser
from django.urls import reverse

from accounts.models import User
from accounts.oauth_server.models import AccessToken, Client, PersonalToken
from tests.accounts.oauth_server.app import App
from tests.accounts.oauth_server.conftest import app

__all__ = ["app"]

pytestmark = pytest.mark.django_db

EMAILS = reverse("developers:try-it", args=["emails"])


def test_a_pasted_token_is_used_once_and_shown_nowhere(
    client: Browser, app: App, alice: User, caplog: Any
) -> None:
    token = app.tokens_for(alice)["access_token"]
    answer = client.post(reverse("developers:try-it", args=["me"]), {"token": token})
    told = answer.content.decode()
    assert "HTTP/1.1 200 OK" in told
    assert "Alice" in told
    assert token not in told
    assert token not in caplog.text
    assert token not in str(dict(client.session))
    assert "no-store" in answer["Cache-Control"]


def test_a_token_that_opens_nothing_gets_the_apis_own_answer(client: Browser) -> None:
    told = client.post(EMAILS, {"token": "lk_pat_nothing"}).content.decode()
    assert "HTTP/1.1 401 Unauthorized" in told
    assert "/developers/problems/token-invalid/" in told


def test_whoever_is_signed_in_reads_as_themselves_and_nothing_stays(
    client: Browser, alices_browser: Browser
) -> None:
    told = alices_browser.post(EMAILS, {"sign-in": "yes"}).content.decode()
    assert "alice@example.com" in told
    assert not Client.objects.exists()
    assert not AccessToken.objects.exists()
    assert "HTTP/1.1 401" not in told
    assert "HTTP/1.1 401" in client.post(EMAILS, {"sign-in": "yes"}).content.decode()
    assert "There is a problem" in client.post(EMAILS).content.decode()


def test_a_sign_in_gets_no_scope_that_people_cannot_give_themselves(
    alices_browser: Browser,
) -> None:
    mine = reverse("developers:try-it", args=["tokens"])  # of personal tokens alone
    others = reverse("developers:try-it", args=["connection_profile"])  # calls a third party
    for address in (mine, others):
        assert "as myself" not in alices_browser.get(address).content.decode()
        told = alices_browser.post(address, {"sign-in": "yes", "path-connection": "x"})
        assert "HTTP/1.1 401" in told.content.decode()
    assert not PersonalToken.objects.exists()


def test_what_is_typed_stays_within_the_address_of_the_operation(client: Browser) -> None:
    address = reverse("developers:try-it", args=["connection"])
    evil = "../../../admin/?x=http://attacker.example/#"
    told = client.post(address, {"path-connection": evil, "token": "lk_pat_x"}).content.decode()
    assert "GET /api/v1/me/connections/..%2F..%2F..%2Fadmin%2F" in told
    for name in ("change_me", "remove_connection", "nothing"):  # not of those that read
        assert client.post(reverse("developers:try-it", args=[name])).status_code == 404


def test_tries_are_limited(client: Browser, settings: Any) -> None:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "developers": "1/h"}
    assert client.post(EMAILS, {"token": "x"}).status_code == 200
    assert client.post(EMAILS, {"token": "x"}).status_code == 429
