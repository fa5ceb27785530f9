"""The contracts of import-linter in pyproject.toml leave no package out: a new one is noticed."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

# Where Django looks, and no code of ours does.
OF_DJANGO = {"formats", "locale", "migrations"}

# What the API may import of accounts: all else is forbidden by name.
MAY_IMPORT = {
    *("accounts.own_account", "accounts.directory", "accounts.webhooks"),  # what it serves
    *("accounts.developers", "accounts.third_parties"),
    *(
        "accounts.oauth_server.bearer",
        "accounts.oauth_server.claims",
        "accounts.oauth_server.rules",
    ),
    *("accounts.oauth_server.idempotency", "accounts.oauth_server.wire"),
    *("accounts.limits", "accounts.network", "accounts.sessions", "accounts.site", "accounts.text"),
}


def contracts() -> list[dict[str, Any]]:
    configured = tomllib.loads((settings.BASE_DIR / "pyproject.toml").read_text())
    return list(configured["tool"]["importlinter"]["contracts"])


def inside(package: str) -> set[str]:
    """Every module and package below `package`, by its whole name."""
    folder: Path = settings.BASE_DIR / package.replace(".", "/")
    found = {path.stem for path in folder.glob("*.py")}
    found |= {path.parent.name for path in folder.glob("*/__init__.py")}
    return {f"{package}.{name}" for name in found - OF_DJANGO - {"__init__"}}


def layers_of(package: str) -> dict[str, Any]:
    (found,) = (each for each in contracts() if each.get("containers") == [package])
    return found


@pytest.mark.parametrize("package", ["accounts", "accounts.oauth_server"])
def test_whatever_is_in_accounts_is_in_a_layer(package: str) -> None:
    layers = layers_of(package)
    assert layers["exhaustive"]
    assert set(layers["exhaustive_ignores"]) <= OF_DJANGO


def test_every_package_of_the_api_is_in_a_layer() -> None:
    """A resource of one's own is a module, and need not be named (docs/adding-a-resource.md)."""
    packages = {path.parent.name for path in (settings.BASE_DIR / "api").glob("*/__init__.py")}
    assert packages <= set(re.findall(r"\w+", " ".join(layers_of("api")["layers"])))


def test_the_api_may_import_a_package_or_is_forbidden_to() -> None:
    (names,) = (
        each["forbidden_modules"] for each in contracts() if each.get("source_modules") == ["api"]
    )
    forbidden = {name for name in names if name.startswith("accounts.")}
    there = inside("accounts") | inside("accounts.oauth_server")
    assert forbidden | MAY_IMPORT == there - {"accounts.oauth_server"}
    assert forbidden & MAY_IMPORT == set()
