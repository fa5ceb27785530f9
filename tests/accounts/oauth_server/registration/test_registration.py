"""Client apps register themselves (RFC 7591), where that is switched on and within its limits."""

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client as Browser

from accounts.models import SecurityEvent, User
from accounts.models.event_kinds import Event
from accounts.oauth_server.models import Client, InitialAccessToken
from tests.accounts.oauth_server.app import error_in, me
from tests.accounts.oauth_server.registering import (
    CALLBACK,
    ENDPOINT,
    app_of,
    metadata,
    register,
    send,
)

CODE = "authorization_code"
DEVICE = "urn:ietf:params:oauth:grant-type:device_code"


@pytest.fixture
def opened(settings: Any, db: None) -> None:
    settings.REGISTRATION = "open"


def make_token(**options: Any) -> str:
    printed = StringIO()
    call_command("make_registration_token", stdout=printed, **options)
    return json.loads(printed.getvalue())["initial_access_token"]


@pytest.fixture
def token(settings: Any, db: None) -> str:
    """An initial access token, where none may register without one."""
    settings.REGISTRATION = "token"
    return make_token()


def advertised() -> str | None:
    document = Browser().get("/.well-known/openid-configuration").json()
    return document.get("registration_endpoint")


# --- On and off ---


def test_it_is_off_unless_switched_on(db: None) -> None:
    assert send(metadata()).status_code == 404
    assert Browser().get("/oauth/register/anything/").status_code == 404
    assert advertised() is None
    assert not Client.objects.exists()


@pytest.mark.parametrize("how", ["token", "open"])
def test_the_metadata_says_where_it_is(settings: Any, db: None, how: str) -> None:
    settings.REGISTRATION = how

    assert advertised() == "http://testserver/oauth/register/"


def test_only_a_post_registers(opened: None) -> None:
    response = Browser().get(ENDPOINT)

    assert response.status_code == 405
    assert response["Allow"] == "POST"


# --- What is answered ---


def test_the_answer_says_everything_as_it_was_understood(opened: None) -> None:
    response = send(
        metadata(
            client_uri="https://album.example/",
            logo_uri="https://album.example/logo.png",
            policy_uri="https://album.example/privacy",
            tos_uri="https://album.example/terms",
            contacts=["bob@album.example"],
            grant_types=[CODE, "refresh_token"],
            scope="openid email",
            post_logout_redirect_uris=["https://album.example/bye"],
            software_statement="ey.ignored",
            software_id="urn:album",
            software_version="2.1",
            **{"client_name#ja": "ignored"},
        )
    )

    assert response.status_code == 201
    assert response["Cache-Control"] == "no-store"
    told = response.json()
    client = Client.objects.get()
    assert told.pop("client_secret").startswith("lk_cs_")
    assert told.pop("registration_access_token").startswith("lk_ra_")
    assert told == {
        "client_id": client.client_id,
        "client_id_issued_at": int(client.created.timestamp()),
        "client_secret_expires_at": 0,
        "registration_client_uri": f"http://testserver/oauth/register/{client.client_id}/",
        "client_name": "Photo Album",
        "client_uri": "https://album.example/",
        "logo_uri": "https://album.example/logo.png",
        "policy_uri": "https://album.example/privacy",
        "tos_uri": "https://album.example/terms",
        "contacts": ["bob@album.example"],
        "software_id": "urn:album",
        "software_version": "2.1",
        "redirect_uris": [CALLBACK],
        "post_logout_redirect_uris": ["https://album.example/bye"],
        "token_endpoint_auth_method": "client_secret_basic",
        "grant_types": [CODE, "refresh_token"],
        "response_types": ["code"],
        "scope": "openid profile email offline_access",
        "application_type": "web",
        "authorization_signed_response_alg": "RS256",
        "subject_type": "public",
        "id_token_signed_response_alg": "RS256",
    }


def test_it_completes_the_code_flow(opened: None, alice: User) -> None:
    registered = register(grant_types=[CODE, "refresh_token"])

    tokens = app_of(registered).tokens_for(alice)

    assert me(tokens["access_token"]).json()["email"] == "alice@example.com"
    assert app_of(registered).refresh(tokens["refresh_token"]).status_code == 200


def test_a_public_client_has_no_secret_and_completes_the_flow(opened: None, alice: User) -> None:
    registered = register(token_endpoint_auth_method="none")

    assert "client_secret" not in registered
    assert "client_secret_expires_at" not in registered
    assert app_of(registered).tokens_for(alice)["access_token"]


def test_the_method_is_answered_as_it_was_registered(opened: None, alice: User) -> None:
    registered = register(token_endpoint_auth_method="client_secret_post")
    app = app_of(registered)
    app.secret = None

    assert registered["token_endpoint_auth_method"] == "client_secret_post"
    in_body = {"client_secret": registered["client_secret"]}
    assert app.redeem(app.code_for(alice), **in_body).status_code == 200


def test_columns_of_other_specifications_are_registered_too(opened: None) -> None:
    told = {
        "subject_type": "pairwise",
        "id_token_signed_response_alg": "ES256",
        "userinfo_signed_response_alg": "PS256",
        "backchannel_logout_uri": "https://album.example/signed-out",
        "backchannel_logout_session_required": True,
    }

    registered = register(**told)

    assert told.items() <= registered.items()


def test_a_client_may_sign_with_keys_of_its_own(opened: None) -> None:
    key = {"kty": "EC", "crv": "P-256", "kid": "one", "use": "sig", "alg": "ES256"}
    key |= {
        "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
        "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
    }
    told = {"token_endpoint_auth_method": "private_key_jwt", "jwks": {"keys": [key]}}

    registered = register(**told)

    assert told.items() <= registered.items()
    assert "client_secret" not in registered


def test_without_a_name_it_is_called_by_its_host(opened: None) -> None:
    assert register(client_name=...)["client_name"] == "album.example"


def test_addresses_that_are_not_https_are_left_out(opened: None) -> None:
    told = {"client_uri": "http://album.example/", "tos_uri": "javascript:alert(1)"}

    registered = register(**told, logo_uri="https://[", policy_uri="")

    assert not {*told, "logo_uri", "policy_uri"} & set(registered)


def test_null_is_as_good_as_nothing(opened: None) -> None:
    assert register(scope=None, jwks=None)["scope"] == "openid profile email offline_access"


def test_a_browser_based_app_may_call_from_its_own_origin(opened: None) -> None:
    register(token_endpoint_auth_method="none", redirect_uris=["https://a.example:8443/x"])
    register()

    origins = Client.objects.order_by("pk").values_list("allowed_origins", flat=True)
    assert list(origins) == ["https://a.example:8443", ""]


# --- Limits ---


def test_what_it_registered_for_first_is_not_all_it_may_ask_for(opened: None, alice: User) -> None:
    registered = register(scope="openid connections introspection admin")
    assert registered["scope"] == "openid profile email offline_access"
    app = app_of(registered)
    assert app.tokens_for(alice, scope="openid")["scope"] == "openid"
    assert app.tokens_for(alice, scope="openid email connections")["scope"] == "openid email"


def test_an_editor_registers_addresses_of_every_kind(opened: None) -> None:
    for uris in (
        ["http://localhost:8787/callback", "https://agent.example/cb", "cursor://a.b-c/cb"],
        ["https://vscode.dev/redirect", "http://127.0.0.1/", "http://127.0.0.1:33418/"],
    ):
        answer = register(
            redirect_uris=uris, token_endpoint_auth_method="none", application_type="native"
        )
        assert answer["redirect_uris"] == uris


def test_a_deployment_may_allow_other_scopes(opened: None, settings: Any) -> None:
    settings.REGISTRATION_SCOPES = ["connections"]

    assert register()["scope"] == "connections"
    assert error_in(send(metadata(scope="openid")))[1] == "invalid_client_metadata"


@pytest.mark.parametrize(
    "uri",
    [
        "http://evil.example/callback",
        "https://album.example/#fragment",
        "https://*.example/callback",
        "https://me@album.example/",
        "javascript:alert(1)",
        "com.example.album:/callback",
        "https://album.example/ https://evil.example/",
        "https://[",
        "",
        "callback",
    ],
)
def test_a_redirect_uri_that_is_not_safe_is_refused(opened: None, uri: str) -> None:
    response = send(metadata(redirect_uris=[CALLBACK, uri]))

    assert error_in(response) == (400, "invalid_redirect_uri")
    assert response.json()["error_description"]
    assert not Client.objects.exists()


@pytest.mark.parametrize("uris", [..., [], None, CALLBACK, {"a": 1}, [1], [[]], [CALLBACK] * 51])
def test_redirect_uris_are_needed_and_a_list(opened: None, uris: Any) -> None:
    assert error_in(send(metadata(redirect_uris=uris))) == (400, "invalid_redirect_uri")


@pytest.mark.parametrize("uri", ["http://127.0.0.1/callback", "http://localhost:8080/callback"])
def test_loopback_may_use_http(opened: None, uri: str) -> None:
    assert register(redirect_uris=[uri])["redirect_uris"] == [uri]


def test_a_native_app_may_claim_a_scheme(opened: None) -> None:
    told = {"application_type": "native", "redirect_uris": ["com.example.album:/callback"]}

    assert told.items() <= register(**told, token_endpoint_auth_method="none").items()


@pytest.mark.parametrize(
    "uri",
    ["cursor://anysphere.cursor-mcp/oauth/callback", "claude://claude.ai/mcp-auth-callback/sdk"],
)
def test_an_app_in_the_field_claims_a_scheme_without_saying_that_it_is_native(
    opened: None, uri: str
) -> None:
    uris = [uri, "https://app.example/callback"]
    registered = register(redirect_uris=uris, token_endpoint_auth_method="none")
    assert registered["redirect_uris"] == uris
    assert registered["application_type"] == "native"


def test_an_app_that_keeps_a_secret_is_told_why_it_has_no_scheme(opened: None) -> None:
    answer = send(metadata(redirect_uris=["cursor://host/callback"]))
    assert error_in(answer) == (400, "invalid_redirect_uri")
    assert "token_endpoint_auth_method none" in answer.json()["error_description"]


@pytest.mark.parametrize(
    "told",
    [
        {"grant_types": ["implicit"]},
        {"grant_types": ["password"]},
        {"grant_types": [CODE, "client_credentials"]},
        {"grant_types": ["refresh_token"]},
        {"grant_types": []},
        {"grant_types": "authorization_code"},
        {"grant_types": [{}]},
        {"response_types": ["token"]},
        {"response_types": ["code", "id_token"]},
        {"response_types": []},
        {"grant_types": [DEVICE], "response_types": ["code"]},
        {"token_endpoint_auth_method": "client_secret_jwt"},
        {"token_endpoint_auth_method": ["none"]},
        {"token_endpoint_auth_method": "private_key_jwt"},
        {"scope": "introspection"},
        {"scope": ["openid"]},
        {"application_type": "desktop"},
        {"client_name": 7},
        {"client_name": "x" * 101},
        {"client_name": "Photo\u202eAlbum"},
        {"client_name": "Photo\nAlbum"},
        {"client_uri": {}},
        {"client_uri": "https://album.example/" + "x" * 2000},
        {"contacts": "bob@album.example"},
        {"contacts": [None]},
        {"contacts": ["bob@album.example"] * 51},
        {"post_logout_redirect_uris": ["http://evil.example/"]},
        {"subject_type": "private"},
        {"id_token_signed_response_alg": "none"},
        {"id_token_signed_response_alg": "HS256"},
        {"userinfo_signed_response_alg": "none"},
        {"jwks": []},
        {"jwks": {"keys": 1}},
        {"jwks": {"keys": [{}]}, "jwks_uri": "https://album.example/keys"},
        {"jwks_uri": "http://album.example/keys"},
        {"jwks_uri": 1},
        {"backchannel_logout_uri": "http://album.example/"},
        {"backchannel_logout_uri": "http://127.0.0.1:8000/"},
        {"jwks_uri": "http://localhost/keys"},
        {"subject_type": "pairwise", "sector_identifier_uri": "https://127.0.0.1:1/list"},
        {"subject_type": "pairwise", "redirect_uris": [CALLBACK, "https://other.example/"]},
        {"backchannel_logout_session_required": "yes"},
    ],
)
def test_what_cannot_be_is_refused_with_a_reason(opened: None, told: dict[str, Any]) -> None:
    response = send(metadata(**told))

    assert error_in(response) == (400, "invalid_client_metadata")
    assert response.json()["error_description"]
    assert response["Cache-Control"] == "no-store"
    assert not Client.objects.exists()


@pytest.mark.parametrize(
    ("told", "description"),
    [
        ({"client_name": 7}, "client_name: must be a string."),
        ({"client_name": "x" * 2001}, "client_name: may have 2000 characters at most."),
        ({"client_name": "a\u202eb"}, "client_name: has characters that cannot be shown."),
        ({"application_type": ["web"]}, "application_type: must be web or native."),
        ({"contacts": "a"}, "contacts: must be an array of at most 50 strings."),
        ({"contacts": ["a"] * 51}, "contacts: must be an array of at most 50 strings."),
        ({"contacts": ["a", None]}, "contacts: has an entry that is not a string."),
        ({"contacts": ["a", ""]}, "contacts: has an entry that is empty or has a space."),
        ({"contacts": ["a" * 2001]}, "contacts: has an entry of more than 2000 characters."),
        ({"jwks": "{}"}, "jwks: must be an object."),
        ({"jwks_uri": "http://127.0.0.1/"}, "jwks_uri: must be an https address."),
        ({"default_max_age": "60"}, "default_max_age: must be a number of seconds."),
        ({"default_max_age": 60.0}, "default_max_age: must be a number of seconds."),
        ({"default_max_age": True}, "default_max_age: must be a number of seconds."),
        ({"default_max_age": -1}, "default_max_age: must be a number of seconds."),
        ({"require_auth_time": "true"}, "require_auth_time: must be true or false."),
        ({"require_auth_time": 1}, "require_auth_time: must be true or false."),
        (
            {"id_token_signed_response_alg": "HS256"},
            "id_token_signed_response_alg: Value 'HS256' is not a valid choice.",
        ),
        (
            {"grant_types": ["client_credentials"]},
            "grant_types: client_credentials needs an initial access token of this site's admins.",
        ),
    ],
)
def test_a_refusal_names_the_parameter_and_what_is_wrong(
    opened: None, told: dict[str, Any], description: str
) -> None:
    assert send(metadata(**told)).json()["error_description"] == description


def test_a_refusal_names_all_that_is_wrong_redirect_uris_first(opened: None) -> None:
    response = send(metadata(client_name=7, redirect_uris=["a b", 1], jwks=[]))

    assert error_in(response) == (400, "invalid_redirect_uri")
    assert response.json()["error_description"] == (
        "redirect_uris: has an entry that is empty or has a space. client_name: must be a string. "
        "jwks: must be an object."
    )


@pytest.mark.every_case
@pytest.mark.parametrize("value", [0, 86_400, 999_999_999])
def test_a_number_of_seconds_is_kept(opened: None, value: int) -> None:
    assert register(default_max_age=value)["default_max_age"] == value


@pytest.mark.parametrize(
    "body",
    [
        "",
        "{",
        "[]",
        "null",
        '"text"',
        '{"a": NaN}',
        b"\xff\xfe",
        '{"client_name": "\\u0000"}',
        '{"client_name": "\\ud800"}',
        '{"jwks": {"keys": ["\\ud800"]}}',
        '{"jwks": {"\\u0000": 1}}',
        '{"client_name": "\x00"}',
        '{"a": ' + "9" * 5000 + "}",
        "[" * 30_000,
        '{"a": ' + "[" * 30_000 + "]" * 30_000 + "}",
        '{"jwks": ' + '{"a":' * 10_000 + "1" + "}" * 10_001,
        json.dumps(metadata(client_uri="x" * 65_536)),
    ],
    ids=lambda body: repr(body)[:24],
)
def test_a_body_that_is_no_acceptable_json_is_refused(opened: None, body: Any) -> None:
    assert error_in(send(body)) == (400, "invalid_client_metadata")
    assert not Client.objects.exists()


def test_a_body_of_megabytes_is_too_large(opened: None) -> None:
    assert error_in(send("x" * 3_000_000)) == (413, "invalid_request")


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_a_body_of_another_kind_is_refused(opened: None, kind: str) -> None:
    response = Browser().generic("POST", ENDPOINT, json.dumps(metadata()), content_type=kind)

    assert error_in(response) == (400, "invalid_client_metadata")


def test_an_address_registers_only_so_many(opened: None, settings: Any) -> None:
    settings.RATE_LIMITS = settings.RATE_LIMITS | {"registration": "2/h"}
    register()
    register()

    response = send(metadata())

    assert response.status_code == 429
    assert int(response["Retry-After"]) > 0
    assert response["Content-Type"] == "application/json"


# --- Initial access tokens ---


def test_without_an_initial_access_token_nobody_registers(token: str) -> None:
    response = send(metadata())

    assert response.status_code == 401
    assert response["WWW-Authenticate"] == 'Bearer realm="registration"'
    assert not Client.objects.exists()


@pytest.mark.parametrize("wrong", ["guess", "lk_ir_" + "x" * 49, "lk_ra_" + "x" * 49])
@pytest.mark.parametrize("how", ["token", "open"])
def test_a_wrong_initial_access_token_is_refused(
    settings: Any, db: None, how: str, wrong: str
) -> None:
    settings.REGISTRATION = how

    response = send(metadata(), wrong)

    assert error_in(response) == (401, "invalid_token")
    assert 'error="invalid_token"' in response["WWW-Authenticate"]
    event = SecurityEvent.objects.get()
    assert (event.kind, event.outcome) == (Event.CLIENT_REGISTERED, "failed")


def test_a_token_lets_in_as_many_as_it_says(token: str) -> None:
    register(token)

    assert error_in(send(metadata(), token)) == (401, "invalid_token")
    assert Client.objects.count() == 1


def test_a_mistake_does_not_use_the_token_up(token: str) -> None:
    assert send(metadata(scope="introspection"), token).status_code == 400

    assert register(token)["client_id"]


def test_a_token_for_any_number_of_clients(settings: Any, db: None) -> None:
    settings.REGISTRATION = "token"
    token = make_token(uses=0, days=0)

    register(token)
    register(token)

    assert InitialAccessToken.objects.get().uses_left is None


def test_an_expired_token_is_refused(token: str) -> None:
    InitialAccessToken.objects.update(expires="2020-01-01T00:00:00Z")

    assert error_in(send(metadata(), token)) == (401, "invalid_token")


def test_with_a_token_a_client_may_act_for_itself(token: str) -> None:
    registered = register(
        token, grant_types=["client_credentials"], redirect_uris=..., scope="profile"
    )
    client = Client.objects.get()

    assert registered["response_types"] == []
    app = app_of(registered | {"redirect_uris": [CALLBACK]})
    answer = app.post("/oauth/token/", {"grant_type": "client_credentials", "scope": "profile"})
    assert answer.json()["scope"] == "profile"
    assert client.registration.initial_access_token == InitialAccessToken.objects.get()


@pytest.mark.parametrize("options", [{"uses": -1}, {"days": -1}, {"days": 99_999_999}])
def test_the_command_refuses_numbers_that_make_no_sense(db: None, options: Any) -> None:
    with pytest.raises(CommandError):
        call_command("make_registration_token", **options)


def test_neither_token_is_stored(token: str) -> None:
    registered = register(token)
    stored = str([*InitialAccessToken.objects.values(), *Client.objects.values()])
    stored += str(list(Client.objects.values("registration__digest", "registration__told")))

    assert token not in stored
    assert registered["registration_access_token"] not in stored


def test_registering_is_recorded(opened: None) -> None:
    registered = register()

    event = SecurityEvent.objects.get()
    assert event.kind == Event.CLIENT_REGISTERED
    assert event.client_public_id == registered["client_id"]
