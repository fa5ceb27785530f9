"""A person at a terminal, who runs the lines that Django admin shows as they stand there."""

import re
import subprocess
import sys

from accounts.oauth_server.clients.kinds import KINDS
from accounts.oauth_server.clients.ready_lines import ready_lines
from accounts.oauth_server.models import Client
from tests.interop.app_process import HERE, node
from tests.interop.site import Known
from tests.processes import started

SECONDS = 30


class Terminal:
    """Runs the lines for a client of one kind, and does what they ask for."""

    def __init__(self, known: Known, kind: str) -> None:
        registered = known.web if KINDS[kind].client_type == "confidential" else known.native
        client = Client(
            **KINDS[kind].columns(),
            client_id=registered["client_id"],
            redirect_uris=known.redirect_uri,
        )
        lines = ready_lines(client, registered.get("client_secret", ""))
        self._known, self._lines = known, [each.text for each in lines]

    def curl(self, given: str = "") -> str:
        return self._run("bash", "-c", self._lines[0], given=given)

    def python(self, given: str = "") -> str:
        return self._run(sys.executable, "-c", self._lines[1], given=given)

    def javascript(self, given: str = "") -> str:
        return self._run(node(), "--input-type=module", "--eval", self._lines[2], given=given)

    def _run(self, *command: str, given: str) -> str:
        """Run them; where they name an address, go there and give them what they ask for."""
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        with started(*command, cwd=HERE, **pipes) as process:
            assert process.stdout
            if not given:
                given = self._went_to(process.stdout.readline(), gives_code=command[0] == "bash")
            said, _ = process.communicate(f"{given}\n", timeout=SECONDS)
        assert process.returncode == 0, command[-1]
        return said

    def _went_to(self, line: str, *, gives_code: bool) -> str:
        if found := re.search(r'"verification_uri_complete": "([^"]+)"', line):
            self._known.person.enter_code(found[1])
            return ""
        back: str = self._known.person.open(line.strip())["url"]
        return re.findall(r"[?&]code=([^&]+)", back)[0] if gives_code else back
