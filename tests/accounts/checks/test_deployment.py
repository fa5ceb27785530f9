"""Settings that work but are unsafe are found when the site starts or is about to go out."""

import io
import os
import runpy
import subprocess
import sys
from typing import Any

import pytest
from django.conf import settings as current
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.test import override_settings

from accounts.checks import deployment
from config.instance import BASE_DIR, OF_THE_MACHINE

SETTINGS = str(BASE_DIR / "config/settings.py")
PRODUCTION = {
    "SITE_URL": "https://id.example.com",
    "SECRET_KEY": "aBcDeFgHiJkLmNoPqRsTuVwXyZ0123456789-aBcDeFgHiJkLmNoPqRsTuVwXyZ",
    "ENCRYPTION_KEYS": "Z29vZC1mb3Itbm90aGluZy1idXQtdGVzdHMtcmVhbGw=",
    "EMAIL_URL": "submission://latchkey:secret@mail.example.com",
    "TRUSTED_PROXIES": "1",
}


def environment(tmp_path: Any, **changes: str) -> dict[str, str]:
    machine = {name: os.environ[name] for name in OF_THE_MACHINE if name in os.environ}
    return machine | PRODUCTION | {"DATA_DIR": str(tmp_path)} | changes


def check_deploy(environment: dict[str, str]) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        cwd=BASE_DIR,
        env=environment,
        capture_output=True,
        text=True,
    )


@pytest.mark.servers
def test_the_documented_production_settings_are_silent(tmp_path: Any) -> None:
    done = check_deploy(environment(tmp_path))
    assert done.returncode == 0, done.stderr
    assert "no issues" in done.stdout


@pytest.mark.servers
def test_unsafe_settings_fail_the_command_which_names_them_all(tmp_path: Any) -> None:
    unsafe = {"EMAIL_URL": "console://", "SECRET_KEY": "short"}
    done = check_deploy(environment(tmp_path, **unsafe))
    assert done.returncode == 1
    assert "accounts.W002" in done.stderr
    assert "accounts.W003" in done.stderr


def fails_in_this_process(environment: dict[str, str]) -> str:
    """Read the settings afresh from `environment`, and run the same command on them: a process of
    its own for each would take long. Returns what it fails with, nothing where it does not.
    """
    with pytest.MonkeyPatch.context() as patch:
        for name in os.environ:
            patch.delenv(name)
        for name, value in environment.items():
            patch.setenv(name, value)
        with override_settings(**_changes(runpy.run_path(SETTINGS))):
            try:
                call_command("check", deploy=True, fail_level="WARNING", stdout=io.StringIO())
            except SystemCheckError as error:
                return str(error)
    return ""


def _changes(read: dict[str, Any]) -> dict[str, Any]:
    return {
        name: value
        for name, value in read.items()
        if name.isupper() and name != "DATABASES" and getattr(current, name, None) != value
    }


def test_nothing_fails_in_this_process_that_passes_in_its_own(tmp_path: Any) -> None:
    assert fails_in_this_process(environment(tmp_path)) == ""


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
    unsafe = environment(tmp_path, **{variable: value})
    assert found in fails_in_this_process(unsafe)


def test_development_settings_start_without_complaint(settings: Any) -> None:
    settings.DEBUG = True  # on http, where nobody else is
    assert deployment.check_debug() == []
    assert deployment.check_proxies() == []
