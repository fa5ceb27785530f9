"""Every document: the links, commands and addresses in it are there, and so are the commands that
there are in the list of commands."""

import re

import pytest
from django.core.management import get_commands
from django.urls import resolve

from config.instance import BASE_DIR
from tests.documents import OPERATING, Document, every, quoted

DOCUMENTS = every()
ALL = "\n".join(document.text for document in DOCUMENTS)


def anchors(document: Document) -> set[str]:
    """The anchors of the headings, as Git hosts make them."""
    plain = [re.sub(r"[^\w\s-]", "", heading.lower()) for heading in document.headings()]
    return {heading.replace(" ", "-") for heading in plain}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.path.name)
def test_every_link_leads_somewhere(document: Document) -> None:
    for link in document.links():
        if link.startswith("https://"):
            continue
        path, _, anchor = link.partition("#")
        target = document.path.parent / path if path else document.path
        assert target.exists(), link
        if anchor:
            assert anchor in anchors(Document(str(target.resolve().relative_to(BASE_DIR)))), link


def makefile() -> list[str]:
    return (BASE_DIR / "Makefile").read_text().splitlines()


def test_the_commands_are_those_that_there_are() -> None:
    told = " ".join(OPERATING.names("Commands"))
    documented = [re.match(r"([a-z-]+):.*## ", line) for line in makefile()]
    assert {match[1] for match in documented if match} <= set(re.findall(r"make ([\w-]+)", told))
    ours = {file.stem for file in BASE_DIR.glob("accounts/**/management/commands/[a-z]*.py")}
    assert ours <= set(re.findall(r"manage\.py (\w+)", told))


def test_every_command_that_is_named_exists() -> None:
    targets = {line.partition(":")[0] for line in makefile()}
    assert set(re.findall(r"\bmake ([a-z-]+)\b(?= ARGS|`|\n```)", ALL)) <= targets
    shell = "\n".join([*quoted(ALL), *re.findall(r"^```sh(.*?)^```", ALL, re.DOTALL | re.M)])
    commands = set(re.findall(r"(?:manage\.py |--third-party |manage ARGS=\")([a-z_]+)\b", shell))
    assert len(commands) >= 8
    assert commands - set(get_commands()) == set()


def test_every_address_that_is_named_exists() -> None:
    told = re.findall(r"(?:\$site|\$example|https://id\.example\.com)(/[^\s\"`?]+)", ALL)
    told += re.findall(r"`(/(?:api|oauth|\.well-known)/[^`]+)`", ALL)
    named = [address for address in told if "…" not in address and address != "/api/v1/me/tea"]
    assert len(named) >= 20
    for address in named:
        assert resolve(address), address


def test_every_line_of_the_log_that_is_named_is_written() -> None:
    named = OPERATING.names("Logs, health and disk")
    code = "\n".join(path.read_text() for path in BASE_DIR.glob("[ac]*/**/*.py"))
    assert len(named) >= 6
    assert [name for name in named if not re.search(rf"[\"(]{name}\b", code)] == []
