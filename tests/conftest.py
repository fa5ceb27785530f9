"""The cast (Alice, Bob and Mallory), and what keeps one test from seeing another."""

import gc
import os
import secrets
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.apps import apps
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.management import create_contenttypes
from django.contrib.contenttypes.models import ContentType
from django.core.cache import cache
from django.db import connection
from django.db.models import Model
from django.db.models.signals import post_migrate
from django.test import override_settings

from accounts.limits import lots
from accounts.models import EncryptionKey, GroupProfile, User
from accounts.oauth_server.models import SigningKey
from accounts.site import kept_answers
from tests import databases, emptied
from tests.migrated import File, Template, server

pytest_plugins = ["tests.chromium", "tests.metrics", "tests.middleware", "tests.transactions"]

PASSWORD = "correct horse battery staple"

_MADE_BY_MIGRATING: dict[type[Model], list[Any]] = {}


@pytest.hookimpl(tryfirst=True)  # before pytest leaves out what is marked
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what a step leaves out, and have what is long begin early."""
    databases.mark(items)
    for item in items:
        if item.get_closest_marker("servers"):
            item.add_marker(pytest.mark.xdist_group(_shared_by(item)))
    # First, so that no long one keeps a worker busy when there is nothing left for the other.
    items.sort(key=lambda item: item.get_closest_marker("xdist_group") is None)


def pytest_collection_finish() -> None:
    """Never look through what stays to the end for garbage: it is a tenth of the tests' time."""
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)
    gc.enable()


def _shared_by(item: pytest.Item) -> str:
    """Return what only one process needs to start: the browser, or the server of a whole file."""
    return "browser" if "browser" in getattr(item, "fixturenames", ()) else item.path.stem


@pytest.fixture(scope="session")
def _kept(pytestconfig: pytest.Config) -> Iterator[File | Template]:
    if not _is_on_sqlite():
        yield Template()
        return
    assert pytestconfig.cache
    with closing(File(pytestconfig.cache.mkdir("migrated"))) as kept:
        yield kept


def _is_on_sqlite() -> bool:
    return settings.DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3"


@pytest.fixture(scope="session")
def django_db_keepdb() -> bool:
    """Whether to begin on what is there: on SQLite a copy, in a folder that this run takes away."""
    return _is_on_sqlite()


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings: None, _kept: Any) -> None:
    _kept.lend(settings.DATABASES["default"].setdefault("TEST", {}))


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any, _kept: Any) -> None:
    """Keep the new database for others, and make a signing key of each algorithm, once."""
    with django_db_blocker.unblock():
        if connection.introspection.table_names():  # else no test of this run asks for any
            EncryptionKey.objects.all().delete()  # whoever copies it brings keys of their own
            _kept.keep()
            EncryptionKey.objects.note()
            SigningKey.objects.jwk_set()
            _keep_what_migrating_made()
            if _is_on_sqlite():
                emptied.remember()


def _keep_what_migrating_made() -> None:
    """Put content types, permissions and roles back after a flush as they were, and the signing
    keys. To make them anew, as Django and the site would, takes longer than many a test.
    """
    roles = (Group, GroupProfile, Group.permissions.through)
    kinds = (ContentType, Permission, SigningKey, *roles)
    _MADE_BY_MIGRATING.update({kind: list(kind._base_manager.all()) for kind in kinds})
    post_migrate.disconnect(create_contenttypes)
    post_migrate.disconnect(dispatch_uid="django.contrib.auth.management.create_permissions")
    post_migrate.connect(_put_back, sender=apps.get_app_config("auth"))


def _put_back(plan: Sequence[tuple[Any, bool]] = (), **_: Any) -> None:
    if any(is_backwards for _, is_backwards in plan):  # to a table without a column of today
        return
    for kind, rows in _MADE_BY_MIGRATING.items():
        kind._base_manager.bulk_create(rows, ignore_conflicts=True)


@pytest.fixture(scope="session")
def migrated(django_db_setup: None) -> Callable[[Path], Path]:
    """Makes the data directory of a new instance, with a database that is migrated already if it
    is to be of SQLite: that takes seconds.
    """

    def seed(data_dir: Path) -> Path:
        data_dir.mkdir(parents=True, exist_ok=True)
        if File.path.exists():
            shutil.copy(File.path, data_dir / "latchkey.sqlite3")
        return data_dir

    return seed


@pytest.fixture(scope="session", autouse=True)
def _quick_hashes() -> Iterator[None]:
    """Argon2 is meant to be slow, which would be a third of the time that the tests take."""
    with override_settings(
        PASSWORD_HASHERS=["tests.hashing.QuickHasher", *settings.PASSWORD_HASHERS[1:]]
    ):
        yield


@pytest.fixture(scope="session", autouse=True)
def _quick_flush() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        if _is_on_sqlite():
            emptied.put_back_in_place_of_flush(patch)
        else:
            emptied.delete_in_place_of_truncate(patch)
        yield


@pytest.fixture(autouse=True)
def _nothing_kept() -> None:
    """Metadata and keys are made anew: those of the test before may have been others."""
    kept_answers.forget()
    lots.forget_all()


@pytest.fixture(autouse=True)
def _after_flush(request: pytest.FixtureRequest, django_db_blocker: Any) -> Iterator[None]:
    """Empty the cache, too, after each transactional test: its table is no model's."""
    yield
    if _is_transactional(request):
        with django_db_blocker.unblock():
            cache.clear()


def _is_transactional(request: pytest.FixtureRequest) -> bool:
    marker = request.node.get_closest_marker("django_db")
    by_fixture = {"transactional_db", "live_server"} & set(request.fixturenames)
    return bool(by_fixture or (marker and marker.kwargs.get("transaction")))


@pytest.fixture(scope="module")
def empty_database(django_db_setup: None, _kept: Any) -> Iterator[dict[str, str]]:
    """The settings of an instance that is to have a new database of the kind under test, on
    PostgreSQL one that is migrated already; on SQLite see `migrated`.
    """
    if connection.vendor == "sqlite":
        yield {}
        return
    name = f"latchkey_{secrets.token_hex(4)}"
    address, _, _ = os.environ["DATABASE_URL"].rpartition("/")
    _kept.copy(name)
    yield {"DATABASE_URL": f"{address}/{name}"}
    with server() as admin:
        admin.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="session")
def password_hash() -> str:
    """The cast's password, hashed once."""
    return make_password(PASSWORD)


def _join(name: str, password_hash: str) -> User:
    """Add somebody by one statement a table: to propose a user name takes four times as long."""
    email, user_name = f"{name.lower()}@example.com", name.lower()
    person = User(email=email, name=name, password=password_hash)
    person.preferred_username = person.username_key = user_name
    User.objects.bulk_create([person])
    address = EmailAddress(user=person, email=email, verified=True, primary=True)
    EmailAddress.objects.bulk_create([address])
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
