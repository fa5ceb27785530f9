"""Of a large limit a process takes a share at a time: no more passes than the limit says."""

import time
from collections import Counter
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.limits import shares
from accounts.oauth_server.models import Client, ClientSecret
from tests.accounts.oauth_server.app import App

pytestmark = pytest.mark.django_db

LIMIT = 2_000  # of which a share is two


@pytest.fixture
def app(settings: Any) -> App:
    settings.RATE_LIMITS = settings.RATE_LIMITS | {"introspect": f"{LIMIT}/h"}
    settings.CLIENT_FAILURES = 20
    client = Client.objects.create(name="Robot", client_type=Client.CLIENT_CONFIDENTIAL)
    return App(client, ClientSecret.objects.issue(client))


def ask(app: App, *, secret: str = "") -> int:
    caller = App(app.client, secret or app.secret)
    return int(caller.post("/oauth/introspect/", {"token": "lk_at_none"}).status_code)


def test_what_was_counted_before_is_not_counted_again(app: App) -> None:
    counted = []
    for _ in range(4):
        with CaptureQueriesContext(connection) as asked:
            assert ask(app) == 200
        counted.append(any("INSERT INTO" in each["sql"] for each in asked.captured_queries))
    assert counted == [True, False, True, False]


def test_no_more_pass_than_the_limit_says(app: App) -> None:
    """Nineteen failures leave a twentieth of it: a hundred requests."""
    assert {ask(app, secret="lk_cs_wrong") for _ in range(19)} == {401}
    assert Counter(ask(app) for _ in range(105)) == {200: 100, 429: 5}


def test_whoever_guesses_spends_no_share_of_whoever_was_right(app: App) -> None:
    assert ask(app) == 200
    assert Counter(ask(app, secret="lk_cs_wrong") for _ in range(21)) == {401: 19, 429: 2}
    assert ask(app) == 429


def test_a_share_is_of_one_client_and_ends_with_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1_000.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    shares.keep("a", 3, 60)
    assert [shares.spend("a"), shares.spend("b")] == [True, False]
    now[0] += 61
    assert not shares.spend("a")


def test_the_oldest_share_goes_where_too_many_are_kept() -> None:
    for number in range(20_001):
        shares.keep(str(number), 1, 60)
    assert [shares.spend(key) for key in ("0", "20000")] == [False, True]


@pytest.mark.parametrize(("limit", "size"), [(1, 1), (1_999, 1), (2_000, 2), (300_000, 300)])
def test_a_share_is_a_thousandth_and_one_at_least(limit: int, size: int) -> None:
    assert shares.size(limit) == size
