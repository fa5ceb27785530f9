"""What can be wrong with a site: each makes it so, and the doctor has to say what to do."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from allauth.socialaccount.models import SocialApp
from cryptography.fernet import Fernet
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from accounts.models import CleanupRun, EncryptionKey, ProviderSecret, SecurityEvent
from accounts.oauth_server.models import SigningKey
from config import mail, providers
from config.instance import free_ports
from config.secret_files import Environment

LONG_AGO = timezone.now() - timedelta(days=400)


def migration_waits(settings: Any) -> None:
    rows = MigrationRecorder(connection).migration_qs.filter(app="accounts")
    rows.order_by("-name")[0].delete()


def newer_version_was_here(settings: Any) -> None:
    MigrationRecorder(connection).record_applied("accounts", "9999_of_tomorrow")


def index_is_gone(settings: Any) -> None:
    name = next(index.name for index in SecurityEvent._meta.indexes)
    with connection.cursor() as cursor:
        cursor.execute(f'DROP INDEX "{name}"')


def each_process_for_itself(settings: Any) -> None:
    local = {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
    settings.CACHES = settings.CACHES | {"default": local}


def cache_forgets(settings: Any) -> None:
    dummy = {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}
    settings.CACHES = settings.CACHES | {"default": dummy}


def redis_is_gone(settings: Any) -> None:
    redis = {
        "BACKEND": "accounts.storage.redis_cache.RedisOrDatabaseCache",
        "LOCATION": f"redis://127.0.0.1:{free_ports(1)[0]}",
    }
    settings.CACHES = settings.CACHES | {"default": redis}


def key_is_lost(settings: Any) -> None:
    EncryptionKey.objects.note()
    settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode()]


def nothing_opens(settings: Any) -> None:
    SigningKey.objects.exclude(pk=SigningKey.objects.current().pk).delete()
    app = SocialApp.objects.create(provider="openid_connect", name="Corp", client_id="latchkey")
    ProviderSecret.objects.create(app=app, secret="sealed")
    settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode()]


def key_is_old(settings: Any) -> None:
    SigningKey.objects.filter(pk=SigningKey.objects.current().pk).update(signs_from=LONG_AGO)


def task_waits(settings: Any) -> None:
    settings.TASKS_BACKEND = "database"
    task("READY")


def task_failed(settings: Any) -> None:
    task("FAILED")


def task(status: str) -> None:
    row = DBTaskResult.objects.create(
        task_path="a.task", args_kwargs={}, run_after=LONG_AGO, status=status, finished_at=LONG_AGO
    )
    assert row.pk


def never_cleaned(settings: Any) -> None:
    CleanupRun.objects.all().delete()


def cleaned_long_ago(settings: Any) -> None:
    CleanupRun.objects.note("tokens", 1, 0.1, LONG_AGO)


def no_folder(settings: Any) -> None:
    settings.DATA_DIR = Path("/nonexistent")


def rate_is_none(settings: Any) -> None:
    settings.RATE_LIMITS = settings.RATE_LIMITS | {"sign_in": "often"}


def mail_is_misread(settings: Any) -> None:
    settings.EMAIL_PROBLEM = mail.settings("pigeon://loft")["EMAIL_PROBLEM"]


def proxies_are_negative(settings: Any) -> None:
    settings.TRUSTED_PROXIES = -1


def cookies_in_clear(settings: Any) -> None:
    settings.HTTPS, settings.SESSION_COOKIE_SECURE = True, False


def provider_is_misread(settings: Any) -> None:
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("PROVIDERS", "corp")
        environment.setenv("PROVIDER_CORP_SETTINGS", "[]")
        settings.SIGN_IN_PROBLEMS = providers.read(Environment()).problems


# What happens, and the topic, the state and words of the remedy that follow.
AILMENTS: list[tuple[Callable[[Any], None], str, str, str]] = [
    (migration_waits, "database", "broken", "manage.py migrate"),
    (newer_version_was_here, "database", "warning", "newest version"),
    (index_is_gone, "database", "warning", "sqlmigrate"),
    (each_process_for_itself, "cache", "broken", "REDIS_URL"),
    (cache_forgets, "cache", "broken", "Redis"),
    (redis_is_gone, "cache", "warning", "REDIS_URL"),
    (key_is_lost, "keys", "broken", "ENCRYPTION_KEYS"),
    (nothing_opens, "keys", "broken", "rotate_signing_key --algorithm RS256"),
    (nothing_opens, "keys", "broken", "enter them again"),
    (key_is_old, "keys", "warning", "rotate_signing_key --algorithm RS256"),
    (task_waits, "tasks", "broken", "db_worker"),
    (task_failed, "tasks", "warning", "Django admin"),
    (never_cleaned, "cleanup", "warning", "cleartokens"),
    (cleaned_long_ago, "cleanup", "warning", "cleartokens"),
    (no_folder, "disk", "broken", "DATA_DIR"),
    (rate_is_none, "settings", "broken", "600/m"),
    (mail_is_misread, "mail", "broken", "submissions://"),
    (proxies_are_negative, "proxies", "broken", "proxies"),
    (cookies_in_clear, "cookies", "warning", "config/settings.py"),
    (provider_is_misread, "providers", "broken", "PROVIDER_"),
]
