"""CONTRIBUTING.md: its first change, made to the letter in a copy of the project."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from config.instance import BASE_DIR
from tests.docs.terminal import Terminal, copy_of_the_project
from tests.documents import Document

pytestmark = [pytest.mark.servers, pytest.mark.one_database]

CONTRIBUTING = Document("CONTRIBUTING.md")
SOME_TESTS, BRANCH, SEE_FAIL, SEE_PASS, COMMIT, BLAME = CONTRIBUTING.blocks()

# Somebody else's clone: the settings of this machine's git are not theirs.
GIT = {
    **{f"GIT_{who}_NAME": "Bob" for who in ("AUTHOR", "COMMITTER")},
    **{f"GIT_{who}_EMAIL": "bob@example.com" for who in ("AUTHOR", "COMMITTER")},
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_CONFIG_SYSTEM": "/dev/null",
}


@pytest.fixture
def terminal(tmp_path: Path, migrated: object) -> Iterator[Terminal]:
    """In a clone of the project, in which tests have run."""
    folder = copy_of_the_project(tmp_path / "latchkey")
    terminal = Terminal(folder, GIT | {"PRE_COMMIT_HOME": str(tmp_path / "hooks")})
    try:
        terminal.enter("git init -q -b main; git add --all; git commit -q -m 'The project'")
        yield terminal
    finally:
        terminal.close()


def hooks() -> list[str]:
    """The names of the hooks that run before a commit."""
    configured = (BASE_DIR / ".pre-commit-config.yaml").read_text()
    each = re.findall(r"^ +name: (.*)$((?:\n {8}.*)*)", configured, re.MULTILINE)
    return [name for name, rest in each if "pre-push" not in rest]


def add(path: Path, code: str) -> None:
    path.write_text(f"{path.read_text()}\n\n{code}")


def test_the_first_change_works_as_it_is_written(terminal: Terminal, tmp_path: Path) -> None:
    folder = tmp_path / "latchkey"
    (where,) = re.findall(r"end of\n`([\w/]+\.py)`", CONTRIBUTING.text)
    (test,) = CONTRIBUTING.blocks("python")
    (change,) = CONTRIBUTING.blocks("diff")
    (line,) = CONTRIBUTING.blocks("text")

    assert " passed" in terminal.enter(SOME_TESTS)
    terminal.enter(BRANCH)
    add(folder / where, test)
    assert "1 failed" in terminal.enter(f"! {SEE_FAIL}")
    terminal.enter(f"git apply <<'END'\n{change}END")
    assert "1 passed" in terminal.enter(SEE_PASS)

    changelog = (folder / "CHANGELOG.md").read_text()
    unreleased, added, rest = changelog.partition("### Added\n\n")
    assert "\n## " not in unreleased.partition("## Unreleased\n")[2]
    (folder / "CHANGELOG.md").write_text(unreleased + added + line + rest)
    committed = terminal.enter(COMMIT)
    assert re.findall(r"^(.*?)\.{3,}Passed$", committed, re.MULTILINE) == hooks()
    assert "3 files changed" in committed
    assert "two-weeks" in terminal.enter("git branch --show-current")


def test_a_commit_that_breaks_a_rule_is_stopped(terminal: Terminal, tmp_path: Path) -> None:
    terminal.enter(BRANCH)
    add(tmp_path / "latchkey/api/views.py", "import allauth  # the API knows none\n")
    stopped = terminal.enter(f"! {COMMIT}")
    failed = re.findall(r"^(.*?)\.{3,}Failed$", stopped, re.MULTILINE)
    assert {"style", "import direction"} <= set(failed)


def test_blame_is_told_what_to_look_past(terminal: Terminal, tmp_path: Path) -> None:
    terminal.enter(BLAME)
    told = terminal.enter("git config blame.ignoreRevsFile").strip()
    assert (tmp_path / "latchkey" / told).is_file()
    assert "# Latchkey" in terminal.enter("git blame README.md")
