"""docs/testing.md: its command finds tests, and its folders and figures are what they say."""

import re

import pytest

from config.instance import BASE_DIR
from tests.docs.terminal import Terminal
from tests.documents import Document, every

TESTING = Document("docs/testing.md")


@pytest.mark.servers
def test_its_command_finds_tests() -> None:
    terminal = Terminal(BASE_DIR, {"PYTEST_ADDOPTS": "--collect-only -p no:cacheprovider"})
    try:
        (block,) = TESTING.blocks()
        assert "tests/api/" in terminal.enter(block)
    finally:
        terminal.close()


def test_the_folders_are_there() -> None:
    folders = TESTING.names("What is tested, and where")
    assert len(folders) > 5
    assert [folder for folder in folders if not (BASE_DIR / folder).is_dir()] == []


def test_a_document_with_times_says_of_which_day() -> None:
    measured = re.compile(r"\d (?:ms|milliseconds?|minutes on|requests a second)\b")
    undated = [
        document.path.name
        for document in every()
        if measured.search(document.text) and not re.search(r"20\d\d-\d\d-\d\d", document.text)
    ]
    assert undated == []
