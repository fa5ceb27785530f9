"""Settings that work but are unsafe are found when the site starts or is about to go out."""

import os
import subprocess
import sys
from typing import Any

import pytest

from accounts import deployment
from config.instance import BASE_DIR, OF_THE_MACHINE

PRODUCTION = {
    "SITE_URL": "https://id.example.com",
    "SECRET_KEY": "aBcDeFgHiJkLmNoPqRsTuVwXyZ0123456789-aBcDeFgHiJkLmNoPqRsTuVwXyZ",
    "ENCRYPTION_KEYS": "Z29vZC1mb3Itbm90aGluZy1idXQtdGVzdHMtcmVhbGw=",
    "EMAIL_URL": "submission://latchkey:secret@mail.example.com",
    "TRUSTED_PROXIES": "1",
}


def check_deploy(tmp_path: Any, **changes: str) -> "subprocess.CompletedProcess[str]":
    machine = {name: os.environ[name] for name in OF_THE_MACHINE if name in os.environ}
    return subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        cwd=BASE_DIR,
        env=machine | PRODUCTION | {"DATA_DIR": str(tmp_path)} | changes,
        capture_output=True,
        text=True,
    )


def test_the_documented_production_settings_are_silent(tmp_path: Any) -> None:
    done = check_deploy(tmp_path)
    assert done.returncode == 0, done.stderr
    assert "no issues" in done.stdout


@pytest.mark.parametrize(
    ("variable", "value", "found"),
    [
        ("DEBUG", "true", "accounts.E008"),
        ("TRUSTED_PROXIES", "-1", "accounts.E007"),
        ("TRUSTED_PROXIES", "0", "accounts.W004"),
        ("SECRET_KEY", "short", "accounts.W002"),
        ("SECRET_KEY_FALLBACKS", "short", "accounts.W002"),
        ("EMAIL_URL", "console://", "accounts.W003"),
        ("RATE_LIMIT_TOKEN", "often", "accounts.E006"),
        ("CLIENT_FAILURES", "0", "accounts.E006"),
        ("SITE_URL", "http://id.example.com", "oauth_server.E002"),
    ],
)
def test_an_unsafe_setting_is_named(tmp_path: Any, variable: str, value: str, found: str) -> None:
    done = check_deploy(tmp_path, **{variable: value})
    assert done.returncode == 1
    assert found in done.stderr


def test_development_settings_start_without_complaint(settings: Any) -> None:
    settings.DEBUG = True  # on http, where nobody else is
    assert deployment.check_debug() == []
    assert deployment.check_proxies() == []
