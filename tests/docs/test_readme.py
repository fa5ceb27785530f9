"""README.md: short, with a picture and two commands."""

import re
import subprocess

import pytest

from config.instance import BASE_DIR
from tests.documents import README


def test_it_is_a_screen_and_a_half() -> None:
    lines = README.text.splitlines()
    assert len(lines) < 130


def test_every_document_is_a_link_away() -> None:
    pages = {f"docs/{path.name}" for path in (BASE_DIR / "docs").glob("*.md")}
    assert pages - {link.partition("#")[0] for link in README.links()} == set()


def test_the_picture_is_there_and_small() -> None:
    (picture,) = re.findall(r"!\[[^]]+\]\(([^)]+)\)", README.text)
    assert 10_000 < (BASE_DIR / picture).stat().st_size < 250_000


@pytest.mark.parametrize(
    ("command", "module"), [("make run", "config.serve"), ("make walkthrough", "docs.walkthrough")]
)
def test_its_two_commands_start_what_is_tested(command: str, module: str) -> None:
    assert f"{command}\n" in README.blocks()
    dry = [*command.split(), "--no-print-directory", "--dry-run", *("-o", ".venv/runtime")]
    done = subprocess.run(dry, cwd=BASE_DIR, capture_output=True, text=True, check=True)
    assert done.stdout.strip().endswith(f"-m {module}")
