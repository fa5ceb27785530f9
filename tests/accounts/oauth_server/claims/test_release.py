"""Claims by scope and by name: to whom what is told, and after whose yes (Core section 5)."""

import json
from typing import Any

import jwt
import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.test import Client as Browser

from accounts.models import User
from accounts.oauth_server.models import Client
from tests.accounts.oauth_server.app import App, answer_in
from tests.accounts.second_factors.authenticators import confirmed

PROFILE = {
    "name": "Alice",
    "given_name": "Alice",
    "family_name": "Example",
    "middle_name": "Ann",
    "nickname": "Al",
    "preferred_username": "alice",
    "profile": "https://alice.example/",
    "picture": "https://alice.example/me.png",
    "website": "https://alice.example/blog",
    "gender": "female",
    "birthdate": "0000-12-31",
    "zoneinfo": "Europe/Berlin",
    "locale": "de-DE",
}
ADDRESS = {
    "street_address": "Gartenweg 1\nHinterhaus",
    "locality": "Berlin",
    "region": "Berlin",
    "postal_code": "10115",
    "country": "DE",
}
PHONE = {"phone_number": "+4930123456", "phone_number_verified": True}
ALL = "openid profile email address phone"


@pytest.fixture
def told(alice: User) -> User:
    """Alice, who filled everything in."""
    for name, value in (PROFILE | ADDRESS | PHONE).items():
        setattr(alice, name, value)
    alice.full_clean()
    alice.save()
    return alice


@pytest.fixture
def curious(app: App) -> App:
    """An app that may ask for every claim."""
    app.client.scopes = f"{ALL} offline_access"
    app.client.save()
    return app


def userinfo(tokens: dict[str, Any]) -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {tokens['access_token']}"}
    return Browser().get("/oauth/userinfo/", headers=headers).json()


def id_token(tokens: dict[str, Any]) -> dict[str, Any]:
    return jwt.decode(tokens["id_token"], options={"verify_signature": False})


def wish(**targets: Any) -> str:
    return json.dumps(targets)


def test_every_standard_claim_is_told(curious: App, told: User) -> None:
    answer = userinfo(curious.tokens_for(told, scope=ALL))

    formatted = "Gartenweg 1\nHinterhaus\n10115 Berlin\nBerlin\nDE"
    assert answer.pop("updated_at") == int(told.updated_at.timestamp())
    assert answer == {
        "sub": told.sub,
        **PROFILE,
        **PHONE,
        "email": "alice@example.com",
        "email_verified": True,
        "address": {"formatted": formatted, **ADDRESS},
    }


def test_what_is_not_known_is_left_out(curious: App, alice: User) -> None:
    assert set(userinfo(curious.tokens_for(alice, scope=ALL))) == {
        *("sub", "name", "preferred_username", "updated_at", "email", "email_verified")
    }


def test_the_metadata_names_every_claim_and_scope(curious: App, told: User) -> None:
    metadata = Browser().get("/.well-known/openid-configuration").json()
    tokens = curious.tokens_for(told, scope=ALL)

    assert {*userinfo(tokens), *id_token(tokens)} <= {*metadata["claims_supported"], "nonce"}
    assert set(ALL.split()) <= set(metadata["scopes_supported"])
    assert metadata["claims_parameter_supported"] is True


def test_claims_are_told_one_by_one_where_they_are_asked_for(curious: App, told: User) -> None:
    claims = wish(
        id_token={"email": {"essential": True}}, userinfo={"nickname": None, "phone_number": None}
    )
    tokens = curious.tokens_for(told, scope="openid", claims=claims)

    assert userinfo(tokens) == {
        "sub": told.sub,
        "nickname": "Al",
        "phone_number": "+4930123456",
    }
    assert id_token(tokens)["email"] == "alice@example.com"
    assert "nickname" not in id_token(tokens)


def test_they_are_told_after_a_refresh_too(curious: App, told: User) -> None:
    claims = wish(id_token={"email": None}, userinfo={"nickname": None})
    tokens = curious.tokens_for(told, scope="openid", claims=claims)
    fresh = curious.refresh(tokens["refresh_token"]).json()

    assert userinfo(fresh)["nickname"] == "Al"
    assert id_token(fresh)["email"] == "alice@example.com"


def test_the_person_is_asked_for_claims_as_for_scopes(curious: App, told: User) -> None:
    browser = Browser()
    browser.force_login(told)
    curious.ask(browser, scope="openid")

    claims = wish(userinfo={"phone_number": None})
    page = curious.send(browser, scope="openid", claims=claims)
    assert page.status_code == 200
    assert "See your phone number" in page.content.decode()
    silent = curious.send(browser, scope="openid", claims=claims, prompt="none")
    assert answer_in(silent)["error"] == "consent_required"

    curious.ask(browser, scope="openid", claims=claims)
    silent = curious.send(browser, scope="openid", claims=claims, prompt="none")
    assert "code" in answer_in(silent)


def test_a_claim_beyond_the_clients_scopes_is_not_told(app: App, told: User) -> None:
    claims = wish(id_token={"phone_number": None}, userinfo={"address": {"essential": True}})
    tokens = app.tokens_for(told, scope="openid", claims=claims)

    assert userinfo(tokens) == {"sub": told.sub}
    assert "phone_number" not in id_token(tokens)


def test_a_scope_that_the_client_lost_takes_its_claims_along(curious: App, told: User) -> None:
    tokens = curious.tokens_for(told, scope="openid", claims=wish(userinfo={"nickname": None}))
    curious.client.scopes = "openid"
    curious.client.save()

    assert userinfo(tokens) == {"sub": told.sub}


@pytest.mark.parametrize(
    ("asked", "is_told"),
    [
        ({"value": "de-DE"}, True),
        ({"value": "en"}, False),
        ({"values": ["en", "de-DE"]}, True),
        ({"values": ["en"]}, False),
        ({"essential": True}, True),
        ("nonsense", True),
    ],
)
def test_a_value_that_is_asked_for_is_told_only_if_it_is_the_persons(
    curious: App, told: User, asked: Any, is_told: bool
) -> None:
    tokens = curious.tokens_for(told, scope="openid", claims=wish(userinfo={"locale": asked}))

    assert ("locale" in userinfo(tokens)) is is_told


def test_claims_that_nobody_knows_are_ignored(curious: App, told: User) -> None:
    odd = {
        "password": None,
        "is_staff": None,
        "name#ja": None,
        "sub": None,
        "\x00": {"value": "\x00"},
    }
    tokens = curious.tokens_for(told, scope="openid", claims=wish(userinfo=odd, elsewhere={}))

    assert userinfo(tokens) == {"sub": told.sub}


def test_protocol_claims_cannot_be_talked_into_something_else(curious: App, told: User) -> None:
    claims = wish(id_token={"aud": {"value": "another"}, "iss": {"value": "https://evil.example"}})
    told_in_token = id_token(curious.tokens_for(told, scope="openid", claims=claims))

    assert told_in_token["aud"] == curious.client.client_id
    assert told_in_token["iss"] == "http://testserver"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("birthdate", "31.12.1990"),
        ("birthdate", "0000"),
        ("zoneinfo", "Mars/Olympus"),
        ("locale", "german language"),
        ("phone_number", "030 123456"),
        ("picture", "javascript:alert(1)"),
    ],
)
def test_what_is_no_such_claim_is_not_kept(alice: User, name: str, value: str) -> None:
    setattr(alice, name, value)

    with pytest.raises(ValidationError) as refused:
        alice.full_clean()
    assert set(refused.value.message_dict) == {name}


def test_the_api_tells_what_the_scopes_release(curious: App, told: User) -> None:
    tokens = curious.tokens_for(told, scope="openid profile")
    headers = {"Authorization": f"Bearer {tokens['access_token']}"}
    answer = Browser().get("/api/v1/me", headers=headers).json()

    assert answer["nickname"] == "Al"
    assert "email" not in answer


def test_an_admin_fills_in_what_a_person_told(bob: User, alice: User) -> None:
    bob.is_staff = bob.is_superuser = True
    bob.save()
    desk = confirmed(bob)
    values: dict[str, Any] = {"email": alice.email, "is_active": "on"} | PROFILE | ADDRESS
    inline = {"TOTAL_FORMS": 0, "INITIAL_FORMS": 0, "MIN_NUM_FORMS": 0, "MAX_NUM_FORMS": 0}
    values |= {f"emailaddress_set-{name}": value for name, value in inline.items()}
    answer = desk.post(f"/admin/accounts/user/{alice.pk}/change/", values)

    assert answer.status_code == 302
    alice.refresh_from_db()
    assert (alice.nickname, alice.locality) == ("Al", "Berlin")


# --- the claims of scopes in the ID token, where an admin chose that ---


@pytest.fixture
def reader(curious: App) -> App:
    """An app that reads its ID token alone, as Kubernetes does."""
    curious.client.claims_in_id_token = True
    curious.client.save()
    return curious


PROTOCOLS_OWN = {*("iss", "aud", "exp", "iat", "at_hash", "auth_time", "acr", "amr", "sid")}


def test_an_id_token_has_no_claims_of_scopes_until_an_admin_chooses(
    curious: App, told: User
) -> None:
    assert set(id_token(curious.tokens_for(told, scope=ALL))) <= {"sub", *PROTOCOLS_OWN}


def test_it_has_what_userinfo_has_where_they_chose_that(reader: App, told: User) -> None:
    tokens = reader.tokens_for(told, scope=ALL)

    by_userinfo = userinfo(tokens)
    assert by_userinfo["email_verified"] is True
    assert by_userinfo.items() <= id_token(tokens).items()
    assert set(id_token(tokens)) - set(by_userinfo) <= PROTOCOLS_OWN


def test_a_refreshed_one_has_them_as_they_are_by_then(reader: App, told: User) -> None:
    tokens = reader.tokens_for(told, scope="openid profile email")
    told.preferred_username = "alice2"
    told.save()

    fresh = reader.refresh(tokens["refresh_token"], scope="openid profile").json()
    assert id_token(fresh)["preferred_username"] == "alice2"
    assert "email" not in id_token(fresh)  # the app asked for less


def test_it_has_nothing_of_what_the_person_switched_off(reader: App, told: User) -> None:
    browser = Browser()
    browser.force_login(told)
    answer = reader.ask(browser, without=["email"], scope="openid profile email")
    tokens = reader.redeem(answer_in(answer)["code"]).json()

    assert id_token(tokens)["name"] == "Alice"
    assert not {"email", "email_verified"} & set(id_token(tokens))


def test_claims_that_are_asked_for_by_name_are_there_beside_them(reader: App, told: User) -> None:
    claims = wish(id_token={"nickname": None})
    tokens = reader.tokens_for(told, scope="openid email", claims=claims)

    assert id_token(tokens)["nickname"] == "Al"
    assert id_token(tokens)["email"] == "alice@example.com"


def test_no_claim_of_a_person_takes_the_place_of_the_protocols(reader: App, told: User) -> None:
    reader.client.subject_type = "pairwise"
    reader.client.save()
    tokens = reader.tokens_for(told, scope=ALL)

    assert id_token(tokens)["sub"] == userinfo(tokens)["sub"] != told.sub
    assert id_token(tokens)["aud"] == reader.client.client_id


def test_it_is_chosen_at_a_command_line_and_by_no_client(db: None, settings: Any) -> None:
    settings.REGISTRATION = "open"
    address = "https://app.example/callback"
    call_command(
        "register_client", "--name=Vault", f"--redirect-uri={address}", "--claims-in-id-token"
    )
    assert Client.objects.get(name="Vault").claims_in_id_token

    told = {"client_name": "Clever", "redirect_uris": [address], "claims_in_id_token": True}
    Browser().post("/oauth/register/", told, content_type="application/json")
    assert not Client.objects.get(name="Clever").claims_in_id_token
