"""How clients are found and counted: as the ORM would, and in one step with their limit."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.utils import timezone

from accounts.oauth_server.clients import lookups
from accounts.oauth_server.models import Client, ClientSecret
from accounts.storage.cache import Lookup
from tests.accounts.oauth_server.app import App

KEY = "limit:of-this-test"


def find(lookup: Lookup) -> lookups.ClientFound | None:
    found: Any = cache.find_and_count(lookup, KEY, 60)
    return lookups.WHOLE.read(found.row) if found else None


def columns_of(client: Client) -> dict[str, Any]:
    return {each.attname: getattr(client, each.attname) for each in client._meta.concrete_fields}


def counted() -> int:
    return cache.count(KEY, 60, by=0).number


@pytest.fixture(autouse=True)
def nothing_counted(db: None) -> Iterator[None]:
    cache.delete(KEY)
    yield
    cache.delete(KEY)


def test_a_client_with_its_secret_is_the_one_that_the_orm_finds(app: App, other_app: App) -> None:
    app.client.jwks = {"keys": [{"kty": "OKP", "näme": "ü"}]}
    app.client.default_max_age = 300
    app.client.save()
    by_orm = Client.objects.get(secrets__ends_with=str(app.secret)[-4:], name="Photo Album")
    secret = ClientSecret.objects.get(client=by_orm)

    found = find(lookups.WHOLE.with_secret(app.client.client_id, str(app.secret)))

    assert found
    assert columns_of(found.client) == columns_of(by_orm)
    assert (found.secret_id, found.use_is_news) == (secret.pk, True)
    assert counted() == 1


def test_a_public_client_is_the_one_that_the_orm_finds(native_app: App, app: App) -> None:
    found = find(lookups.WHOLE.public(native_app.client.client_id))

    assert found
    assert columns_of(found.client) == columns_of(Client.objects.get(name="Terminal"))
    assert (found.secret_id, found.use_is_news) == (None, False)
    assert counted() == 1


def test_that_a_secret_is_used_is_news_every_five_minutes(app: App) -> None:
    for minutes, is_news in ((4, False), (6, True)):
        used = timezone.now() - timedelta(minutes=minutes)
        ClientSecret.objects.update(last_used=used)
        found = find(lookups.WHOLE.with_secret(app.client.client_id, str(app.secret)))
        assert found
        assert found.use_is_news == is_news


def test_what_proves_no_client_is_not_found_and_not_counted(
    app: App, other_app: App, native_app: App
) -> None:
    named, secret = app.client.client_id, str(app.secret)
    wrong = [
        lookups.WHOLE.with_secret(named, secret + "x"),
        lookups.WHOLE.with_secret(named.upper(), secret),
        lookups.WHOLE.with_secret(named, str(other_app.secret)),
        lookups.WHOLE.with_secret(native_app.client.client_id, secret),
        lookups.WHOLE.with_secret("\0", secret),
        lookups.WHOLE.public(named),
        lookups.WHOLE.public(""),
        lookups.WHOLE.public("\0"),
    ]
    assert [find(lookup) for lookup in wrong] == [None] * len(wrong)
    assert counted() == 0


@pytest.mark.parametrize(
    "change",
    [{"is_active": False}, {"token_endpoint_auth_method": "private_key_jwt"}],
)
def test_a_client_that_may_not_use_its_secret_is_not_found(
    app: App, change: dict[str, Any]
) -> None:
    Client.objects.filter(pk=app.client.pk).update(**change)

    assert find(lookups.WHOLE.with_secret(app.client.client_id, str(app.secret))) is None


def test_an_expired_secret_finds_nobody(app: App) -> None:
    ClientSecret.objects.update(expires=timezone.now())

    assert find(lookups.WHOLE.with_secret(app.client.client_id, str(app.secret))) is None


def test_of_a_client_that_asks_about_tokens_nothing_more_is_read_than_that_takes(app: App) -> None:
    lookup = lookups.WHO_ASKS.with_secret(app.client.client_id, str(app.secret))
    found: Any = cache.find_and_count(lookup, KEY, 60)
    client = lookups.WHO_ASKS.read(found.row).client
    assert (client.client_id, client.scopes) == (app.client.client_id, app.client.scopes)
    assert {"jwks", "redirect_uris", "name"} <= client.get_deferred_fields()
