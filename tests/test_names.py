"""Names in the code: a reader who looks for one finds one."""

import ast
from collections import defaultdict
from pathlib import Path

from django.conf import settings

PACKAGES = ("accounts", "api", "config")
# Django looks for these by their names.
EVERYWHERE = {"Command", "Media", "Meta"}


def package_of(path: Path) -> str:
    """Return a package of accounts, or another one of the top."""
    parts = path.relative_to(settings.BASE_DIR).parts
    return "/".join(parts[:2] if parts[0] == "accounts" else parts[:1])


def classes() -> dict[tuple[str, str], list[str]]:
    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    for package in PACKAGES:
        for path in sorted((settings.BASE_DIR / package).rglob("*.py")):
            if "migrations" in path.parts:
                continue
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.ClassDef) and node.name not in EVERYWHERE:
                    found[package_of(path), node.name].append(str(path))
    return found


def test_no_two_classes_of_a_package_have_one_name() -> None:
    found = classes()
    assert ("accounts/oauth_server", "Client") in found
    assert [where for where in found.values() if len(where) > 1] == []
