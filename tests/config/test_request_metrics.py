"""Requests, as the metrics see them: by routes that the site has, and by nothing that is typed."""

import pytest
from django.test import Client as Browser

from accounts.metrics import kinds
from tests.metrics import Metrics

pytestmark = pytest.mark.django_db

REQUESTS = "latchkey_http_requests_total"


@pytest.mark.parametrize(
    ("method", "path", "route", "status"),
    [
        ("GET", "/accounts/login/", "account_login", "200"),
        ("GET", "/accounts/nobody/login/callback/", "none", "404"),
        ("GET", "/api/v1/me", "api:me", "401"),
        ("POST", "/oauth/token/", "oauth_server:token", "400"),
        ("GET", "/oauth/token/", "oauth_server:token", "405"),
        ("GET", "/.well-known/openid-configuration", "/.well-known/openid-configuration", "200"),
        ("GET", "/admin/accounts/user/7/change/", "admin:accounts_user_change", "302"),
        ("GET", "/static/nothing.css", "static", "404"),
        ("GET", "/nowhere/at/all/", "none", "404"),
        ("GET", "/accounts/login", "none", "301"),
    ],
)
def test_a_request_is_counted_by_its_route(
    metrics: Metrics, method: str, path: str, route: str, status: str
) -> None:
    Browser().generic(method, path)

    assert metrics.series(REQUESTS) == {(method, route, status): 1}
    seconds = "latchkey_http_request_duration_seconds"
    assert metrics(f"{seconds}_count", route=route, method=method) == 1
    assert metrics(f"{seconds}_sum") > 0


def test_what_anybody_may_make_up_becomes_no_label(metrics: Metrics) -> None:
    for number in range(5):
        Browser().generic(f"MADEUP{number}", f"/nowhere/{number}/?secret={number}")
        Browser().get(f"/accounts/password/reset/key/{number}-secret/")
        Browser(headers={"Host": f"evil{number}.example"}).get("/accounts/login/")

    labels = metrics.series(REQUESTS)
    assert sum(labels.values()) == 15
    assert {method for method, _, _ in labels} == {"GET", "other"}
    assert len(labels) == 3
    assert "secret" not in str(labels)


def test_an_answer_from_memory_is_counted_as_the_first_was(metrics: Metrics) -> None:
    for _ in range(3):
        assert Browser().get("/oauth/jwks/").status_code == 200
    assert metrics.series(REQUESTS) == {("GET", "oauth_server:jwks", "200"): 3}


def test_probes_are_not_counted(metrics: Metrics) -> None:
    Browser().get("/livez")
    assert metrics.series(REQUESTS) == {}


def test_while_metrics_are_off_a_request_is_answered_all_the_same() -> None:
    assert not kinds.are_on()
    assert Browser().get("/accounts/login/").status_code == 200
