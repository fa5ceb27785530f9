"""Client apps in JavaScript, each run by Node.js in a process of its own."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from config.instance import OF_THE_MACHINE
from tests.interop.site import Known

HERE = Path(__file__).parent


class NodeClient:
    """Performs scenarios of an app beside this file, and lends it the person where it asks."""

    def __init__(self, app: str, process: "subprocess.Popen[str]", known: Known) -> None:
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
        assert line, "Node.js has stopped; its last words are on stderr."
        return json.loads(line)


@contextmanager
def node_client(app: str, known: Known) -> Iterator[NodeClient]:
    """Run `app`, the name of one of the files beside this, which builds on a library."""
    environment = {name: os.environ[name] for name in OF_THE_MACHINE if name in os.environ}
    process = subprocess.Popen(
        [node(), str(HERE / f"{app}.mjs")],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        yield NodeClient(app, process, known)
        process.terminate()


def node() -> str:
    """Return where Node.js is. Without it, or a library, the test fails: a skip would hide it."""
    wanted = json.loads((HERE / "package.json").read_text())["dependencies"]
    for library in wanted:
        if not (HERE / "node_modules" / library).is_dir():
            pytest.fail(f"{library} is missing: `make test` installs it.")
    beside_python = Path(sys.executable).parent
    found = shutil.which("node", path=f"{beside_python}{os.pathsep}{os.environ.get('PATH', '')}")
    return found or pytest.fail("Node.js is missing: `make test` installs it.")
