"""The seventh step: the third party's own API, called with the stored token, refreshed when due."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from allauth.socialaccount.models import SocialAccount, SocialApp
from django.db import connection as database
from django.test import Client
from django.utils import timezone

from accounts.models import ConnectionToken, User
from accounts.third_parties import connections
from tests.accounts.oauth_server.app import App
from tests.accounts.oauth_server.conftest import app
from tests.accounts.third_parties.scripted_provider import (
    CLIENT_SECRET,
    SUBJECT,
    TOKEN,
    USERINFO,
    Answer,
    Browser,
    ScriptedProvider,
)

__all__ = ["app"]


@pytest.fixture
def connection(browser: Browser) -> SocialAccount:
    browser.sign_in()
    browser.provider.calls.clear()
    return SocialAccount.objects.get()


def make_due(**fields: Any) -> None:
    fields = {"expires": timezone.now() + timedelta(seconds=30)} | fields
    ConnectionToken.objects.update(**fields)


def grants(provider: ScriptedProvider) -> list[str]:
    return [call.form["grant_type"] for call in provider.called(TOKEN)]


def test_a_client_app_reads_the_profile_through_this_site(
    connection: SocialAccount, provider: ScriptedProvider, app: App
) -> None:
    token = app.tokens_for(User.objects.get(), scope="openid connections connections.profile")
    headers = {"Authorization": f"Bearer {token['access_token']}"}
    [listed] = Client().get("/api/v1/me/connections", headers=headers).json()
    assert (listed["provider"], listed["name"]) == ("example", "Example ID")
    address = f"/api/v1/me/connections/{listed['id']}/profile"
    assert Client().get(address, headers=headers).json()["profile"]["sub"] == SUBJECT

    provider.answers[USERINFO] = Answer("oops", status=500)
    assert Client().get(address, headers=headers).status_code == 503
    provider.answers[USERINFO] = Answer({}, status=403)
    assert Client().get(address, headers=headers).status_code == 502
    ConnectionToken.objects.all().delete()
    assert Client().get(address, headers=headers).status_code == 409


def test_a_token_that_is_good_is_used_as_it_is(
    connection: SocialAccount, provider: ScriptedProvider
) -> None:
    assert connections.read_profile(connection)["name"] == "Alice Example"
    assert grants(provider) == []


def test_a_token_that_is_due_is_refreshed_and_the_rotated_one_kept(
    connection: SocialAccount, provider: ScriptedProvider
) -> None:
    for _ in range(2):
        make_due()
        assert connections.read_profile(connection)["sub"] == SUBJECT
    assert grants(provider) == ["refresh_token", "refresh_token"]
    kept = ConnectionToken.objects.get()
    assert kept.expires
    assert kept.expires > timezone.now() + timedelta(minutes=50)
    assert provider.live_refresh_tokens >= {kept.refresh_token}


def test_a_token_that_is_refused_is_refreshed_once(
    connection: SocialAccount, provider: ScriptedProvider
) -> None:
    provider.live_access_tokens.clear()
    assert connections.read_profile(connection)["sub"] == SUBJECT
    assert grants(provider) == ["refresh_token"]
    provider.answers[USERINFO] = Answer({"error": "invalid_token"}, status=401)
    with pytest.raises(connections.ConnectionExpired):
        connections.read_profile(connection)
    assert grants(provider) == ["refresh_token", "refresh_token"]


def test_a_dead_refresh_token_is_not_tried_again(
    connection: SocialAccount, provider: ScriptedProvider
) -> None:
    make_due()
    provider.live_refresh_tokens.clear()
    for _ in range(2):
        with pytest.raises(connections.ConnectionExpired):
            connections.read_profile(connection)
    assert grants(provider) == ["refresh_token"]


def test_this_sites_own_wrong_secret_does_not_end_the_connection(
    connection: SocialAccount, provider: ScriptedProvider
) -> None:
    make_due()
    provider.answers[TOKEN] = Answer({"error": "invalid_client"}, status=401)
    with pytest.raises(connections.ThirdPartyRefused) as refusal:
        connections.read_profile(connection)
    assert refusal.value.status == 401
    del provider.answers[TOKEN]
    assert connections.read_profile(connection)["sub"] == SUBJECT


@pytest.mark.parametrize(
    "answer",
    [
        Answer("<html>"),
        Answer([]),
        Answer({"access_token": 1}),
        Answer({"access_token": "x", "expires_in": [1]}),
        Answer("oops", status=500),
    ],
    ids=["html", "list", "number", "lifetime", "500"],
)
def test_a_refresh_that_fails_can_be_tried_again(
    connection: SocialAccount, provider: ScriptedProvider, answer: Answer
) -> None:
    make_due()
    provider.answers[TOKEN] = answer
    with pytest.raises(connections.ThirdPartyUnavailable):
        connections.read_profile(connection)
    provider.answers.clear()
    assert connections.read_profile(connection)["sub"] == SUBJECT


def test_a_profile_of_somebody_else_is_not_told(
    connection: SocialAccount, provider: ScriptedProvider
) -> None:
    provider.userinfo["sub"] = "somebody-else"
    with pytest.raises(connections.ThirdPartyUnavailable):
        connections.read_profile(connection)


def test_a_provider_that_was_taken_away(connection: SocialAccount) -> None:
    SocialApp.objects.all().delete()
    with pytest.raises(connections.ThirdPartyUnavailable):
        connections.read_profile(connection)
    assert connections.describe(connection).name == "example"


def test_a_connection_is_its_persons_alone(connection: SocialAccount, bob: User) -> None:
    assert connections.find_connection(connection.user_id, connection.pk) == connection
    assert connections.find_connection(bob.pk, connection.pk) is None
    assert not connections.of_person(bob.pk)


def test_disconnecting_ends_the_tokens(connection: SocialAccount) -> None:
    connection.delete()
    assert not ConnectionToken.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_many_requests_at_once_refresh_once(
    transactional_db: None, client: Client, provider: ScriptedProvider, register: Any
) -> None:
    register()
    Browser(client, provider).sign_in()
    connection = SocialAccount.objects.get()
    make_due()
    provider.refresh_takes = 0.5
    answers: list[Any] = []

    def read() -> None:
        try:
            answers.append(connections.read_profile(connection)["sub"])
        finally:
            database.close()

    threads = [threading.Thread(target=read) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [SUBJECT] * 6
    assert grants(provider).count("refresh_token") == 1


def test_nothing_of_the_third_partys_is_in_the_database_in_clear(
    connection: SocialAccount, provider: ScriptedProvider
) -> None:
    make_due()
    connections.read_profile(connection)
    dump = dump_database()
    assert SUBJECT in dump
    secrets = {CLIENT_SECRET, *provider.live_access_tokens, *provider.live_refresh_tokens}
    assert len(secrets) > 3
    assert [secret for secret in secrets if secret in dump] == []


def dump_database() -> str:
    rows: list[Any] = []
    with database.cursor() as cursor:
        for table in database.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {database.ops.quote_name(table)}")
            rows += cursor.fetchall()
    return repr(rows)
