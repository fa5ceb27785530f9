"""What the tests themselves are held to."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

from tests.databases import ONE_DATABASE

OURS = ("accounts", "api", "config")
TESTS = Path(__file__).parent
# Each takes what it changes, or the dotted name of that, first.
CHANGING = {"setattr", "delattr", "setitem", "delitem", "patch", "object", "dict", "multiple"}

# These change no behaviour: a process remembers for its life what an earlier test found.
FORGETTING = {
    "accounts/limits/test_rate_limits.py: RedisOrDatabaseCache._down_until = 0.0",
}


def is_ours(name: str) -> bool:
    return name.partition(".")[0] in OURS


def origins(tree: ast.AST) -> dict[str, str]:
    """Return where each imported name comes from."""
    found: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            found |= {each.asname or each.name: node.module or "" for each in node.names}
        if isinstance(node, ast.Import):
            for each in node.names:
                found[each.asname or each.name.partition(".")[0]] = each.name
    return found


def patches(source: str) -> Iterator[str]:
    """Yield what a test changes of our own code, by a call or by an assignment."""
    tree = ast.parse(source)
    known = origins(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and node.args and _name(node.func) in CHANGING:
            changed = [node.args[0]]
        elif isinstance(node, ast.Assign | ast.Delete):
            changed = [each.value for each in node.targets if isinstance(each, ast.Attribute)]
        else:
            continue
        for each in changed:
            if isinstance(each, ast.Constant):
                ours = isinstance(each.value, str) and is_ours(each.value)
            else:
                ours = is_ours(known.get(_root(each), ""))
            if ours:
                yield ast.unparse(node)


def _name(function: ast.expr) -> str:
    return getattr(function, "attr", getattr(function, "id", ""))


def _root(value: ast.expr) -> str:
    """Return the name that `value` is reached by: `a` in `a.b.c`."""
    while isinstance(value, ast.Attribute):
        value = value.value
    return value.id if isinstance(value, ast.Name) else ""


@pytest.mark.parametrize(
    "statement",
    [
        "monkeypatch.setattr(issuing, 'issue', print)",
        "monkeypatch.setattr('accounts.oauth_server.tokens.issuing.issue', print)",
        "patch.object(issuing.Issue, 'save')",
        "mock.patch('api.views.me')",
        "issuing.issue = print",
    ],
)
def test_a_patch_of_our_own_code_is_found(statement: str) -> None:
    source = f"from accounts.oauth_server.tokens import issuing\n{statement}"
    assert len(list(patches(source))) == 1


def test_no_test_patches_our_own_code() -> None:
    files = [file for file in TESTS.rglob("*.py") if "node_modules" not in file.parts]
    assert len(files) > 100
    found = {
        f"{file.relative_to(TESTS)}: {each}" for file in files for each in patches(file.read_text())
    }
    assert found == FORGETTING


def test_folders_may_be_named_in_any_order() -> None:
    mixed = [
        *("accounts/account_pages/test_launcher.py", "test_suite.py"),
        "accounts/site/test_statements.py",
    ]
    command = [sys.executable, "-m", "pytest", "-p", "no:xdist", "--setup-plan"]
    planned = subprocess.run(
        [*command, *(f"tests/{each}" for each in mixed)],
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
    )
    assert planned.returncode == 0, planned.stdout[-2000:]


def test_what_is_said_to_need_one_database_alone_is_there() -> None:
    listed = [each for paths in ONE_DATABASE.values() for each in paths.split()]
    assert len(listed) == len(set(listed)) > 50
    assert [each for each in listed if not (TESTS / each).exists()] == []


def test_what_starts_servers_says_so_in_its_own_file() -> None:
    """`make test-servers` asks those files alone: it looks for the mark in them."""
    elsewhere = [path for path in TESTS.rglob("*.py") if not path.name.startswith("test_")]
    assert [path for path in elsewhere if f"mark.{'servers'}" in path.read_text()] == []
