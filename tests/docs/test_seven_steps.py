"""docs/seven-steps.md: every line of shell in it, by a learner with a browser."""

import os
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from config.instance import BASE_DIR, OF_THE_MACHINE
from docs.wire import form_on
from tests.documents import README, SEVEN_STEPS
from tests.test_commands import Run

pytestmark = [pytest.mark.xdist_group("commands"), pytest.mark.one_database]

PROMPT = "the block has ended"


class Terminal:
    """A shell in the project's folder, in which `make manage` does as the Makefile says."""

    def __init__(self, run: Run, settings: dict[str, str]) -> None:
        self.port = run.port
        self.shell = subprocess.Popen(
            ["bash"],
            cwd=BASE_DIR,
            env=settings,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        manage = f"{shlex.quote(sys.executable)} -m config.manage"
        self.type(f'make() {{ eval "{manage} ${{2#ARGS=}}"; }}')

    def type(self, block: str, answer: str = "") -> str:
        """Enter `block`, with `answer` for what it asks, and return what is printed."""
        block = re.sub(r":800([012])\b", lambda found: f":{self.port + int(found[1])}", block)
        block = block.replace("read -r answer", f"answer={shlex.quote(answer)}")
        assert self.shell.stdin
        self.shell.stdin.write(f"{block}\necho; echo {shlex.quote(PROMPT)}\n")
        self.shell.stdin.flush()
        return "".join(self._printed())

    def _printed(self) -> Iterator[str]:
        assert self.shell.stdout
        for line in self.shell.stdout:
            if line.strip() == PROMPT:
                return
            yield line
        raise AssertionError("the shell has ended")

    def close(self) -> None:
        self.shell.kill()
        self.shell.communicate()


class Learner:
    """A person's browser, in which they press what the document says."""

    def __init__(self, password: str) -> None:
        self.password = password
        self.session = requests.Session()

    def open(self, url: str) -> requests.Response:
        return self.session.get(url, timeout=30)

    def press(self, page: requests.Response, to: str, **filled: str) -> requests.Response:
        """Submit the form that leads to `to`; where the browser then ends may be nowhere."""
        form = form_on(page, to=to)
        answer = self.session.post(
            form.action, form.fields | filled, timeout=30, allow_redirects=False
        )
        self.address = answer.headers["Location"]
        return answer

    def follow(self, answer: requests.Response) -> requests.Response:
        return self.open(requests.compat.urljoin(answer.url, answer.headers["Location"]))

    def sign_in(self, page: requests.Response) -> requests.Response:
        who = {"login": "alice@example.com", "password": self.password}
        return self.follow(self.press(page, "/accounts/login/", **who))

    def allow(self, page: requests.Response) -> requests.Response:
        return self.press(page, "/oauth/authorize/", decision="allow")


@pytest.fixture(scope="module")
def run(
    tmp_path_factory: pytest.TempPathFactory,
    empty_database: dict[str, str],
    migrated: Callable[[Path], Path],
) -> Iterator[tuple[Run, Terminal]]:
    data_dir = migrated(tmp_path_factory.mktemp("readme"))
    migrated(data_dir / "thirdparty")
    started = Run(data_dir, empty_database)
    machine = {name: os.environ[name] for name in OF_THE_MACHINE if name in os.environ}
    where = {"PORT": str(started.port), "DATA_DIR": str(data_dir)}
    terminal = Terminal(started, machine | empty_database | where)
    try:
        started.read_until("Ctrl-C stops")
        yield started, terminal
    finally:
        terminal.close()
        started.end(signal.SIGTERM)


def query(url: str) -> dict[str, Any]:
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}


def without_values(printed: str, port: int) -> list[str]:
    """What `make run` prints, with ports as by default and an ellipsis for what differs."""
    for offset in (0, 1):
        printed = printed.replace(f":{port + offset}", f":800{offset}")
    values = r"(?<=password )\S+|(?<=client secret )\S+|(?<=kept in )\S+|(?<=written to )\S+"
    return [" ".join(line.split()) for line in re.sub(values, "…", printed).splitlines()]


def test_make_run_prints_what_the_readme_shows(run: tuple[Run, Terminal]) -> None:
    (shown,) = README.blocks("text")
    assert without_values(run[0].printed, run[0].port) == without_values(shown, 8000)


def test_the_seven_steps_by_hand(run: tuple[Run, Terminal]) -> None:
    started, terminal = run
    site, example = f"http://localhost:{started.port}", f"http://localhost:{started.port + 1}"
    (password,) = re.findall(r"alice@example\.com, password (\S+)", started.printed)
    alice = Learner(password)
    block = iter(SEVEN_STEPS.blocks())

    # First role
    terminal.type(next(block))
    registered = terminal.type(next(block))
    assert f'"callback_url": "{site}/accounts/oidc/second/login/callback/"' in registered
    assert f'"token_endpoint": "{example}/oauth/token/"' in registered
    leads_to = terminal.type(next(block)).strip()
    assert leads_to.startswith(f"{example}/oauth/authorize/?")
    assert {"state", "nonce", "code_challenge"} <= query(leads_to).keys()

    refused = alice.follow(alice.allow(alice.sign_in(alice.open(leads_to))))
    assert refused.status_code == 400, refused.text
    assert f"302 {site}/account/" in terminal.type(next(block), refused.url)
    assert "Hello, Alice" in terminal.type(next(block))

    # Second role
    terminal.type(next(block))
    terminal.type(next(block))
    page = alice.open(terminal.type(next(block)).strip())
    page = alice.follow(alice.press(page, "/accounts/oidc/example/login/"))
    if "/accounts/login/" in page.url:  # the third party may be told to ask for the password again
        page = alice.sign_in(page)
    page = alice.follow(alice.allow(page))
    assert "Let My app in?" in page.text
    alice.allow(page)
    assert alice.address.startswith(f"http://127.0.0.1:{started.port + 2}/callback?")
    terminal.type(next(block), alice.address)
    terminal.type(next(block))

    called = terminal.type(next(block))
    assert called.count('"name":"Alice Example"') == 2, called
    assert '"provider":"second"' in called

    afterwards = terminal.type(next(block))
    assert '"active": true' in afterwards
    assert '"scope": "profile"' in afterwards
    assert "HTTP/1.1 401" in afterwards
    assert next(block, None) is None
