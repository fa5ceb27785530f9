"""openid-client, a certified library for JavaScript, run by Node.js in a process of its own."""

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


class OpenidClient:
    """Performs scenarios of openid_client.mjs, and lends it the person where it asks."""

    def __init__(self, process: "subprocess.Popen[str]", known: Known) -> None:
        self._process, self._person = process, known.person
        self._say(known.as_json())

    def perform(self, scenario: str) -> None:
        """Fail the test where the library complains."""
        self._say(scenario)
        while "ask" in (said := self._read()):
            what = said.pop("ask")
            self._say(getattr(self._person, what)(**said))
        if "complaint" in said:
            pytest.fail(f"openid-client complains: {said['complaint']}", pytrace=False)

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
def openid_client(known: Known) -> Iterator[OpenidClient]:
    environment = {name: os.environ[name] for name in OF_THE_MACHINE if name in os.environ}
    process = subprocess.Popen(
        [node(), str(HERE / "openid_client.mjs")],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        yield OpenidClient(process, known)
        process.terminate()


def node() -> str:
    """Return where Node.js is. Without it, or the library, the test fails: a skip would hide it."""
    if not (HERE / "node_modules" / "openid-client").is_dir():
        pytest.fail("openid-client is missing: `make test` installs it.")
    beside_python = Path(sys.executable).parent
    found = shutil.which("node", path=f"{beside_python}{os.pathsep}{os.environ.get('PATH', '')}")
    return found or pytest.fail("Node.js is missing: `make test` installs it.")
