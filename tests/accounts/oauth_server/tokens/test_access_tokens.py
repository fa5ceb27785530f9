"""JWT access tokens (RFC 9068), and introspection that is answered by a JWT (RFC 9701)."""

import json
from typing import Any

import jwt
import pytest
from django.conf import settings
from django.contrib.auth.models import Group
from django.test import Client as Browser

from accounts.models import Membership, User
from accounts.oauth_server.models import AccessToken, ProtectedResource
from accounts.oauth_server.models.signing_key import ALGORITHMS
from tests.accounts.oauth_server.app import App, me

CALENDAR = "https://calendar.example/mcp"


@pytest.fixture
def calendar(db: None) -> ProtectedResource:
    return ProtectedResource.objects.create(
        name="Calendar API",
        identifier=CALENDAR,
        scopes="calendar.read See your calendar",
        access_token_format="jwt",
        tells_groups=True,
    )


def verified(token: str, audience: str = CALENDAR) -> dict[str, Any]:
    """Return what a resource server reads of `token` that has read the site's keys."""
    keys = {key["kid"]: key for key in json.loads(Browser().get("/oauth/jwks/").content)["keys"]}
    key = keys[jwt.get_unverified_header(token)["kid"]]
    return jwt.decode(
        token, jwt.PyJWK(key), algorithms=[key["alg"]], audience=audience, issuer=settings.SITE_URL
    )


def token_for(app: App, person: User, scope: str = "openid calendar.read") -> str:
    return app.tokens_for(person, resource=CALENDAR, scope=scope)["access_token"]


def test_a_jwt_says_what_rfc_9068_wants_by_every_signature(
    app: App, alice: User, calendar: ProtectedResource
) -> None:
    for algorithm in ALGORITHMS:
        calendar.algorithm = algorithm
        calendar.save()
        token = token_for(app, alice)
        header = jwt.get_unverified_header(token)
        assert (header["typ"], header["alg"]) == ("at+jwt", algorithm)
        said = verified(token)
        assert said["sub"] == alice.sub
        assert said["client_id"] == app.client.client_id
        assert said["scope"] == "openid calendar.read"
        assert said["exp"] - said["iat"] == 300
        assert {"jti", "auth_time", "amr", "acr"} >= said.keys() - {
            *("iss", "sub", "aud", "client_id", "scope", "iat", "exp"),
        }
        assert said["jti"]


def test_groups_and_a_pairwise_subject_are_in_it_where_they_are_due(
    app: App, alice: User, calendar: ProtectedResource
) -> None:
    Membership.objects.create(user=alice, group=Group.objects.create(name="Editors"))
    app.client.scopes += " groups"
    app.client.subject_type = "pairwise"
    app.client.save()

    assert "groups" not in verified(token_for(app, alice))
    token = token_for(app, alice, "openid groups calendar.read")
    assert verified(token)["groups"] == ["Editors"]
    assert verified(token)["sub"] != alice.sub
    assert verified(token)["sub"] == app.introspect(token)["sub"]


def test_it_opens_nothing_here_and_is_listed_introspected_and_revoked(
    app: App, alice: User, calendar: ProtectedResource
) -> None:
    token = token_for(app, alice)
    assert me(token).status_code == 401
    assert me(verified(token)["jti"]).status_code == 401
    assert AccessToken.objects.filter(user=alice).count() == 1
    assert app.introspect(token)["aud"] == CALENDAR

    altered = f"{token[:-4]}AAAA"
    assert app.introspect(altered) == {"active": False}
    app.post("/oauth/revoke/", {"token": token})
    assert app.introspect(token) == {"active": False}


def test_an_access_token_is_no_hint_of_a_person(
    app: App, alice: User, alices_browser: Browser, calendar: ProtectedResource
) -> None:
    tokens = app.tokens_for(alice, resource=CALENDAR)
    for name, status in (("access_token", 400), ("id_token", 200)):
        hinted = alices_browser.get("/oauth/logout/", {"id_token_hint": tokens[name]})
        assert hinted.status_code == status


def test_consent_says_that_it_works_until_it_expires(
    app: App, alices_browser: Browser, calendar: ProtectedResource
) -> None:
    page = app.send(alices_browser, resource=CALENDAR).content.decode()
    assert "it can still use them for up to 5 minutes" in page


def test_a_token_for_two_resources_is_a_jwt_where_both_take_it(
    app: App, alice: User, calendar: ProtectedResource
) -> None:
    notes = ProtectedResource.objects.create(name="Notes", identifier="https://notes.example")
    both = [CALENDAR, notes.identifier]
    assert app.tokens_for(alice, resource=both)["access_token"].startswith("lk_at_")
    notes.access_token_format = "jwt"
    notes.save()
    assert verified(app.tokens_for(alice, resource=both)["access_token"])["aud"] == both


def test_introspection_is_answered_by_a_jwt_where_that_is_asked_for(
    app: App, resource_server: App, alice: User, calendar: ProtectedResource
) -> None:
    kind = "application/token-introspection+jwt"
    token = token_for(app, alice)
    for asked, active in ((token, True), ("nothing", False)):
        answer = resource_server.post("/oauth/introspect/", {"token": asked}, Accept=kind)
        assert answer["Content-Type"] == kind
        signed = answer.content.decode()
        assert jwt.get_unverified_header(signed)["typ"] == "token-introspection+jwt"
        said = verified(signed, resource_server.client.client_id)
        assert said["token_introspection"]["active"] is active
        assert not {"sub", "exp"} & said.keys()  # RFC 9701 section 5: nothing of the token itself
