"""What the statements written by hand find, compared with what the ORM finds."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.db.models import Model
from django.test import Client as Browser
from django.utils import timezone

from accounts.models import User
from accounts.oauth_server import presented
from accounts.oauth_server.models import AccessToken, Authorization, PersonalToken, RefreshToken
from accounts.oauth_server.rules.credentials import Kind, mint
from tests.accounts.oauth_server.app import App

CLAIMS = '{"userinfo": {"email": null}}'
_LATER = timedelta(hours=1)


def same(found: Model, kept: Model) -> bool:
    """Whether all that was loaded is as the ORM loads it."""
    deferred = found.get_deferred_fields()
    names = {field.attname for field in kept._meta.concrete_fields} - deferred
    assert len(names) > 2
    return all(getattr(found, name) == getattr(kept, name) for name in names)


def _expire(person: User, client: Any) -> None:
    past = timezone.now() - timedelta(seconds=1)
    for model in (AccessToken, RefreshToken, PersonalToken):
        model.objects.update(expires=past)


def _end_family(person: User, client: Any) -> None:
    RefreshToken.objects.update(family_expires=timezone.now() - timedelta(seconds=1))


def _revoke(person: User, client: Any) -> None:
    RefreshToken.objects.update(revoked=timezone.now())


def _supersede(person: User, client: Any) -> None:
    RefreshToken.objects.update(superseded=timezone.now())


def _disable_person(person: User, client: Any) -> None:
    User.objects.filter(pk=person.pk).update(is_active=False)


def _disable_client(person: User, client: Any) -> None:
    type(client).objects.filter(pk=client.pk).update(is_active=False)


def _unverify(person: User, client: Any) -> None:
    EmailAddress.objects.update(verified=False)


def _move_on(person: User, client: Any) -> None:
    """Verified is another address than the main one."""
    User.objects.filter(pk=person.pk).update(email="other@example.com")


def _respell(person: User, client: Any) -> None:
    EmailAddress.objects.update(email="ALICE@example.com")


def _leave(person: User, client: Any) -> None:
    """Nothing happens."""


HAPPENINGS = [
    *(_leave, _expire, _end_family, _revoke, _supersede, _disable_person, _disable_client),
    *(_unverify, _move_on, _respell),
]


@pytest.fixture(params=HAPPENINGS, ids=lambda happens: happens.__name__.strip("_"))
def happens(request: pytest.FixtureRequest) -> Callable[[User, Any], None]:
    happening: Callable[[User, Any], None] = request.param
    return happening


@pytest.fixture
def tokens(app: App, alice: User) -> dict[str, Any]:
    scope = "openid profile email offline_access"
    return app.tokens_for(alice, scope=scope, claims=CLAIMS)


def is_verified(person: User) -> bool:
    own = EmailAddress.objects.filter(user=person, verified=True)
    return any(address.email.lower() == person.email.lower() for address in own)


@pytest.mark.every_case
def test_behind_an_access_token_is_what_the_orm_finds(
    app: App, alice: User, tokens: dict[str, Any], happens: Callable[[User, Any], None]
) -> None:
    happens(alice, app.client)
    kept = AccessToken.objects.select_related("user", "application", "authorization").get()
    assert kept.user
    assert kept.authorization

    found = presented.grant(tokens["access_token"])

    assert found
    assert found.user_id == kept.user.pk
    assert found.authorization_id == kept.authorization.pk
    assert (found.scope, found.amr, found.claims) == (kept.scope, kept.amr, kept.claims)
    assert kept.claims
    assert presented.allowed(kept.authorization.pk) == kept.authorization.scope
    assert found.is_live == kept.is_live()
    assert found.is_active == (kept.user.is_active and kept.application.is_active)
    assert found.person
    assert same(found.person, kept.user)
    assert same(found.client, kept.application)
    assert found.person.email_verified == is_verified(kept.user) == kept.user.email_verified
    assert "password" in found.person.get_deferred_fields()


@pytest.mark.every_case
@pytest.mark.parametrize("model", [AccessToken, RefreshToken])
def test_what_a_token_says_of_itself_is_what_the_orm_finds(
    app: App,
    alice: User,
    tokens: dict[str, Any],
    happens: Callable[[User, Any], None],
    model: type[AccessToken | RefreshToken],
) -> None:
    happens(alice, app.client)
    kept = model.objects.select_related("user", "application").get()
    assert kept.user

    token = tokens["access_token" if model is AccessToken else "refresh_token"]
    found = presented.introspected(token, asking=kept.application_id)

    assert found
    assert found.is_active == (
        kept.user.is_active and kept.application.is_active and kept.is_live()
    )
    assert type(found.token) is model
    assert same(found.token, kept)
    assert found.token.ends == kept.ends
    assert found.token.sign_in == kept.sign_in
    assert same(found.client, kept.application)
    assert found.person
    assert same(found.person, kept.user)


@pytest.mark.every_case
def test_behind_a_personal_token_is_what_the_orm_finds(
    app: App, alice: User, happens: Callable[[User, Any], None]
) -> None:
    token = PersonalToken.objects.issue(
        alice, name="script", scopes=frozenset({"email"}), expires=timezone.now() + _LATER
    )
    happens(alice, app.client)
    kept = PersonalToken.objects.select_related("user").get()

    found = presented.personal_grant(token)

    assert found
    assert (found.id, found.scope) == (kept.pk, kept.scope)
    assert found.is_live is not kept.is_expired()
    assert found.is_news is True
    assert same(found.person, kept.user)
    assert found.person.email_verified == is_verified(kept.user)


def test_behind_a_clients_own_token_is_nobody(app: App) -> None:
    answer = app.post("/oauth/token/", {"grant_type": "client_credentials"}).json()

    found = presented.grant(answer["access_token"])
    asked = presented.introspected(answer["access_token"])

    assert found
    assert asked
    assert (found.person, found.user_id, found.authorization_id, asked.person) == (None,) * 4
    assert found.is_active
    assert found.is_live
    assert asked.is_active


def test_other_credentials_are_not_even_looked_for(
    alice: User, tokens: dict[str, Any], django_assert_num_queries: Any
) -> None:
    others = ("", "x", tokens["access_token"][:-1], tokens["id_token"])
    with django_assert_num_queries(0):
        assert [presented.grant(token) for token in (*others, tokens["refresh_token"])] == [
            None
        ] * 5
        assert [presented.introspected(token) for token in others] == [None] * 4
        assert [presented.personal_grant(token) for token in others] == [None] * 4


def userinfo(token: str) -> Any:
    return Browser().get("/oauth/userinfo/", headers={"Authorization": f"Bearer {token}"})


def test_userinfo_is_one_statement(tokens: dict[str, Any], django_assert_num_queries: Any) -> None:
    AccessToken.objects.update(claims="")

    with django_assert_num_queries(1):
        assert userinfo(tokens["access_token"]).json()["email_verified"] is True


def test_userinfo_of_claims_that_were_named_is_two_statements(
    tokens: dict[str, Any], django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(2):
        assert userinfo(tokens["access_token"]).json()["email_verified"] is True


def test_userinfo_of_a_pairwise_subject_is_two_statements(
    app: App, tokens: dict[str, Any], alice: User, django_assert_num_queries: Any
) -> None:
    app.client.subject_type = "pairwise"
    app.client.save()
    sub = userinfo(tokens["access_token"]).json()["sub"]  # which is made at its first use

    assert sub != alice.sub
    AccessToken.objects.update(claims="")
    with django_assert_num_queries(2):
        assert userinfo(tokens["access_token"]).json()["sub"] == sub


def test_nothing_is_told_of_a_token_without_an_authorization(tokens: dict[str, Any]) -> None:
    AccessToken.objects.update(authorization=None)

    response = userinfo(tokens["access_token"])

    assert response.status_code == 401
    assert response.json()["error"] == "invalid_token"


def test_nothing_that_was_found_outlives_what_ends_it(app: App, tokens: dict[str, Any]) -> None:
    """Asked before and after within one process: none of it may be kept."""
    assert userinfo(tokens["access_token"]).status_code == 200
    assert app.introspect(tokens["refresh_token"])["active"] is True

    Authorization.objects.all().delete()

    assert userinfo(tokens["access_token"]).status_code == 401
    assert app.introspect(tokens["refresh_token"]) == {"active": False}


def test_introspection_is_the_client_and_the_token(
    app: App, tokens: dict[str, Any], django_assert_num_queries: Any
) -> None:
    app.introspect(tokens["access_token"])  # the first use of the secret in a while is noted
    of_client = 1  # of whose limit a share was taken with the first

    for token in (tokens["access_token"], tokens["refresh_token"], mint(Kind.ACCESS_TOKEN)):
        with django_assert_num_queries(of_client + 1):
            app.introspect(token)
    with django_assert_num_queries(of_client):
        assert app.introspect("no token of this site") == {"active": False}


def test_a_token_that_asks_about_a_token_is_counted_beside(
    resource_server: App, tokens: dict[str, Any], django_assert_num_queries: Any
) -> None:
    form = {"grant_type": "client_credentials"}
    asking = resource_server.post("/oauth/token/", form).json()["access_token"]

    with django_assert_num_queries(3):  # whose token it is, one more of theirs, what it asks about
        answer = Browser().post(
            "/oauth/introspect/",
            f"token={tokens['access_token']}",
            content_type="application/x-www-form-urlencoded",
            headers={"Authorization": f"Bearer {asking}"},
        )
    assert answer.json()["active"] is True
