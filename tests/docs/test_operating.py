"""docs/operating.md: the site installed, prepared and served as it says, behind the proxy that it
says."""

import re
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests

from config.instance import free_ports
from tests.docs.terminal import Terminal, copy_of_the_project
from tests.documents import OPERATING

# They ask for a database so that there is one to copy (`empty_database`).
pytestmark = [pytest.mark.servers, pytest.mark.django_db]

(SETTINGS,) = (block for block in OPERATING.blocks() if block.startswith("SITE_URL="))
(INSTALL,) = (block for block in OPERATING.blocks() if "-m config.prepare" in block)
NGINX, _CIPHERS, _LIMITS = OPERATING.blocks("nginx")

# What a proxy at https://id.example.com makes of its variables.
VARIABLES = {
    "$host": "id.example.com",
    "$proxy_add_x_forwarded_for": "203.0.113.7",
    "$scheme": "https",
}
SECONDS = 180  # beside all that other tests do; an idle machine needs four


@pytest.fixture(scope="module")
def terminal(
    tmp_path_factory: pytest.TempPathFactory,
    empty_database: dict[str, str],
    migrated: Callable[[Path], Path],
) -> Iterator[Terminal]:
    """In a copy of the project, where all is installed already, next to the file of settings."""
    home = tmp_path_factory.mktemp("operating")
    migrated(home / "data")
    (home / "latchkey.env").write_text(settings_file(home, empty_database))
    installed = {"PIP_DRY_RUN": "1", "PIP_NO_INDEX": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    terminal = Terminal(copy_of_the_project(home / "latchkey"), installed)
    terminal.enter('python3() { [ "$1 $2" = "-m venv" ] || command python3 "$@"; }')
    try:
        *lines, _serve = INSTALL.splitlines()
        terminal.printed = terminal.enter("\n".join(lines).replace("/etc", str(home)))
        yield terminal
    finally:
        terminal.close()


def settings_file(home: Path, database: dict[str, str]) -> str:
    """The block, with what it leaves to the reader, and the database under test."""
    written = re.sub(r"…\s+# (.*)", lambda found: printed_by(found[1]), SETTINGS)
    written = written.replace("/var/lib/latchkey", str(home / "data"))
    address = f"DATABASE_URL='{database['DATABASE_URL']}'" if database else ""
    return re.sub(r"^DATABASE_URL=.*$", address, written, flags=re.MULTILINE)


def printed_by(command: str) -> str:
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_the_settings_pass_the_checks_of_a_deployment(terminal: Terminal) -> None:
    assert "System check identified no issues" in terminal.printed
    assert "WARNING" not in terminal.printed


def test_the_first_admin_gets_a_password(terminal: Terminal) -> None:
    assert '"email": "you@example.com"' in terminal.printed
    assert re.search(r'"password": "\S+"', terminal.printed)


def test_it_is_served_behind_the_proxy(terminal: Terminal) -> None:
    serve = INSTALL.splitlines()[-1]
    (port,) = free_ports(1)
    terminal.enter(f"export GUNICORN_CMD_ARGS='--bind 127.0.0.1:{port}'\n{serve} &")
    try:
        answer = answer_of(port)
        told = re.findall(r"proxy_set_header (\S+) (\S+);", NGINX)
        behind = {name: VARIABLES[value] for name, value in told}
        assert answer.is_redirect, "without a word of the proxy, it is not https"
        page = requests.get(f"http://127.0.0.1:{port}/accounts/login/", headers=behind, timeout=30)
        assert page.status_code == 200
        assert "max-age" in page.headers["Strict-Transport-Security"]
        (style,) = set(re.findall(r'href="(/static/[^"]+\.css)"', page.text))
        static = requests.get(f"http://127.0.0.1:{port}{style}", headers=behind, timeout=30)
        assert static.status_code == 200
        assert "immutable" in static.headers["Cache-Control"]
    finally:
        terminal.enter("kill %1; wait; true")


def answer_of(port: int) -> requests.Response:
    """The first answer of the server, as soon as it listens, to somebody who is no proxy."""
    deadline = time.monotonic() + SECONDS
    while True:
        try:
            return requests.get(
                f"http://127.0.0.1:{port}/accounts/login/",
                headers={"Host": "id.example.com"},
                timeout=SECONDS,
                allow_redirects=False,
            )
        except requests.ConnectionError:
            assert time.monotonic() < deadline, "it does not listen"
            time.sleep(0.1)
