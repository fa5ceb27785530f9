"""One sign-in as the suite performs it, with the checks that each of its modules makes."""

import base64
import hashlib
import time
from dataclasses import dataclass
from typing import Any

import jwt
from django.http import HttpResponse
from django.test import Client as Browser

from tests.accounts.oauth_server.app import App, answer_in

ISSUER = "http://testserver"
TOKEN_CHARACTERS = set(map(chr, range(0x20, 0x7F)))  # RFC 6749 appendix A.12 and A.17


class PlainApp(App):
    """Sends no PKCE, as the suite's own client does unless a module is about it."""

    def request(self, **changes: Any) -> dict[str, Any]:
        plain = {"code_challenge": None, "code_challenge_method": None, "nonce": "of-the-suite"}
        return super().request(**(plain | changes))

    def redeem(self, code: str, **changes: Any) -> HttpResponse:
        return super().redeem(code, **({"code_verifier": None} | changes))


@dataclass(frozen=True)
class Walk:
    """What an app has after a sign-in: the tokens, and what the ID token and userinfo say."""

    tokens: dict[str, Any]
    claims: dict[str, Any]
    userinfo: dict[str, Any]


def walk(app: App, browser: Browser, **changes: Any) -> Walk:
    """Sign in, saying yes where the person is asked, and check all that came."""
    response = app.send(browser, **changes)
    if response.status_code == 200:
        response = app.ask(browser, **changes)
    return arrive(app, response, **changes)


def arrive(app: App, response: HttpResponse, **changes: Any) -> Walk:
    """Go on from the answer of the authorization endpoint."""
    asked = app.request(**changes)
    answer = answer_in(response)
    sent_along = set(answer) - {"dummy1", "dummy2"}  # of the redirect URI itself
    assert sent_along == {"code", "state", "iss"}, answer
    assert (answer["state"], answer["iss"]) == (asked["state"], ISSUER)
    verifier = app.verifier if "code_challenge" in asked else None
    redeemed = app.redeem(
        answer["code"], redirect_uri=asked["redirect_uri"], code_verifier=verifier
    )
    tokens = check_token_response(redeemed)
    claims = check_id_token(app, tokens, nonce=asked.get("nonce"))
    return Walk(tokens, claims, check_userinfo(tokens, claims))


def check_token_response(response: HttpResponse) -> dict[str, Any]:
    assert response.status_code == 200, response.content
    assert response["Content-Type"] == "application/json"
    assert (response["Cache-Control"], response["Pragma"]) == ("no-store", "no-cache")
    tokens: dict[str, Any] = response.json()
    assert tokens["token_type"] == "Bearer"
    assert type(tokens["expires_in"]) is int
    assert tokens["expires_in"] > 0
    for name in {"access_token", "refresh_token"} & set(tokens):
        assert set(tokens[name]) <= TOKEN_CHARACTERS
        assert len(tokens[name]) >= 22  # 128 bits
    return tokens


def check_id_token(app: App, tokens: dict[str, Any], *, nonce: str | None) -> dict[str, Any]:
    """Core section 3.1.3.7, with the key that the header names."""
    id_token = tokens["id_token"]
    header = jwt.get_unverified_header(id_token)
    assert header["alg"] == "RS256"
    keys = jwt.PyJWKSet.from_dict(Browser().get("/oauth/jwks/").json())
    client_id = app.client.client_id
    claims: dict[str, Any] = jwt.decode(
        id_token, keys[header["kid"]], algorithms=["RS256"], audience=client_id, issuer=ISSUER
    )
    assert claims["aud"] == client_id  # of one recipient, and so without azp
    assert not {"azp", "c_hash", "s_hash"} & set(claims)
    assert type(claims["iat"]) is int
    assert abs(claims["iat"] - time.time()) < 10
    assert type(claims["exp"]) is int
    assert claims["exp"] > claims["iat"]
    assert claims.get("nonce") == nonce
    assert claims["at_hash"] == _half_hash(tokens["access_token"])
    assert claims["sub"].isascii()
    assert 0 < len(claims["sub"]) <= 255
    assert type(claims["auth_time"]) is int
    assert isinstance(claims["acr"], str)
    assert isinstance(claims["amr"], list)
    return claims


def check_userinfo(tokens: dict[str, Any], claims: dict[str, Any]) -> dict[str, Any]:
    response = Browser().get("/oauth/userinfo/", headers=bearer(tokens))
    assert response.status_code == 200, response.content
    assert response["Content-Type"] == "application/json"
    told: dict[str, Any] = response.json()
    assert told["sub"] == claims["sub"]
    return told


def bearer(tokens: dict[str, Any]) -> dict[str, str]:
    return {"Authorization": f"Bearer {tokens['access_token']}"}


def _half_hash(token: str) -> str:
    half = hashlib.sha256(token.encode()).digest()[:16]
    return base64.urlsafe_b64encode(half).decode().rstrip("=")
