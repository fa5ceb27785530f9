"""The userinfo endpoint (OpenID Connect Core section 5.3)."""

import jwt
import pytest
from django.test import Client as Browser

from accounts.models import User
from accounts.oauth_server.models.signing_key import ALGORITHMS
from tests.accounts.oauth_server.app import App, error_in, me


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def test_claims_follow_the_scopes(app: App, alice: User) -> None:
    token = app.tokens_for(alice)["access_token"]
    answer = Browser().get("/oauth/userinfo/", headers=_bearer(token)).json()

    assert answer["sub"] == alice.sub
    assert answer["name"] == "Alice"
    assert answer["email"] == "alice@example.com"
    assert answer["email_verified"] is True

    only_openid = app.tokens_for(alice, scope="openid")["access_token"]
    answer = Browser().get("/oauth/userinfo/", headers=_bearer(only_openid)).json()
    assert answer == {"sub": alice.sub}


def test_the_token_may_be_posted_in_a_form(app: App, alice: User) -> None:
    token = app.tokens_for(alice)["access_token"]
    response = Browser().post(
        "/oauth/userinfo/",
        f"access_token={token}",
        content_type="application/x-www-form-urlencoded",
    )

    assert response.json()["sub"] == alice.sub


def test_a_token_in_the_query_is_not_looked_at(app: App, alice: User) -> None:
    token = app.tokens_for(alice)["access_token"]

    assert Browser().get("/oauth/userinfo/", {"access_token": token}).status_code == 401


def test_without_openid_there_are_no_claims(app: App, alice: User) -> None:
    token = app.tokens_for(alice, scope="profile")["access_token"]
    response = Browser().get("/oauth/userinfo/", headers=_bearer(token))

    assert response.status_code == 403
    assert 'error="insufficient_scope"' in response["WWW-Authenticate"]


def test_a_wrong_token_is_challenged(db: None) -> None:
    response = Browser().get("/oauth/userinfo/", headers=_bearer("wrong"))

    assert response.status_code == 401
    assert 'error="invalid_token"' in response["WWW-Authenticate"]


def test_whoever_is_refused_learns_what_opens_it(app: App, alice: User) -> None:
    lacking = app.tokens_for(alice, scope="profile")["access_token"]
    for headers in ({}, _bearer("wrong"), _bearer(lacking)):
        challenge = Browser().get("/oauth/userinfo/", headers=headers)["WWW-Authenticate"]
        assert 'scope="openid"' in challenge
        where = challenge.partition('resource_metadata="')[2].partition('"')[0]
        told = Browser().get(where).json()
        assert told["resource"] == "http://testserver/oauth/userinfo/"
        assert {"openid", "email"} < set(told["scopes_supported"])
        assert not {"offline_access", "connections"} & set(told["scopes_supported"])
    assert app.code_for(alice, resource=told["resource"])


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_client_that_asked_for_that_gets_a_signed_answer(
    app: App, alice: User, algorithm: str
) -> None:
    app.client.userinfo_signed_response_alg = algorithm
    app.client.save()
    token = app.tokens_for(alice)["access_token"]
    response = Browser().get("/oauth/userinfo/", headers=_bearer(token))

    assert response["Content-Type"] == "application/jwt"
    assert response["Cache-Control"] == "no-store"
    signed = response.content.decode()
    header = jwt.get_unverified_header(signed)
    key = jwt.PyJWKSet.from_dict(Browser().get("/oauth/jwks/").json())[header["kid"]]
    told = jwt.decode(
        signed,
        key,
        algorithms=[algorithm],
        audience=app.client.client_id,
        issuer="http://testserver",
    )
    assert (told["sub"], told["email"]) == (alice.sub, "alice@example.com")


def test_an_error_is_json_for_that_client_too(app: App, alice: User) -> None:
    app.client.userinfo_signed_response_alg = "RS256"
    app.client.save()
    response = Browser().get("/oauth/userinfo/", headers=_bearer("wrong"))

    assert response.json()["error"] == "invalid_token"


def test_a_deactivated_person_is_gone_everywhere_at_once(app: App, alice: User) -> None:
    tokens = app.tokens_for(alice)
    User.objects.filter(pk=alice.pk).update(is_active=False)
    headers = {"Authorization": f"Bearer {tokens['access_token']}"}

    assert me(tokens["access_token"]).status_code == 401
    assert Browser().get("/oauth/userinfo/", headers=headers).status_code == 401
    assert app.introspect(tokens["access_token"]) == {"active": False}
    assert app.introspect(tokens["refresh_token"]) == {"active": False}
    assert error_in(app.refresh(tokens["refresh_token"])) == (400, "invalid_grant")


def test_an_id_token_opens_neither_the_api_nor_userinfo(app: App, alice: User) -> None:
    id_token = app.tokens_for(alice)["id_token"]
    headers = {"Authorization": f"Bearer {id_token}"}

    assert me(id_token).status_code == 401
    assert Browser().get("/oauth/userinfo/", headers=headers).status_code == 401


def test_a_token_is_sent_in_one_place_only(app: App, alice: User) -> None:
    """RFC 6750 section 2: a client must not use more than one method."""
    token = app.tokens_for(alice)["access_token"]
    response = Browser().post("/oauth/userinfo/", {"access_token": token}, headers=_bearer(token))
    in_a_form = Browser().post(
        "/oauth/userinfo/",
        f"access_token={token}",
        content_type="application/x-www-form-urlencoded",
        headers=_bearer(token),
    )

    assert response.status_code == 200  # no form of RFC 6750: what is in it is no token
    assert in_a_form.status_code == 400
    assert 'error="invalid_request"' in in_a_form["WWW-Authenticate"]
