"""Limits: who is slowed down, who is not, what is said, and what happens without the cache."""

import threading
import time
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache, caches
from django.db import connection
from django.http import HttpResponse
from django.test import Client as Browser

from accounts.checks.deployment import check_rate_limits
from accounts.models import SecurityEvent, User
from accounts.models.event_kinds import Event
from accounts.oauth_server.models import Client, ClientSecret
from accounts.storage.redis_cache import RedisOrDatabaseCache
from tests.accounts.oauth_server.app import App
from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db

HOME = "192.0.2.1"
ELSEWHERE = "198.51.100.7"


@pytest.fixture
def app(db: None) -> App:
    client = Client.objects.create(
        name="Robot",
        client_id="robot",
        client_type=Client.CLIENT_CONFIDENTIAL,
        grant_types="client_credentials",
        scopes="profile",
        default_scopes="profile",
    )
    return App(client, ClientSecret.objects.issue(client))


@pytest.fixture
def dead_redis(settings: Any) -> Iterator[None]:
    """A Redis that refuses every connection."""
    settings.CACHES = settings.CACHES | {
        "default": {
            "BACKEND": "accounts.storage.redis_cache.RedisOrDatabaseCache",
            "LOCATION": "redis://127.0.0.1:1/0",
            "OPTIONS": {"socket_timeout": 0.5, "socket_connect_timeout": 0.5},
        }
    }
    RedisOrDatabaseCache._down_until = 0.0
    yield
    RedisOrDatabaseCache._down_until = 0.0


def ask(app: App, *, address: str = HOME, secret: str = "", path: str = "token") -> HttpResponse:
    """Ask for a token from `address`, with the app's own secret or another."""
    caller = App(app.client, secret or app.secret)
    form = {"grant_type": "client_credentials", "token": "lk_at_none"}
    return caller.post(f"/oauth/{path}/", form, **{"X-Forwarded-For": address})


@pytest.fixture(autouse=True)
def _behind_a_proxy(settings: Any) -> None:
    settings.TRUSTED_PROXIES = 1


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time by which windows begin and end: it stands still unless a test moves it."""
    now = [1_800_000_000.0]
    monkeypatch.setattr(time, "time", lambda: now[0])
    return now


# --- clients ---


def test_a_client_that_asks_too_often_is_told_when_to_come_back(app: App, settings: Any) -> None:
    settings.RATE_LIMITS = settings.RATE_LIMITS | {"token": "3/m"}
    answers = [ask(app) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    refused = answers[-1]
    assert refused.json()["error"] == "temporarily_unavailable"
    assert refused["Retry-After"] == "60"
    assert refused["Cache-Control"] == "no-store"
    assert refused["Content-Type"] == "application/json"


def test_a_limit_ends_with_its_window(app: App, settings: Any, clock: list[float]) -> None:
    settings.RATE_LIMITS = settings.RATE_LIMITS | {"token": "1/m"}
    assert [ask(app).status_code for _ in range(2)] == [200, 429]
    clock[0] += int(ask(app)["Retry-After"])
    assert ask(app).status_code == 200


def test_guessing_a_secret_is_stopped_and_the_right_one_then_opens_nothing(app: App) -> None:
    guesses = [ask(app, secret="lk_cs_wrong") for _ in range(21)]
    assert Counter(guess.status_code for guess in guesses) == {401: 20, 429: 1}
    assert ask(app).status_code == 429


def test_who_guesses_elsewhere_does_not_lock_the_client_out(app: App) -> None:
    guesses = [ask(app, address=ELSEWHERE, secret="lk_cs_wrong") for _ in range(21)]
    assert guesses[-1].status_code == 429
    assert ask(app, address=HOME).status_code == 200


def test_an_address_that_names_one_client_after_another_is_stopped(app: App, settings: Any) -> None:
    settings.RATE_LIMITS = settings.RATE_LIMITS | {"client_failures": "5/m"}
    names = [App(Client(client_id=f"made-up-{number}"), "lk_cs_wrong") for number in range(6)]
    assert [ask(name).status_code for name in names] == [401] * 5 + [429]
    assert ask(app).status_code == 200  # a client that is one is not held back by its neighbours


def test_one_subscribers_ipv6_addresses_count_as_one(app: App, settings: Any) -> None:
    settings.RATE_LIMITS = settings.RATE_LIMITS | {"token": "1/m"}
    assert ask(app, address="2001:db8:1:2::1").status_code == 200
    assert ask(app, address="2001:db8:1:2:ffff::1").status_code == 429
    assert ask(app, address="2001:db8:1:3::1").status_code == 200


def test_a_made_up_forwarded_address_changes_nothing(app: App, settings: Any) -> None:
    settings.RATE_LIMITS = settings.RATE_LIMITS | {"token": "1/m"}
    settings.TRUSTED_PROXIES = 0
    assert [ask(app, address=f"192.0.2.{n}").status_code for n in (1, 2)] == [200, 429]
    settings.TRUSTED_PROXIES = 1
    assert ask(app, address=f"192.0.2.77, {HOME}").status_code == 200
    assert ask(app, address=f"192.0.2.78, {HOME}").status_code == 429


@pytest.mark.parametrize("path", ["revoke", "introspect"])
def test_the_other_endpoints_for_clients_have_limits_of_their_own(
    app: App, settings: Any, path: str
) -> None:
    settings.RATE_LIMITS = settings.RATE_LIMITS | {path: "2/m"}
    assert [ask(app, path=path).status_code for _ in range(3)] == [200, 200, 429]
    assert ask(app).status_code == 200


def test_a_reached_limit_is_recorded_once(app: App, settings: Any) -> None:
    settings.RATE_LIMITS = settings.RATE_LIMITS | {"token": "1/m"}
    for _ in range(4):
        ask(app)
    event = SecurityEvent.objects.get(kind=Event.LIMIT_HIT)
    assert (event.details, event.client_public_id) == ({"limit": "token"}, "robot")
    assert (event.actor, event.address) == ("unknown", HOME)


# --- people ---


def test_authorization_requests_are_limited_by_address(client: Browser, settings: Any) -> None:
    settings.RATE_LIMITS = settings.RATE_LIMITS | {"authorize": "2/m"}
    answers = [client.get("/oauth/authorize/", {"client_id": "nobody"}) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [400, 400, 429]
    assert "Try again in a minute" in answers[-1].content.decode()
    assert answers[-1]["Retry-After"] == "60"


@pytest.mark.parametrize("path", ["/oauth/device/", "/oauth/device/decision/"])
def test_typing_device_codes_is_limited_by_person(alice: User, settings: Any, path: str) -> None:
    settings.RATE_LIMITS = settings.RATE_LIMITS | {"device_code": "2/5m"}
    browser = Browser()
    browser.force_login(alice)
    form = {"user_code": "BBBB-BBBB", "decision": "allow"}
    answers = [browser.post(path, form) for _ in range(3)]
    assert answers[1].status_code != 429
    assert answers[2].status_code == 429
    assert "Try again in 5 minutes" in answers[2].content.decode()


def test_guessing_a_password_is_stopped_for_every_address(alice: User) -> None:
    form = {"login": alice.email, "password": "wrong"}
    answers = [
        Browser().post("/accounts/login/", form, headers={"X-Forwarded-For": f"192.0.2.{n}"})
        for n in range(11)
    ]
    assert [answer.status_code for answer in answers] == [200] * 10 + [429]
    assert 290 < int(answers[-1]["Retry-After"]) <= 300
    right = {"login": alice.email, "password": PASSWORD}
    assert Browser().post("/accounts/login/", right).status_code == 429
    assert SecurityEvent.objects.filter(
        kind=Event.LIMIT_HIT, details__limit="password_guesses"
    ).exists()


def test_a_password_that_is_right_costs_nothing(alice: User) -> None:
    form = {"login": alice.email, "password": PASSWORD}
    answers = [Browser().post("/accounts/login/", form) for _ in range(12)]
    assert {answer.status_code for answer in answers} == {302}


@pytest.mark.parametrize("path", ["/accounts/password/reset/", "/accounts/login/code/"])
def test_nobody_can_fill_a_mailbox(alice: User, mailoutbox: list[Any], path: str) -> None:
    answers = [
        Browser().post(path, {"email": alice.email}, headers={"X-Forwarded-For": f"192.0.2.{n}"})
        for n in range(4)
    ]
    assert [answer.status_code for answer in answers] == [302] * 3 + [429]
    assert 290 < int(answers[-1]["Retry-After"]) <= 300
    assert len(mailoutbox) == 3


def test_signing_up_is_limited_by_address_as_the_proxy_saw_it(settings: Any) -> None:
    settings.RATE_LIMITS = settings.RATE_LIMITS | {"sign_up": "20/m"}

    def sign_up(address: str) -> int:
        headers = {"X-Forwarded-For": address}
        return Browser().post("/accounts/signup/", {}, headers=headers).status_code

    assert [sign_up(f"192.0.2.{n}, {HOME}") for n in range(21)] == [200] * 20 + [429]
    assert sign_up(ELSEWHERE) == 200


def test_no_address_at_all_counts_as_one(app: App, settings: Any) -> None:
    settings.TRUSTED_PROXIES = 0
    browser = Browser(REMOTE_ADDR="")
    assert browser.post("/accounts/signup/", {}).status_code == 200


# --- the cache ---


@pytest.mark.django_db(transaction=True)
def test_no_request_slips_through_however_many_come_at_once(app: App) -> None:
    counted: list[int] = []
    start = threading.Barrier(20)

    def count() -> None:
        start.wait()
        counted.extend(cache.count("rivals", 60).number for _ in range(5))
        connection.close()

    threads = [threading.Thread(target=count) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(counted) == list(range(1, 101))


def test_a_token_request_counts_with_one_statement(
    app: App, settings: Any, django_assert_max_num_queries: Any
) -> None:
    settings.RATE_LIMITS = settings.RATE_LIMITS | {"token": "1000/m"}  # too few for shares
    ask(app)
    with django_assert_max_num_queries(10) as captured:
        assert ask(app).status_code == 200
    assert sum('"cache"' in query["sql"] for query in captured) == 1


def test_without_redis_tokens_are_given_and_limited(
    app: App, dead_redis: None, settings: Any
) -> None:
    settings.RATE_LIMITS = settings.RATE_LIMITS | {"token": "2/m"}
    assert [ask(app).status_code for _ in range(3)] == [200, 200, 429]


def test_without_redis_people_sign_in_and_guessers_are_stopped(
    alice: User, dead_redis: None
) -> None:
    right = {"login": alice.email, "password": PASSWORD}
    assert Browser().post("/accounts/login/", right).status_code == 302
    wrong = right | {"password": "wrong"}
    answers = [Browser().post("/accounts/login/", wrong) for _ in range(11)]
    assert answers[-1].status_code == 429


def test_without_redis_the_log_says_so_once_and_not_every_request_waits(
    dead_redis: None, caplog: Any
) -> None:
    for number in range(5):
        cache.set("key", number, 60)
    assert cache.get("key") == 4
    assert caches["database"].get("key") == 4
    (line,) = [record for record in caplog.records if "redis_is_gone" in record.getMessage()]
    assert line.levelname == "ERROR"


def test_a_rate_that_cannot_be_read_is_found_at_start(settings: Any) -> None:
    assert check_rate_limits() == []
    settings.RATE_LIMITS = settings.RATE_LIMITS | {"token": "many"}
    (found,) = check_rate_limits()
    assert found.id == "accounts.E006"
    assert "RATE_LIMIT_TOKEN" in found.msg
