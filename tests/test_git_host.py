"""What a Git host reads: workflows that run what is here, commits that `git blame` skips."""

import re
import subprocess
from pathlib import Path

import pytest

from config.instance import BASE_DIR

WORKFLOWS = sorted((BASE_DIR / ".github/workflows").glob("*.yml"))
TARGETS = re.findall(r"^([a-z-]+):", (BASE_DIR / "Makefile").read_text(), re.MULTILINE)


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.name)
def test_a_workflow_runs_what_is_here(workflow: Path) -> None:
    text = workflow.read_text()
    scripts, targets = re.findall(r"run: (\.ci/\w+)", text), re.findall(r"run: make (\w+)", text)
    assert scripts or targets
    assert [script for script in scripts if not (BASE_DIR / script).stat().st_mode & 0o100] == []
    assert set(targets) <= set(TARGETS)


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.name)
def test_a_workflow_reads_only_and_trusts_no_tag(workflow: Path) -> None:
    text = workflow.read_text()
    assert "\npermissions:\n  contents: read\n" in text
    used = re.findall(r"uses: (.*)", text)
    assert used
    assert [
        each for each in used if not re.fullmatch(r"[\w/-]+@[0-9a-f]{40} # v[\d.]+", each)
    ] == []


def test_blame_looks_past_the_commits_that_it_says() -> None:
    told = (BASE_DIR / ".git-blame-ignore-revs").read_text()
    commits = re.findall(r"^# (.+)\n([0-9a-f]{40})$", told, re.MULTILINE)
    assert len(commits) == len(re.findall(r"^[^#\n]", told, re.MULTILINE)) >= 2
    for subject, commit in commits:
        found = subprocess.run(
            ["git", "log", "-1", "--format=%s", commit],
            cwd=BASE_DIR,
            capture_output=True,
            text=True,
        )
        if found.returncode == 0:  # a shallow clone has no history
            assert found.stdout.strip() == subject
