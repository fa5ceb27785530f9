"""Client apps in JavaScript and Go, each in a process of its own."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests

from config.instance import BASE_DIR, OF_THE_MACHINE, START_SECONDS, Process
from tests.interop.site import Known
from tests.processes import started

HERE = Path(__file__).parent
BESIDE_PYTHON = Path(sys.executable).parent


class AppProcess:
    """Performs scenarios of an app beside this file, and lends it the person where it asks."""

    def __init__(self, app: str, process: Process, known: Known) -> None:
        self._app, self._process, self._person = app, process, known.person
        self._say(known.as_json())

    def perform(self, scenario: str) -> None:
        """Fail the test where the library complains."""
        self._say(scenario)
        while "ask" in (said := self._read()):
            what = said.pop("ask")
            self._say(getattr(self._person, what)(**said))
        if "complaint" in said:
            pytest.fail(f"{self._app} complains: {said['complaint']}", pytrace=False)

    def _say(self, message: Any) -> None:
        assert self._process.stdin
        self._process.stdin.write(json.dumps(message) + "\n")
        self._process.stdin.flush()

    def _read(self) -> dict[str, Any]:
        assert self._process.stdout
        line = self._process.stdout.readline()
        assert line, f"{self._app} has stopped; its last words are on stderr."
        return json.loads(line)


@contextmanager
def node_app(app: str, known: Known) -> Iterator[AppProcess]:
    """Run `app`, the name of one of the scripts beside this, which builds on a library."""
    with _running(app, [node(), str(HERE / f"{app}.mjs")], known) as process:
        yield process


@contextmanager
def go_app(known: Known) -> Iterator[AppProcess]:
    """Run the program of go/."""
    with _running("go", [_built("interop-go")], known) as process:
        yield process


@contextmanager
def mcp_server(known: Known) -> Iterator[None]:
    """Run the MCP server of docs/examples as it is."""
    environment = {name: os.environ[name] for name in OF_THE_MACHINE if name in os.environ}
    environment |= {
        "ISSUER": known.issuer,
        "AUDIENCE": known.notes["url"],
        "CLIENT_ID": known.notes["client_id"],
        "CLIENT_SECRET": known.notes["client_secret"],
    }
    command = [sys.executable, str(BASE_DIR / "docs/examples/mcp_server.py")]
    with started(*command, env=environment) as process:
        deadline = time.monotonic() + START_SECONDS
        while not _answers(known.notes["url"]):
            assert process.poll() is None, "It stopped; its last words are on stderr."
            assert time.monotonic() < deadline, "It did not answer."
            time.sleep(0.1)
        yield


def _answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=START_SECONDS).status_code > 0
    except requests.ConnectionError:
        return False


@contextmanager
def _running(app: str, command: list[str], known: Known) -> Iterator[AppProcess]:
    environment = {name: os.environ[name] for name in OF_THE_MACHINE if name in os.environ}
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with started(*command, env=environment, **pipes) as process:
        yield AppProcess(app, process, known)


def node() -> str:
    """Return where Node.js is. Without it, or a library, the test fails: a skip would hide it."""
    wanted = json.loads((HERE / "package.json").read_text())["dependencies"]
    for library in wanted:
        if not (HERE / "node_modules" / library).is_dir():
            pytest.fail(f"{library} is missing: `make test` installs it.")
    found = shutil.which("node", path=f"{BESIDE_PYTHON}{os.pathsep}{os.environ.get('PATH', '')}")
    return found or pytest.fail("Node.js is missing: `make test` installs it.")


def _built(program: str) -> str:
    """Return where the program is. Without it the test fails: a skip would hide that."""
    if not (BESIDE_PYTHON / program).is_file():
        pytest.fail(f"{program} is missing: `make test-servers` builds it.")
    return str(BESIDE_PYTHON / program)
