"""Clients that prove themselves by a signature: private_key_jwt (RFC 7523)."""

import hmac
import json
import secrets
import threading
import time
from collections.abc import Iterator
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlencode

import jwt
import pytest
import requests
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.test import Client as Browser
from jwt.algorithms import get_default_algorithms

from accounts.models import User
from accounts.oauth_server.models import Client, ClientSecret, UsedAssertion
from tests.accounts.oauth_server.app import App, basic, error_in
from tests.accounts.oauth_server.conftest import register

TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
ISSUER, TOKEN_ENDPOINT = "http://testserver", "http://testserver/oauth/token/"
GRANTS = "authorization_code refresh_token client_credentials"

RSA_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
EC_KEY = ec.generate_private_key(ec.SECP256R1())
ED_KEY = ed25519.Ed25519PrivateKey.generate()
KEYS = {"RS256": RSA_KEY, "PS256": RSA_KEY, "ES256": EC_KEY, "EdDSA": ED_KEY}


def public_jwk(algorithm: str = "ES256", kid: str = "one") -> dict[str, Any]:
    key = KEYS[algorithm].public_key()
    found = get_default_algorithms()[algorithm].to_jwk(key, as_dict=True)
    return found | {"kid": kid, "use": "sig"}


def register_signer(**fields: Any) -> App:
    client = Client(
        name="Ledger",
        redirect_uris="https://ledger.example/callback",
        grant_types=GRANTS,
        client_type="confidential",
        default_scopes="profile",
        token_endpoint_auth_method="private_key_jwt",
        **fields,
    )
    client.full_clean()
    client.save()
    return App(client, redirect_uri=client.redirect_uris)


@pytest.fixture
def signer(db: None) -> App:
    """An app that registered its key by value."""
    return register_signer(jwks={"keys": [public_jwk()]})


def assertion(app: App, *, key: Any = EC_KEY, alg: str = "ES256", **changes: Any) -> str:
    now = int(time.time())
    header = {"kid": changes.pop("kid", "one")}
    claims = {
        "iss": app.client.client_id,
        "sub": app.client.client_id,
        "aud": ISSUER,
        "jti": secrets.token_urlsafe(16),
        "iat": now,
        "exp": now + 60,
    } | changes
    claims = {name: value for name, value in claims.items() if value is not None}
    header = {name: value for name, value in header.items() if value is not None}
    return jwt.encode(claims, key, algorithm=alg, headers=header)


def proof(signed: str, **changes: Any) -> dict[str, Any]:
    return {"client_assertion_type": TYPE, "client_assertion": signed} | changes


def ask(app: App, signed: str, **changes: Any) -> HttpResponse:
    return app.post(
        "/oauth/token/", {"grant_type": "client_credentials"} | proof(signed, **changes)
    )


@pytest.mark.parametrize("algorithm", KEYS)
def test_a_signature_proves_the_client(db: None, algorithm: str) -> None:
    app = register_signer(jwks={"keys": [public_jwk(algorithm)]})

    assert ask(app, assertion(app, key=KEYS[algorithm], alg=algorithm)).status_code == 200


@pytest.mark.parametrize("audience", [ISSUER, TOKEN_ENDPOINT, [ISSUER], [TOKEN_ENDPOINT]])
def test_it_may_be_addressed_to_the_issuer_or_the_token_endpoint(
    signer: App, audience: str | list[str]
) -> None:
    assert ask(signer, assertion(signer, aud=audience)).status_code == 200


def test_the_client_id_need_not_be_said_twice(signer: App) -> None:
    form = urlencode({"grant_type": "client_credentials"} | proof(assertion(signer)))
    response = Browser().post("/oauth/token/", form, "application/x-www-form-urlencoded")

    assert response.status_code == 200


def test_every_endpoint_takes_it(signer: App, alice: User) -> None:
    code = signer.code_for(alice)
    tokens = signer.redeem(code, **proof(assertion(signer))).json()
    again = signer.refresh(tokens["refresh_token"], **proof(assertion(signer))).json()
    asked = {"token": again["access_token"]}

    answer = signer.post("/oauth/introspect/", asked | proof(assertion(signer)))
    assert answer.json()["active"] is True
    answer = signer.post("/oauth/revoke/", asked | proof(assertion(signer)))
    assert answer.status_code == 200
    answer = signer.post("/oauth/introspect/", asked | proof(assertion(signer)))
    assert answer.json() == {"active": False}


def test_the_metadata_says_so(db: None) -> None:
    document = Browser().get("/.well-known/openid-configuration").json()

    for endpoint in ("token", "revocation", "introspection"):
        assert "private_key_jwt" in document[f"{endpoint}_endpoint_auth_methods_supported"]
        supported = document[f"{endpoint}_endpoint_auth_signing_alg_values_supported"]
        assert supported == list(KEYS)


NOW = int(time.time())


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"exp": NOW - 3600}, "expired"),
        ({"exp": NOW + 7200}, "an hour"),
        ({"exp": None}, "exp"),
        ({"exp": "soon"}, "exp"),
        ({"exp": float("inf")}, "refused"),
        ({"exp": [1]}, "refused"),
        ({"nbf": NOW + 3600}, "not yet valid"),
        ({"iat": NOW + 3600}, "not yet valid"),
        ({"jti": None}, "jti"),
        ({"jti": ""}, "jti"),
        ({"jti": 7}, "refused"),
        ({"aud": None}, "aud"),
        ({"aud": "https://elsewhere.example"}, "aud"),
        ({"aud": "http://testserver/"}, "aud"),
        ({"aud": [ISSUER, "https://elsewhere.example"]}, "aud"),
        ({"aud": [{}]}, "aud"),
        ({"aud": []}, "aud"),
        ({"sub": "somebody-else"}, "refused"),
        ({"sub": None}, "sub"),
        ({"kid": "two"}, "no such key"),
        ({"key": ec.generate_private_key(ec.SECP256R1())}, "Signature"),
        ({"key": RSA_KEY, "alg": "RS256"}, "no such key"),
        ({"key": "", "alg": "none"}, "no such key"),
    ],
)
def test_what_is_wrong_with_it_is_said_and_nothing_is_given(
    signer: App, changes: dict[str, Any], words: str
) -> None:
    response = ask(signer, assertion(signer, **changes))

    assert error_in(response) == (401, "invalid_client")
    assert words in response.json()["error_description"]
    assert response["WWW-Authenticate"].startswith("Basic")
    assert not UsedAssertion.objects.exists()


def test_a_public_key_is_no_shared_secret(db: None) -> None:
    """The classic confusion: HS256 over the PEM of the public key, which everybody has."""
    app = register_signer(jwks={"keys": [public_jwk("RS256")]})
    pem = RSA_KEY.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    now = int(time.time())
    claims = {"iss": app.client.client_id, "sub": app.client.client_id, "aud": ISSUER}
    claims |= {"jti": "1", "iat": now, "exp": now + 60}
    signed = _hs256(claims, pem)

    assert error_in(ask(app, signed)) == (401, "invalid_client")


def _hs256(claims: dict[str, Any], secret: bytes) -> str:
    """PyJWT refuses to be so foolish; an attacker does not use PyJWT."""
    head = jwt.utils.base64url_encode(json.dumps({"alg": "HS256", "kid": "one"}).encode())
    body = jwt.utils.base64url_encode(json.dumps(claims).encode())
    mac = hmac.new(secret, head + b"." + body, sha256).digest()
    return (head + b"." + body + b"." + jwt.utils.base64url_encode(mac)).decode()


def test_a_tampered_one_is_refused(signer: App) -> None:
    head, body, signature = assertion(signer).split(".")
    claims = json.loads(jwt.utils.base64url_decode(body)) | {"exp": int(time.time()) + 500}
    body = jwt.utils.base64url_encode(json.dumps(claims).encode()).decode()

    assert error_in(ask(signer, f"{head}.{body}.{signature}")) == (401, "invalid_client")


def test_it_is_good_once(signer: App) -> None:
    signed = assertion(signer)

    assert ask(signer, signed).status_code == 200
    assert error_in(ask(signer, signed)) == (401, "invalid_client")
    assert "used before" in ask(signer, signed).json()["error_description"]
    answer = signer.post("/oauth/introspect/", {"token": "x"} | proof(signed))
    assert error_in(answer) == (401, "invalid_client")


def test_two_clients_may_use_the_same_jti(signer: App) -> None:
    other = register_signer(jwks={"keys": [public_jwk()]})

    assert ask(signer, assertion(signer, jti="same")).status_code == 200
    assert ask(other, assertion(other, jti="same")).status_code == 200


def test_what_expired_is_not_kept(signer: App) -> None:
    ask(signer, assertion(signer))
    UsedAssertion.objects.update(expires="2020-01-01T00:00:00Z")
    ask(signer, assertion(signer))

    assert UsedAssertion.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_one_of_many_at_once_gets_in(signer: App, live_server: Any) -> None:
    form = {"grant_type": "client_credentials"} | proof(assertion(signer))
    start = threading.Barrier(8)
    answers: list[int] = []

    def send() -> None:
        start.wait()
        url = f"{live_server.url}/oauth/token/"
        headers = {"Host": "testserver"}
        answers.append(requests.post(url, form, headers=headers, timeout=30).status_code)

    senders = [threading.Thread(target=send) for _ in range(8)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()

    assert sorted(answers) == [200, *[401] * 7]


@pytest.mark.parametrize("garbage", ["", "a.b.c", "not a token", "." * 40, "[" * 9000])
def test_garbage_is_refused(signer: App, garbage: str) -> None:
    nested = jwt.utils.base64url_encode(garbage.encode()).decode()
    for signed in (garbage, f"{nested}.{nested}.{nested}"):
        form = {"grant_type": "client_credentials"} | proof(signed)
        response = App(signer.client, secret=None).post("/oauth/token/", form)
        assert response.status_code in (400, 401)


def test_another_type_of_assertion_is_refused(signer: App) -> None:
    saml = "urn:ietf:params:oauth:client-assertion-type:saml2-bearer"
    response = ask(signer, assertion(signer), client_assertion_type=saml)

    assert error_in(response) == (401, "invalid_client")


def test_a_client_proves_itself_in_one_way_at_a_time(signer: App, app: App) -> None:
    response = ask(signer, assertion(signer), client_secret="x")
    assert error_in(response) == (400, "invalid_request")

    response = signer.post(
        "/oauth/token/",
        {"grant_type": "client_credentials"} | proof(assertion(signer)),
        **basic(app.client.client_id, str(app.secret)),
    )
    assert error_in(response) == (400, "invalid_request")


def test_the_client_id_beside_it_must_be_its_own(signer: App, app: App) -> None:
    response = ask(signer, assertion(signer), client_id=app.client.client_id)

    assert error_in(response) == (400, "invalid_request")


def test_one_client_cannot_sign_for_another(signer: App) -> None:
    victim = register_signer(jwks={"keys": [public_jwk("RS256")]})

    assert error_in(ask(victim, assertion(victim))) == (401, "invalid_client")


def test_who_signs_has_no_secret_and_is_not_public(signer: App) -> None:
    signer.secret = ClientSecret.objects.issue(signer.client)

    form = {"grant_type": "client_credentials"}
    assert error_in(signer.post("/oauth/token/", form)) == (401, "invalid_client")
    signer.secret = None
    assert error_in(signer.post("/oauth/token/", form)) == (401, "invalid_client")


def test_who_has_a_secret_cannot_sign(app: App) -> None:
    app.client.jwks = {"keys": [public_jwk()]}
    app.client.save()
    bare = App(app.client)

    assert error_in(ask(bare, assertion(bare))) == (401, "invalid_client")


def test_a_client_that_is_switched_off_cannot_sign(signer: App) -> None:
    signer.client.is_active = False
    signer.client.save()

    assert error_in(ask(signer, assertion(signer))) == (401, "invalid_client")


class _Keys(BaseHTTPRequestHandler):
    server: Any

    def do_GET(self) -> None:
        self.server.asked += 1
        body = json.dumps(self.server.answer).encode()
        self.send_response(self.server.status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def key_server() -> Iterator[Any]:
    """The app's own server, which publishes its keys."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Keys) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        server.answer = {"keys": [public_jwk()]}
        server.status, server.asked = 200, 0
        yield server
        server.shutdown()


@pytest.fixture
def publisher(db: None, key_server: Any) -> App:
    """An app that registered where its keys are."""
    return register_signer(jwks_uri=f"http://127.0.0.1:{key_server.server_port}/jwks")


def test_keys_are_read_from_the_apps_address_and_kept(publisher: App, key_server: Any) -> None:
    for _ in range(3):
        assert ask(publisher, assertion(publisher)).status_code == 200
    assert key_server.asked == 1


def test_a_new_key_of_the_app_is_found(publisher: App, key_server: Any) -> None:
    ask(publisher, assertion(publisher))
    key_server.answer = {"keys": [public_jwk("EdDSA", "two")]}
    signed = assertion(publisher, key=ED_KEY, alg="EdDSA", kid="two")

    assert ask(publisher, signed).status_code == 200
    assert key_server.asked == 2


def test_a_second_new_key_is_found_at_once_though_keys_were_fetched_just_now(
    publisher: App, key_server: Any
) -> None:
    for name in ("two", "three", "four"):
        key_server.answer = {"keys": [public_jwk("EdDSA", name)]}
        signed = assertion(publisher, key=ED_KEY, alg="EdDSA", kid=name)
        assert ask(publisher, signed).status_code == 200
    assert key_server.asked == 3


def test_made_up_key_ids_do_not_make_the_site_call_at_will(
    publisher: App, key_server: Any, settings: Any
) -> None:
    settings.CLIENT_FAILURES = 1_000
    for number in range(20):
        response = ask(publisher, assertion(publisher, kid=f"made up {number}"))
        assert error_in(response) == (401, "invalid_client")
    assert key_server.asked <= 1 + 1 + 5 * 2  # the minute may turn meanwhile


def test_one_made_up_key_id_is_worth_one_call(publisher: App, key_server: Any) -> None:
    ask(publisher, assertion(publisher))
    for _ in range(4):
        ask(publisher, assertion(publisher, kid="made up"))
    assert key_server.asked <= 3


@pytest.mark.parametrize("status", [500, 404, 302])
def test_an_address_that_fails_is_said_and_left_alone_for_a_while(
    publisher: App, key_server: Any, status: int
) -> None:
    key_server.status = status
    for _ in range(3):
        response = ask(publisher, assertion(publisher))
        assert error_in(response) == (401, "invalid_client")
        assert "jwks_uri" in response.json()["error_description"]
    assert key_server.asked == 1


@pytest.mark.parametrize("answer", [[], {"keys": 7}, {"keys": ["x", {"kty": "EC"}]}, "x"])
def test_what_is_no_key_set_is_refused(publisher: App, key_server: Any, answer: Any) -> None:
    key_server.answer = answer

    assert error_in(ask(publisher, assertion(publisher))) == (401, "invalid_client")


def test_an_address_where_nobody_listens_is_refused(db: None, key_server: Any) -> None:
    publisher = register_signer(jwks_uri="http://127.0.0.1:9/jwks")

    assert error_in(ask(publisher, assertion(publisher))) == (401, "invalid_client")


@pytest.mark.parametrize(
    "uri",
    [
        "https://127.0.0.1:{port}/jwks",
        "https://localhost:{port}/jwks",
        "https://[::1]:{port}/jwks",
        "https://10.0.0.1/jwks",
        "https://169.254.169.254/latest/meta-data",
        "https://[::ffff:127.0.0.1]:{port}/jwks",
        "https://[64:ff9b::a00:1]/jwks",
        "https://[64:ff9b:1::a00:1]/jwks",
        "https://[::7f00:1]:{port}/jwks",
        "https://[::ffff:0:7f00:1]:{port}/jwks",
        "https://[fec0::1]/jwks",
        "https://[5f00::1]/jwks",
        "https://192.0.0.8/jwks",
        "https://2130706433:{port}/jwks",
        "http://127.0.0.1:{port}/jwks",
        "ftp://files.example/jwks",
    ],
)
def test_who_registers_without_an_admin_leads_the_site_nowhere_inside(
    publisher: App, key_server: Any, uri: str
) -> None:
    Client.objects.filter(pk=publisher.client.pk).update(
        jwks_uri=uri.format(port=key_server.server_port), registration_source="dcr"
    )
    response = ask(publisher, assertion(publisher))

    assert error_in(response) == (401, "invalid_client")
    assert "jwks_uri cannot be read" in response.json()["error_description"]
    assert key_server.asked == 0


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({}, "needs its public keys"),
        ({"jwks": {"keys": [public_jwk()]}, "jwks_uri": "https://a.example/"}, "not both"),
        ({"jwks": {"keys": []}}, "None of these keys"),
        ({"jwks": {"keys": [{"kty": "oct", "k": "c2VjcmV0"}]}}, "private key"),
        ({"jwks": {"keys": [public_jwk() | {"d": "x"}]}}, "private key"),
        ({"jwks": {"keys": [{"kty": "EC", "crv": "P-256"}]}}, "None of these keys"),
        ({"jwks": ["x"]}, "no JWK set"),
        ({"jwks_uri": "http://app.example/jwks"}, "must use https"),
        ({"jwks_uri": "https://app.example/jwks#x"}, "fragment"),
    ],
)
def test_keys_that_cannot_work_are_refused_at_registration(
    db: None, fields: dict[str, Any], words: str
) -> None:
    with pytest.raises(ValidationError) as refused:
        register_signer(**fields)
    assert words in str(refused.value)


def test_a_server_of_its_own_has_to_prove_itself(db: None) -> None:
    with pytest.raises(ValidationError, match="has to authenticate"):
        register("Open", token_endpoint_auth_method="none")


def test_a_public_app_proves_nothing(native_app: App) -> None:
    assert native_app.client.token_endpoint_auth_method == "none"


@pytest.mark.parametrize(
    "kind",
    ["oauth-authz-req+jwt", "dpop+jwt", "logout+jwt", "at+jwt", "oauth-id-jag+jwt", "secevent+jwt"],
)
def test_another_kind_of_jwt_is_no_assertion(signer: App, kind: str) -> None:
    claims = jwt.decode(assertion(signer), options={"verify_signature": False})
    head = {"kid": public_jwk()["kid"], "typ": kind}
    other = jwt.encode(claims, EC_KEY, "ES256", headers=head)
    form = {"grant_type": "client_credentials"}
    assert error_in(signer.post("/oauth/token/", form | proof(other))) == (401, "invalid_client")
    head["typ"] = "client-authentication+jwt"
    right = jwt.encode(claims, EC_KEY, "ES256", headers=head)
    assert signer.post("/oauth/token/", form | proof(right)).status_code == 200


@pytest.mark.parametrize("wrong", [{"alg": []}, {"alg": {}}, {"use": []}, {"crv": []}, {"n": 5}])
def test_a_key_of_strange_members_is_refused_in_words(
    db: None, settings: Any, wrong: dict[str, Any]
) -> None:
    settings.REGISTRATION = "open"
    key = {"kty": "RSA", "n": "AQAB", "e": "AQAB"} | wrong
    wanted = {
        "redirect_uris": ["https://a.example/"],
        "token_endpoint_auth_method": "private_key_jwt",
        "jwks": {"keys": [key]},
    }
    answer = Browser().post("/oauth/register/", wanted, content_type="application/json")
    assert error_in(answer) == (400, "invalid_client_metadata")
