"""Resources that an old or a weak sign-in does not open (RFC 9470), and how an app gets there."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from accounts.oauth_server.models import AccessToken
from tests.accounts.oauth_server.app import App
from tests.accounts.oauth_server.conftest import app
from tests.api.test_guard import call

__all__ = ["app"]

PROFILE = "/api/v1/me/connections/1/profile"


@pytest.fixture
def token(app: App, alice: User) -> str:
    return app.tokens_for(alice, scope="openid connections.profile")["access_token"]


def sign_in_was(**columns: Any) -> None:
    AccessToken.objects.update(**columns)


def test_a_fresh_sign_in_opens_it(token: str) -> None:
    assert call(token, PROFILE).status_code == 404  # there is no such connection


def test_an_old_one_does_not_and_the_app_is_told_what_does(token: str) -> None:
    sign_in_was(auth_time=timezone.now() - timedelta(hours=25))

    response = call(token, PROFILE)
    assert response.status_code == 401
    challenge = dict(re.findall(r'(\w+)="([^"]*)"', response["WWW-Authenticate"]))
    assert challenge["error"] == "insufficient_user_authentication"
    assert challenge["max_age"] == "86400"
    assert "acr_values" not in challenge
    assert response["Content-Type"] == "application/problem+json"
    problem = response.json()
    assert problem["type"].endswith("/developers/problems/insufficient-user-authentication/")
    assert (problem["status"], problem["max_age"]) == (401, "86400")


def test_its_age_is_an_admins_choice(token: str, settings: Any) -> None:
    sign_in_was(auth_time=timezone.now() - timedelta(days=300))
    settings.CONNECTION_PROFILE_MAX_AGE = timedelta(0)

    assert call(token, PROFILE).status_code == 404


def test_a_second_factor_may_be_demanded(token: str, settings: Any) -> None:
    settings.CONNECTION_PROFILE_SECOND_FACTOR = True

    response = call(token, PROFILE)
    assert response.status_code == 401
    assert 'acr_values="urn:latchkey:acr:two-factors"' in response["WWW-Authenticate"]
    sign_in_was(amr="otp mfa pwd")
    assert call(token, PROFILE).status_code == 404


def test_other_resources_ask_for_nothing_of_that(app: App, alice: User) -> None:
    token = app.tokens_for(alice)["access_token"]
    sign_in_was(auth_time=timezone.now() - timedelta(days=300), amr="")

    assert call(token).status_code == 200


def test_a_scope_that_lacks_is_named_first(app: App, alice: User) -> None:
    token = app.tokens_for(alice)["access_token"]
    sign_in_was(auth_time=timezone.now() - timedelta(days=300))

    assert call(token, PROFILE).status_code == 403


def test_introspection_says_when_and_how_the_person_signed_in(app: App, token: str) -> None:
    sign_in_was(amr="otp mfa pwd")

    told = app.introspect(token)
    assert told["acr"] == "urn:latchkey:acr:two-factors"
    assert told["auth_time"] <= timezone.now().timestamp()
