"""docs/adding-a-resource.md, followed to the letter in a copy of the project."""

import re
import signal
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.docs.terminal import Learner, Terminal, copy_of_the_project
from tests.documents import ADDING_A_RESOURCE
from tests.test_commands import Run, two_free_ports

pytestmark = [pytest.mark.servers, pytest.mark.one_database]

# A block of code, and the last file that the words before it name.
BLOCK = re.compile(r"`([\w/]+\.(?:py|po))`[^`]*\n```(?:python|po)\n(.*?)^```", re.S | re.M)
THE_TEST, GATHER, COMPILE, REGISTER, CALL = ADDING_A_RESOURCE.blocks()
SENTENCE = "See how you take your tea"


@dataclass
class Follower:
    """Who follows the document: their copy of the project, in which they run it, and Alice."""

    folder: Path
    terminal: Terminal
    run: Run
    alice: Learner

    def make_token(self, name: str, scope: str) -> str:
        """Make a personal token on its page."""
        page = self.alice.open(f"http://localhost:{self.run.port}/account/tokens/new/")
        if "/reauthenticate/" in page.url:
            page = self.alice.go_through_example_id(page, "/reauthenticate/third-party/")
        made = self.alice.press(page, "/account/tokens/new/", name=name, scopes=[scope], lasts="7")
        return re.findall(r'value="(lk_pat_\w+)"', made.text)[0]

    def call(self, token: str) -> Any:
        return self.terminal.enter(f"personal={token}\n" + CALL.replace("curl", "curl -i"))


def write_blocks(folder: Path) -> None:
    """Put every block where the words before it say that it goes."""
    for block in ADDING_A_RESOURCE.blocks("diff"):
        subprocess.run(["git", "apply"], cwd=folder, input=block, text=True, check=True)
    blocks = BLOCK.findall(ADDING_A_RESOURCE.text)
    languages = ("python", "po")
    assert len(blocks) == sum(len(ADDING_A_RESOURCE.blocks(each)) for each in languages)
    for path, code in blocks:
        if path.endswith(".py"):
            assert not (folder / path).exists()
            (folder / path).write_text(code)


def write_translations(folder: Path) -> None:
    """Fill in what `make messages` has left empty."""
    for path, code in BLOCK.findall(ADDING_A_RESOURCE.text):
        if path.endswith(".po"):
            catalogue = (folder / path).read_text()
            empty = f'{code.splitlines()[0]}\nmsgstr ""\n'
            assert empty in catalogue
            (folder / path).write_text(catalogue.replace(empty, code))


@pytest.fixture(scope="module")
def follower(
    tmp_path_factory: pytest.TempPathFactory,
    empty_database: dict[str, str],
    migrated: Callable[[Path], Path],
) -> Iterator[Follower]:
    folder = copy_of_the_project(tmp_path_factory.mktemp("recipe") / "latchkey")
    write_blocks(folder)
    data_dir = migrated(tmp_path_factory.mktemp("recipe-data"))
    migrated(data_dir / "thirdparty")
    port = two_free_ports()
    where = {"PORT": str(port), "DATA_DIR": str(data_dir)}
    terminal = Terminal(folder, empty_database | where, port)
    try:
        terminal.enter(GATHER)
        write_translations(folder)
        terminal.enter(COMPILE)
    except BaseException:
        terminal.close()
        raise
    run = Run(data_dir, empty_database, port, folder)  # which reads the translations as it starts
    try:
        run.read_until("Ctrl-C stops")
        (password,) = re.findall(r"alice@example\.com, password (\S+)", run.printed)
        alice = Learner(password)
        page = alice.open(f"http://localhost:{run.port}/accounts/login/")
        alice.go_through_example_id(page)
        yield Follower(folder, terminal, run, alice)
    finally:
        terminal.close()
        run.end(signal.SIGTERM)


def test_its_own_test_passes(follower: Follower) -> None:
    assert "2 passed" in follower.terminal.enter(THE_TEST.replace("\n", " -v\n"))


def test_a_token_with_the_scope_opens_it_and_one_without_does_not(follower: Follower) -> None:
    answer = follower.call(follower.make_token("kettle", "tea"))
    assert "HTTP/1.1 200" in answer
    assert '"tea":"without milk"' in answer

    answer = follower.call(follower.make_token("something else", "profile"))
    assert "HTTP/1.1 403" in answer
    assert 'scope="tea"' in answer


def test_people_are_asked_in_their_language(follower: Follower) -> None:
    registered = follower.terminal.enter(REGISTER)
    (client_id,) = re.findall(r'"client_id": "(\w+)"', registered)
    (redirect_uri,) = re.findall(r"--redirect-uri (\S+)", REGISTER)
    address = (
        f"http://localhost:{follower.run.port}/oauth/authorize/?response_type=code&scope=tea"
        f"&client_id={client_id}&redirect_uri={redirect_uri}&state=kettle"
        f"&code_challenge={'a' * 43}&code_challenge_method=S256&ui_locales="
    )
    blocks = dict(BLOCK.findall(ADDING_A_RESOURCE.text))
    for language, code in (
        ("en", f'msgstr "{SENTENCE}"'),
        ("de", blocks["accounts/locale/de/LC_MESSAGES/django.po"]),
        ("ar", blocks["accounts/locale/ar/LC_MESSAGES/django.po"]),
    ):
        (sentence,) = re.findall(r'msgstr "(.*)"', code)
        assert sentence in follower.alice.open(address + language).text


def test_it_is_a_part_of_the_metadata_and_of_the_schema(follower: Follower) -> None:
    site = f"http://localhost:{follower.run.port}"
    metadata = follower.alice.open(f"{site}/.well-known/openid-configuration").json()
    assert "tea" in metadata["scopes_supported"]
    schema = follower.alice.open(f"{site}/api/v1/schema?format=json").json()
    told = schema["paths"]["/api/v1/me/tea"]["get"]
    assert told["security"] == [{"accessToken": ["tea"]}, {"personalToken": ["tea"]}]
    assert told["responses"].keys() >= {"200", "304", "401", "403", "429"}
