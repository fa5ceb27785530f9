"""Health addresses, as a probe calls them."""

import logging
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.core.cache import caches
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client as Browser

from accounts.models import Session
from accounts.oauth_server.models import SigningKey
from tests.middleware import begin_anew

PROBES = ["/livez", "/readyz"]


@pytest.mark.parametrize("probe", PROBES)
@pytest.mark.parametrize("host", ["10.244.0.7:8000", "evil.example", "testserver", ""])
def test_a_probe_is_answered_at_any_host_over_plain_http(
    db: None, settings: Any, probe: str, host: str
) -> None:
    settings.SECURE_SSL_REDIRECT = True
    settings.SITE_URL = "https://id.example.com"
    response = Browser(headers={"Host": host}).get(probe)

    assert response.status_code == 200
    assert response.json()["status"] == "ok"
    assert response["Cache-Control"] == "no-store"
    assert not response.cookies


def test_being_alive_asks_nobody(db: None, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        assert Browser().get("/livez").status_code == 200
        assert Browser().head("/livez").content == b""


@pytest.mark.parametrize("probe", PROBES)
def test_probes_are_in_no_log_line_make_no_session_and_are_not_limited(
    db: None, caplog: Any, probe: str
) -> None:
    with caplog.at_level(logging.INFO):
        statuses = {Browser().get(probe).status_code for _ in range(50)}

    assert statuses == {200}
    assert caplog.records == []
    assert not Session.objects.exists()


@pytest.mark.parametrize("probe", PROBES)
def test_a_probe_only_looks(db: None, probe: str) -> None:
    response = Browser().post(probe)
    assert response.status_code == 405
    assert response["Allow"] == "GET, HEAD"


def state(name: str) -> tuple[int, str]:
    response = Browser().get("/readyz")
    return response.status_code, response.json()["checks"][name]


def test_a_site_whose_migrations_wait_is_not_ready(db: None) -> None:
    begin_anew()
    assert state("migrations") == (200, "ok")

    begin_anew()  # as it is not looked for again where it was good
    MigrationRecorder.Migration.objects.filter(app="accounts").latest("id").delete()
    assert state("migrations") == (503, "failed")


def test_a_site_whose_keys_open_nothing_is_not_ready(db: None, settings: Any) -> None:
    SigningKey.objects.current()
    assert state("keys") == (200, "ok")

    settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
    assert state("keys") == (503, "failed")


def test_a_site_without_a_cache_is_not_ready(db: None, settings: Any) -> None:
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}}
    caches.close_all()
    assert state("cache") == (503, "failed")


def test_a_clock_that_agrees_with_the_database_is_told(db: None) -> None:
    assert state("clock") == (200, "ok")  # of one that does not: tests/cluster/test_clocks.py
