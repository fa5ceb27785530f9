"""Models know rows, and nothing of the request that is being answered."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

PACKAGES = ("accounts/models", "accounts/oauth_server/models")
MODULES = [path for package in PACKAGES for path in (settings.BASE_DIR / package).rglob("*.py")]
# django.http has the request itself; allauth.core.context the one that is being answered.
REFUSED = ("django.http", "django.test", "allauth", "contextvars")
TAKEN = {"allauth.account.models", "allauth.socialaccount.models"}


def imported(source: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom):
            yield node.module or ""
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names)


def knows_the_request(source: str) -> list[str]:
    names = set(imported(source)) - TAKEN
    return sorted(
        name for name in names if any(f"{name}.".startswith(f"{each}.") for each in REFUSED)
    )


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(settings.BASE_DIR)))
def test_a_model_knows_nothing_of_the_request(path: Path) -> None:
    assert knows_the_request(path.read_text()) == []


@pytest.mark.parametrize(
    "line",
    [
        "from allauth.core import context",
        "import allauth.core.context",
        "from contextvars import ContextVar",
        "def lately():\n    from django.http import HttpRequest",
    ],
)
def test_one_that_did_would_be_found(line: str) -> None:
    assert knows_the_request(line)
