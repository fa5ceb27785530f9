"""A throwaway PostgreSQL: `python -m tests.postgres -- COMMAND` runs COMMAND with DATABASE_URL set.

The cluster lives in a temporary folder, listens on a Unix socket there and nowhere else, and is
gone when the command ends.
"""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

_USER = "postgres"
_START_SECONDS = 30

# Durable it need not be, and what is thrown away need not be cleaned.
_SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "max_connections": "100",
}
FAST, AT_ONCE = signal.SIGINT, signal.SIGQUIT  # ways to stop: in order, and as a crash


def programs() -> Path:
    """Return the folder of PostgreSQL's programs. Raises SystemExit where there is none."""
    debian = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    newest = max(debian, key=lambda path: float(path.parts[-3]), default=None)
    found = newest or shutil.which("initdb")
    if not found:
        sys.exit(
            "PostgreSQL is missing: `make test-postgres` installs it (Debian package postgresql)."
        )
    return Path(found).parent


class Server:
    """Run PostgreSQL on the data in `folder`, with `settings` of its own."""

    def __init__(self, folder: str, settings: Mapping[str, str]) -> None:
        self.folder = folder
        self.settings = settings
        self.url = f"postgres://{_USER}@{quote(folder, safe='')}/{_USER}"

    def start(self) -> None:
        self._process = _start(self.folder, self.settings)
        _wait(self._process, self.folder)

    def logged(self) -> str:
        return Path(self.folder, "log").read_text()

    def stop(self, how: signal.Signals = FAST) -> None:
        self._process.send_signal(how)
        self._process.wait()


@contextlib.contextmanager
def server(settings: Mapping[str, str] | None = None) -> Iterator[Server]:
    """Run a new cluster. `settings` are PostgreSQL's, beside those of one that is for tests."""
    with tempfile.TemporaryDirectory(prefix="latchkey-postgres-") as folder:
        if os.getuid() == 0:
            shutil.chown(folder, _USER, _USER)
        _run(
            "initdb", "-D", f"{folder}/data", "-U", _USER, "-A", "trust", "-E", "UTF8", "--no-sync"
        )
        made = Server(folder, _SETTINGS | dict(settings or {}))
        made.start()
        try:
            yield made
        finally:
            made.stop()


@contextlib.contextmanager
def cluster(settings: Mapping[str, str] | None = None) -> Iterator[str]:
    """Run a new cluster; yield the URL of its database, as DATABASE_URL takes it."""
    with server(settings) as made:
        yield made.url


def _as_postgres() -> dict[str, Any]:
    """PostgreSQL refuses to run as root."""
    return {"user": _USER, "group": _USER} if os.getuid() == 0 else {}


def _run(program: str, *arguments: str) -> None:
    command = [str(programs() / program), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, cwd="/", **_as_postgres())
    if done.returncode:
        sys.exit(f"{program} failed:\n{done.stdout}{done.stderr}")


def _start(folder: str, settings: Mapping[str, str]) -> "subprocess.Popen[bytes]":
    command = [str(programs() / "postgres"), "-D", f"{folder}/data", "-k", folder]
    for name, value in settings.items():
        command += ["-c", f"{name}={value}"]
    with open(f"{folder}/log", "ab") as log:
        return subprocess.Popen(
            command, stdout=log, stderr=log, cwd="/", start_new_session=True, **_as_postgres()
        )


def _wait(server: "subprocess.Popen[bytes]", folder: str) -> None:
    ready = [str(programs() / "pg_isready"), "-q", "-h", folder]
    deadline = time.monotonic() + _START_SECONDS
    while subprocess.run(ready, check=False).returncode:
        if server.poll() is not None or time.monotonic() > deadline:
            sys.exit(f"PostgreSQL did not start:\n{Path(folder, 'log').read_text()}")
        time.sleep(0.1)


def main(arguments: list[str]) -> int:
    command = arguments[1:] if arguments[:1] == ["--"] else arguments
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    with cluster() as url:
        return subprocess.run(command, env=os.environ | {"DATABASE_URL": url}).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
