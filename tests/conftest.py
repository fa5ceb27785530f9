"""The cast (Alice, Bob and Mallory), and what keeps one test from seeing another."""

import os
import secrets
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.core.cache import cache

from accounts.models import User
from accounts.oauth_server.models import SigningKey
from tests.environment import DATA_DIR

pytest_plugins = ["tests.browser"]

PASSWORD = "correct horse battery staple"


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings: None) -> None:
    """On SQLite, test on a file as the site does: one in memory knows no rival writers."""
    database = settings.DATABASES["default"]
    if database["ENGINE"] == "django.db.backends.sqlite3":
        database.setdefault("TEST", {})["NAME"] = f"{DATA_DIR}/test.sqlite3"


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> None:
    """An RSA key takes long to make: make the first signing key once, for every test."""
    with django_db_blocker.unblock():
        SigningKey.objects.current()


@pytest.fixture(autouse=True)
def _empty_cache(request: pytest.FixtureRequest, django_db_blocker: Any) -> Iterator[None]:
    """The cache's table is no model's, so the flush after a transactional test passes it by."""
    yield
    if {"transactional_db", "live_server"} & set(request.fixturenames) or _is_transactional(
        request.node.get_closest_marker("django_db")
    ):
        with django_db_blocker.unblock():
            cache.clear()


def _is_transactional(marker: pytest.Mark | None) -> bool:
    return marker is not None and bool(marker.kwargs.get("transaction"))


@pytest.fixture(scope="module")
def empty_database() -> Iterator[dict[str, str]]:
    """The settings of an instance that is to have a new database of the kind under test."""
    url = os.environ.get("DATABASE_URL", "")
    if not url.startswith("postgres"):
        yield {}
        return
    name = f"latchkey_{secrets.token_hex(4)}"
    server, _, _ = url.rpartition("/")
    with psycopg.connect(_as_libpq(url), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        yield {"DATABASE_URL": f"{server}/{name}"}
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def _as_libpq(url: str) -> str:
    return url.replace("postgres://", "postgresql://", 1)


@pytest.fixture(scope="session")
def password_hash() -> str:
    """Argon2 is meant to be slow: hash the cast's password once."""
    return make_password(PASSWORD)


def _join(name: str, password_hash: str) -> User:
    email = f"{name.lower()}@example.com"
    person = User.objects.create(email=email, name=name, password=password_hash)
    EmailAddress.objects.create(user=person, email=email, verified=True, primary=True)
    return person


@pytest.fixture
def alice(db: None, password_hash: str) -> User:
    """Whose account it is."""
    return _join("Alice", password_hash)


@pytest.fixture
def bob(db: None, password_hash: str) -> User:
    """Somebody else, who means well."""
    return _join("Bob", password_hash)


@pytest.fixture
def mallory(db: None, password_hash: str) -> User:
    """Somebody else, who does not."""
    return _join("Mallory", password_hash)
