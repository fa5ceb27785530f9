"""Authorization requests that are pushed (RFC 9126), signed (RFC 9101), and answered by a signature
(JARM)."""

import html
import re
import time
from datetime import timedelta
from typing import Any

import jwt
import pytest
from django.http import HttpResponse
from django.test import Client as Browser
from django.utils import timezone

from accounts.models import User
from accounts.oauth_server.models import Client, PushedRequest
from tests.accounts.oauth_server.app import App, answer_in, error_in
from tests.accounts.oauth_server.clients.test_assertions import (
    EC_KEY,
    ED_KEY,
    assertion,
    proof,
    public_jwk,
    register_signer,
)

PAR = "/oauth/par/"


@pytest.fixture
def signer(db: None) -> App:
    return register_signer(jwks={"keys": [public_jwk()]}, scopes="openid profile email")


@pytest.fixture
def alice_browser(alice: User) -> Browser:
    browser = Browser()
    browser.force_login(alice)
    return browser


def pushed(app: App, **changes: Any) -> str:
    response = app.post(PAR, app.request(**changes))
    assert response.status_code == 201, response.content
    return str(response.json()["request_uri"])


def come(browser: Browser, app: App, request_uri: str, **beside: str) -> HttpResponse:
    sent = {"client_id": app.client.client_id, "request_uri": request_uri} | beside
    return browser.get("/oauth/authorize/", sent)


def decide(browser: Browser, page: HttpResponse, decision: str = "allow") -> HttpResponse:
    action = re.search(r'action="(/oauth/authorize/decision/[^"]*)"', page.content.decode())
    assert action, page.content
    return browser.post(html.unescape(action[1]), {"decision": decision, "scope": ["email"]})


def signed(app: App, *, key: Any = EC_KEY, alg: str = "ES256", **changes: Any) -> str:
    now = int(time.time())
    claims = app.request() | {
        "iss": app.client.client_id,
        "aud": "http://testserver",
        "exp": now + 60,
        "nbf": now,
    }
    header = {"kid": "one", "typ": changes.pop("typ", "oauth-authz-req+jwt")}
    claims = {name: value for name, value in (claims | changes).items() if value is not None}
    return jwt.encode(claims, key, algorithm=alg, headers=header)


def test_a_person_answers_a_request_that_was_pushed(app: App, alice_browser: Browser) -> None:
    page = come(alice_browser, app, pushed(app), scope="connections", state="x-state")
    told = answer_in(decide(alice_browser, page))
    assert told["state"] == "state-of-the-app"  # what stands beside it counts for nothing
    assert app.redeem(told["code"]).json()["scope"] == "openid email"
    assert not PushedRequest.objects.exists()


def test_a_pushed_request_can_be_come_to_again_until_it_is_answered(
    app: App, alice_browser: Browser
) -> None:
    request_uri = pushed(app)
    first, second = (come(alice_browser, app, request_uri) for _ in range(2))
    assert "code" in answer_in(decide(alice_browser, second))
    for late in (decide(alice_browser, first), come(alice_browser, app, request_uri)):
        assert late.status_code == 400
        assert "already completed" in late.content.decode()


def test_a_refusal_uses_a_pushed_request_up(app: App, alice_browser: Browser) -> None:
    request_uri = pushed(app)
    page = come(alice_browser, app, request_uri)
    assert answer_in(decide(alice_browser, page, "deny"))["error"] == "access_denied"
    assert come(alice_browser, app, request_uri).status_code == 400


def test_a_person_may_take_their_time_to_sign_in(app: App, alice: User) -> None:
    request_uri, browser = pushed(app), Browser()
    onward = come(browser, app, request_uri)["Location"]
    PushedRequest.objects.update(begun_by=timezone.now() - timedelta(seconds=1))
    assert come(browser, app, request_uri).status_code == 400
    browser.force_login(alice)
    page = browser.get(html.unescape(_next(onward)))
    assert "code" in answer_in(decide(browser, page))


def _next(address: str) -> str:
    return answer_in({"Location": address})["next"]


def test_nobody_changes_a_pushed_request_on_its_way(app: App, alice_browser: Browser) -> None:
    page = come(alice_browser, app, pushed(app)).content.decode()
    action = html.unescape(re.search(r'action="([^"]*decision[^"]*)"', page)[1])  # type: ignore[index]
    for changed in (
        action.replace("scope=openid", "scope=connections"),
        action.replace("request_origin=", "request_origin=x"),
        re.sub(r"&request_origin=[^&]*", "&request_origin=", action),
        action + "&prompt=none",
    ):
        assert changed != action
        response = alice_browser.post(changed, {"decision": "allow"})
        assert response.status_code == 400
        assert "Location" not in response


def test_a_request_uri_is_its_client_s_own(
    app: App, other_app: App, alice_browser: Browser
) -> None:
    request_uri = pushed(app)
    for sent in (request_uri[:-1] + "x", request_uri + "\ud800"[:0] + "é"):
        assert come(alice_browser, app, sent).status_code == 400
    assert come(alice_browser, other_app, request_uri).status_code == 400
    assert alice_browser.get("/oauth/authorize/", {"request_uri": request_uri}).status_code == 400
    assert come(alice_browser, app, request_uri).status_code == 200


def test_what_would_be_refused_later_is_refused_at_once(app: App) -> None:
    for changes, error in (
        ({"redirect_uri": "https://mallory.example/"}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"scope": "introspection"}, "invalid_scope"),
        ({"code_challenge": None}, "invalid_request"),
        ({"max_age": "soon"}, "invalid_request"),
        ({"request_uri": "urn:x"}, "invalid_request"),
        ({"request": "not.a.jwt"}, "invalid_request_object"),
        ({"scope": ["openid", "email"]}, "invalid_request"),
    ):
        assert error_in(app.post(PAR, app.request(**changes))) == (400, error), changes
    assert not PushedRequest.objects.exists()


def test_clients_prove_who_they_are_where_they_push(app: App, native_app: App, signer: App) -> None:
    app.secret = "lk_cs_wrong"
    assert error_in(app.post(PAR, app.request())) == (401, "invalid_client")
    assert pushed(native_app)  # a public client has nothing to prove itself with
    by_key = proof(assertion(signer, aud="http://testserver/oauth/par/"))
    assert signer.post(PAR, signer.request() | by_key).status_code == 201
    kept = PushedRequest.objects.get(client=signer.client).query
    assert "assertion" not in kept


def test_a_client_that_pushes_all_its_requests_is_held_to_it(
    app: App, alice_browser: Browser
) -> None:
    Client.objects.update(require_pushed_authorization_requests=True)
    assert answer_in(app.send(alice_browser))["error"] == "invalid_request"
    assert come(alice_browser, app, pushed(app)).status_code == 200


def test_a_signed_request_takes_the_place_of_the_query(signer: App, alice_browser: Browser) -> None:
    beside = {"client_id": signer.client.client_id, "scope": "email", "state": "another"}
    asked = signed(signer, claims={"userinfo": {"name": None}}, max_age=3600, response_mode="jwt")
    page = alice_browser.get("/oauth/authorize/", beside | {"request": asked})
    told = answer_in(decide(alice_browser, page))
    assert set(told) == {"response"}
    jwk_set = Browser().get("/oauth/jwks/").json()["keys"]
    head = jwt.get_unverified_header(told["response"])
    key = next(jwt.PyJWK(each) for each in jwk_set if each["kid"] == head["kid"])
    answer = jwt.decode(
        told["response"], key, audience=signer.client.client_id, issuer="http://testserver"
    )
    assert answer["state"] == "state-of-the-app"
    assert answer["exp"] <= time.time() + 600
    redeemed = signer.redeem(answer["code"], **proof(assertion(signer)))
    assert redeemed.status_code == 200


def _nested(depth: int) -> Any:
    nested: Any = 1
    for _ in range(depth):
        nested = [nested]
    return nested


def test_a_request_object_that_cannot_be_believed_is_told_to_the_client(
    signer: App, alice_browser: Browser
) -> None:
    now = int(time.time())
    for changes in (
        {"key": ED_KEY, "alg": "EdDSA"},
        {"aud": "https://elsewhere.example"},
        {"aud": None},
        {"iss": "somebody"},
        {"exp": now - 60},
        {"exp": now + 7200},
        {"exp": None},
        {"nbf": now + 600},
        {"nbf": now - 7200},
        {"client_id": "somebody"},
        {"sub": signer.client.client_id},
        {"request_uri": "urn:x"},
        {"typ": "at+jwt"},
        {"state": ["a", 1]},
        {"nonce": 1.5},
        {"nonce": "\ud800"},
        {"\ud800": "x"},
        {"claims": _nested(400)},
        {"claims": {"userinfo": {"\0": None}}},
    ):
        sent = signer.request(request=signed(signer, **changes), response_mode="query")
        told = answer_in(alice_browser.get("/oauth/authorize/", sent))
        assert told["error"] == "invalid_request_object", changes
        assert "signature" in told["error_description"] or "refused" in told["error_description"]
        form = {"client_id": signer.client.client_id, "request": signed(signer, **changes)}
        answer = signer.post(PAR, form | proof(assertion(signer)))
        assert error_in(answer) == (400, "invalid_request_object"), changes


def test_no_client_is_looked_for_that_no_database_keeps(
    signer: App, alice_browser: Browser
) -> None:
    for client_id in ("a\0b", "", "nobody"):
        sent = {"client_id": client_id, "request": signed(signer)}
        assert alice_browser.get("/oauth/authorize/", sent).status_code == 400


def test_an_object_alone_that_is_refused_leads_nowhere(signer: App, alice_browser: Browser) -> None:
    Client.objects.update(redirect_uris="https://a.example/ https://b.example/")
    sent = {"client_id": signer.client.client_id, "request": signed(signer, iss="somebody")}
    response = alice_browser.get("/oauth/authorize/", sent)
    assert response.status_code == 400
    assert "request object is refused" in response.content.decode()


def test_an_unsigned_object_is_of_a_kind_that_is_not_taken(
    signer: App, alice_browser: Browser
) -> None:
    unsigned = jwt.encode(signer.request(), None, algorithm="none")
    told = answer_in(signer.send(alice_browser, request=unsigned))
    assert told["error"] == "request_not_supported"
    form = {"client_id": signer.client.client_id, "request": unsigned} | proof(assertion(signer))
    assert error_in(signer.post(PAR, form)) == (400, "invalid_request_object")


def test_a_client_that_signs_all_its_requests_is_held_to_it(
    signer: App, alice_browser: Browser
) -> None:
    Client.objects.update(require_signed_request_object=True)
    assert answer_in(signer.send(alice_browser))["error"] == "invalid_request"
    by_key = proof(assertion(signer))
    assert error_in(signer.post(PAR, signer.request() | by_key)) == (400, "invalid_request")
    form = {"request": signed(signer)} | proof(assertion(signer))
    request_uri = signer.post(PAR, form).json()["request_uri"]
    assert come(alice_browser, signer, request_uri).status_code == 200


@pytest.mark.parametrize("mode", ["jwt", "query.jwt", "fragment.jwt", "form_post.jwt"])
def test_an_error_is_signed_where_the_answer_would_be(
    app: App, alice_browser: Browser, mode: str
) -> None:
    response = app.send(alice_browser, response_mode=mode, prompt="none consent")
    words = response.content.decode() + response.get("Location", "").replace("#", "?")
    found = re.search(r'response(?:=|" value=")([\w.-]+)', words)
    assert found
    told = jwt.decode(found[1], options={"verify_signature": False})
    assert (told["error"], told["state"]) == ("invalid_request", "state-of-the-app")
    assert told["aud"] == app.client.client_id
    assert ("#" in response.get("Location", "")) is (mode == "fragment.jwt")
