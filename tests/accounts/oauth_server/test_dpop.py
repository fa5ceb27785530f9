"""Tokens that are bound to a key of their client, and the proofs of it (DPoP, RFC 9449)."""

import base64
import hashlib
import secrets
import time
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from django.http import HttpResponse
from django.test import Client as Browser
from django.utils import timezone

from accounts.models import User
from accounts.oauth_server.models import Client, PersonalToken, UsedProof
from accounts.oauth_server.wire import dpop
from tests.accounts.oauth_server.app import App, answer_in, error_in
from tests.accounts.oauth_server.clients.test_assertions import EC_KEY, KEYS, public_jwk

OTHER = ec.generate_private_key(ec.SECP256R1())
SITE = "http://testserver"


def proof(
    path: str = "/oauth/token/", method: str = "POST", *, key: Any = EC_KEY, **changes: Any
) -> dict[str, str]:
    alg = changes.pop("alg", "ES256")
    jwk = changes.pop("jwk", _public(key, alg))
    header = {"typ": changes.pop("typ", "dpop+jwt"), "jwk": jwk}
    if token := changes.pop("token", ""):
        changes["ath"] = _hash(token)
    claims = {
        "jti": secrets.token_urlsafe(12),
        "iat": int(time.time()),
        "htm": method,
        "htu": SITE + path,
        "nonce": dpop.new_nonce(),
    } | changes
    claims = {name: value for name, value in claims.items() if value is not None}
    return {"DPoP": jwt.encode(claims, key, algorithm=alg, headers=header)}


def _public(key: Any, alg: str) -> dict[str, Any]:
    found: dict[str, Any] = jwt.algorithms.get_default_algorithms()[alg].to_jwk(
        key.public_key(), as_dict=True
    )
    return found


def _hash(token: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(token.encode()).digest()).decode().rstrip("=")


def thumbprint(app: App, alice: User) -> str:
    token = redeem(app, app.code_for(alice), **proof())["access_token"]
    told: str = app.introspect(token)["cnf"]["jkt"]
    return told


def redeem(app: App, code: str, **headers: str) -> dict[str, Any]:
    response = send(app, {"grant_type": "authorization_code", "code": code}, **headers)
    assert response.status_code == 200, response.content
    told: dict[str, Any] = response.json()
    return told


def send(app: App, form: dict[str, Any], **headers: str) -> HttpResponse:
    form |= {"redirect_uri": app.redirect_uri, "code_verifier": app.verifier}
    return app.post("/oauth/token/", form, **headers)


def call(token: str, path: str = "/api/v1/me", scheme: str = "DPoP", **headers: str) -> Any:
    return Browser().get(path, headers={"Authorization": f"{scheme} {token}"} | headers)


def test_a_token_opens_the_api_for_who_shows_its_key_alone(app: App, alice: User) -> None:
    told = redeem(app, app.code_for(alice), **proof())
    token = told["access_token"]
    assert told["token_type"] == "DPoP"
    for path in ("/api/v1/me", "/oauth/userinfo/"):
        ours = {"path": path, "method": "GET", "token": token}
        response = call(token, path, **proof(**ours))
        assert response.status_code == 200, response.content
        assert response["DPoP-Nonce"]
        stolen = (
            call(token, path, scheme="Bearer"),
            call(token, path, scheme="Bearer", **proof(**ours)),
            call(token, path),
            call(token, path, **proof(**ours, key=OTHER)),
            call(token, path, **proof(path, "GET")),
            call(token, path, **proof(path, "GET", token="another")),
            call(token, path, **proof(path, "POST", token=token)),
            call(token, path, **proof("/api/v1/token", "GET", token=token)),
        )
        for answer in stolen:
            assert answer.status_code == 401
            assert answer["WWW-Authenticate"].startswith("DPoP ")
            assert "algs=" in answer["WWW-Authenticate"]


def test_what_is_not_bound_is_not_sent_as_if_it_were(app: App, alice: User) -> None:
    bearer = app.tokens_for(alice)["access_token"]
    personal = PersonalToken.objects.issue(
        alice, name="Script", scopes=frozenset({"profile"}), expires=None
    )
    for token in (bearer, personal):
        answer = call(token, **proof("/api/v1/me", "GET", token=token))
        assert answer.status_code == 401
        assert call(token, scheme="Bearer").status_code == 200


def test_a_proof_is_for_one_request(app: App, alice: User) -> None:
    used = proof()
    token = redeem(app, app.code_for(alice), **used)["access_token"]
    again = send(app, {"grant_type": "client_credentials"}, **used)
    assert error_in(again) == (400, "invalid_dpop_proof")
    at_api = proof("/api/v1/me", "GET", token=token)
    assert [call(token, **at_api).status_code for _ in range(2)] == [200, 401]


def test_a_proof_that_is_not_right_is_refused_and_not_used_up(app: App) -> None:
    now = int(time.time())
    private = jwt.algorithms.ECAlgorithm.to_jwk(EC_KEY, as_dict=True)
    wrong: list[dict[str, Any]] = [
        {"typ": "JWT"},
        {"typ": None},
        {"jwk": private},
        {"jwk": None},
        {"jwk": "key"},
        {"jwk": {"kty": "oct", "k": "AAAA"}},
        {"jwk": _public(OTHER, "ES256")},
        {"jwk": public_jwk("RS256")},
        {"htm": "GET"},
        {"htu": f"{SITE}/oauth/introspect/"},
        {"htu": "https://elsewhere.example/oauth/token/"},
        {"htu": "http://[/"},
        {"htu": 1},
        {"iat": now - 600},
        {"iat": now + 120},
        {"iat": "now"},
        {"iat": None},
        {"jti": None},
        {"jti": ""},
        {"jti": "x" * 2000},
        {"exp": now - 600},
        {"exp": float("inf")},
        {"nbf": [1]},
        {"iat": 10**400},
        {"iat": float("nan")},
        {"jwk": {"kty": "EC", "crv": ["P-256"], "x": 5, "y": {}}},
        {"jwk": {"kty": "RSA", "n": 1, "e": None}},
        {"jwk": {"kty": "OKP", "crv": "Ed25519", "x": "\ud800"}},
        {"jwk": {}},
    ]
    for changes in wrong:
        answer = send(app, {"grant_type": "client_credentials"}, **proof(**changes))
        assert error_in(answer) == (400, "invalid_dpop_proof"), changes
    for unread in ("", "x", "a.b.c", f"{proof()['DPoP']},{proof()['DPoP']}", "x" * 9000):
        answer = send(app, {"grant_type": "client_credentials"}, DPoP=unread)
        assert error_in(answer) == (400, "invalid_dpop_proof"), unread
    hmac = jwt.encode({"jti": "x"}, "secret" * 9, headers={"typ": "dpop+jwt"})
    answer = send(app, {"grant_type": "client_credentials"}, DPoP=hmac)
    assert error_in(answer) == (400, "invalid_dpop_proof")
    assert not UsedProof.objects.exists()


def test_spellings_of_one_address_are_one(app: App) -> None:
    for htu in ("HTTP://TestServer/oauth/token", f"{SITE}:80/oauth/token/?a=b#c"):
        answer = send(app, {"grant_type": "client_credentials"}, **proof(htu=htu))
        assert answer.json()["token_type"] == "DPoP", htu


def test_a_nonce_of_this_site_is_needed_and_told(app: App) -> None:
    old = dpop.signing.TimestampSigner(salt=dpop._SALT)
    old.timestamp = lambda: dpop.signing.b62_encode(int(time.time()) - 600)
    for nonce in (None, "", "made-up", old.sign("n"), 5):
        answer = send(app, {"grant_type": "client_credentials"}, **proof(nonce=nonce))
        assert error_in(answer) == (400, "use_dpop_nonce")
        fresh = proof(nonce=answer["DPoP-Nonce"])
        assert send(app, {"grant_type": "client_credentials"}, **fresh).status_code == 200


@pytest.mark.parametrize("alg", ["RS256", "PS256", "EdDSA"])
def test_every_signature_of_the_metadata_is_taken(app: App, alg: str) -> None:
    signed = proof(key=KEYS[alg], alg=alg)
    answer = send(app, {"grant_type": "client_credentials"}, **signed)
    assert app.introspect(answer.json()["access_token"])["token_type"] == "DPoP"


def test_a_public_client_refreshes_by_the_same_key(native_app: App, alice: User) -> None:
    told = redeem(native_app, native_app.code_for(alice), **proof())
    form = {"grant_type": "refresh_token", "refresh_token": told["refresh_token"]}
    for stolen in ({}, proof(key=OTHER)):
        assert error_in(send(native_app, form, **stolen)) == (400, "invalid_grant")
    again = send(native_app, form, **proof()).json()
    assert again["token_type"] == "DPoP"
    # A thief of the one that was superseded has no key for it: nothing is ended.
    assert error_in(send(native_app, form)) == (400, "invalid_grant")
    form["refresh_token"] = again["refresh_token"]
    assert send(native_app, form, **proof()).status_code == 200


def test_a_confidential_client_may_change_its_key_and_not_leave_it_out(
    app: App, alice: User
) -> None:
    told = redeem(app, app.code_for(alice), **proof())
    form = {"grant_type": "refresh_token", "refresh_token": told["refresh_token"]}
    assert error_in(send(app, form)) == (400, "invalid_grant")
    again = send(app, form, **proof(key=OTHER)).json()
    assert again["token_type"] == "DPoP"
    found = app.introspect(again["access_token"])
    assert found["cnf"]["jkt"] != app.introspect(told["access_token"]).get("cnf")


def test_a_code_can_be_bound_before_it_is_there(app: App, alice: User) -> None:
    key = thumbprint(app, alice)
    code = app.code_for(alice, dpop_jkt=key)
    form = {"grant_type": "authorization_code", "code": code}
    for stolen in ({}, proof(key=OTHER)):
        assert error_in(send(app, form, **stolen)) == (400, "invalid_grant")
    assert redeem(app, code, **proof())["token_type"] == "DPoP"
    browser = Browser()
    browser.force_login(alice)
    assert answer_in(app.send(browser, dpop_jkt="short"))["error"] == "invalid_request"


def test_a_pushed_request_binds_the_code_by_its_proof(app: App, alice: User) -> None:
    other = app.post("/oauth/par/", app.request(dpop_jkt="x" * 43), **proof("/oauth/par/"))
    assert error_in(other) == (400, "invalid_request")
    pushed = app.post("/oauth/par/", app.request(), **proof("/oauth/par/")).json()
    code = app.code_for(alice, request_uri=pushed["request_uri"])
    form = {"grant_type": "authorization_code", "code": code}
    assert error_in(send(app, form)) == (400, "invalid_grant")
    assert redeem(app, code, **proof())["token_type"] == "DPoP"


def test_a_client_that_binds_its_tokens_is_held_to_it(app: App, alice: User) -> None:
    Client.objects.update(dpop_bound_access_tokens=True)
    code = app.code_for(alice)
    for form in (
        {"grant_type": "authorization_code", "code": code},
        {"grant_type": "client_credentials"},
    ):
        assert error_in(send(app, form)) == (400, "invalid_dpop_proof")
    assert redeem(app, code, **proof())["token_type"] == "DPoP"
    assert app.post("/oauth/par/", app.request()).status_code == 201


def test_strangers_use_no_proofs_up(app: App) -> None:
    app.secret = "lk_cs_wrong"
    answer = send(app, {"grant_type": "client_credentials"}, **proof())
    assert error_in(answer) == (401, "invalid_client")
    assert not UsedProof.objects.exists()


def test_proofs_are_forgotten_when_they_are_too_old_to_be_taken(app: App) -> None:
    assert send(app, {"grant_type": "client_credentials"}, **proof()).status_code == 200
    assert UsedProof.objects.get().expires > timezone.now() + dpop.NONCE_LIFETIME


@pytest.mark.parametrize("path", ["/api/v1/resources", "/mcp", "/oauth/introspect/"])
def test_a_bound_token_is_no_bearer_token_anywhere(app: App, settings: Any, path: str) -> None:
    settings.MCP = True
    app.client.scopes += " introspection resources"
    app.client.save()
    form = {"grant_type": "client_credentials", "scope": "introspection resources"}
    token = app.post("/oauth/token/", form, **proof()).json()["access_token"]
    method = "GET" if path == "/api/v1/resources" else "POST"

    def sent(scheme: str, **headers: str) -> int:
        said = b'{"jsonrpc": "2.0", "id": 1, "method": "ping"}' if path == "/mcp" else b"token=x"
        kind = "application/json" if path == "/mcp" else "application/x-www-form-urlencoded"
        body = {"data": said, "content_type": kind} if method == "POST" else {}
        headers |= {"Authorization": f"{scheme} {token}"}
        return Browser().generic(method, path, headers=headers, **body).status_code

    ours = {"path": path, "method": method, "token": token}
    first = proof(**ours)
    # At /mcp, whoever acts for itself has no tools, but is let in.
    assert sent("DPoP", **first) == (403 if path == "/mcp" else 200)
    assert sent("DPoP", **first) == 401
    assert [sent("Bearer"), sent("Bearer", **proof(**ours)), sent("DPoP")] == [401] * 3
    assert sent("DPoP", **proof(**ours, key=OTHER)) == 401
    two = proof(**ours)["DPoP"]
    assert sent("DPoP", DPoP=f"{two}, {two}") == 401
