"""`make run` and `make walkthrough`, as processes: what they print, keep and leave behind."""

import contextlib
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest

from config.instance import BASE_DIR, HOST, OF_THE_MACHINE, free_ports, in_use

pytestmark = [pytest.mark.servers, pytest.mark.one_database]

SECONDS = 60
LACKING = "FROM django_migrations WHERE app = 'admin' AND name LIKE '0003_%'"  # only says labels
STEPS = (
    "Register your application to get a client ID and a client secret",
    "Ask the person whether they want to sign in via a third party",
    "Redirect to the third party's authentication endpoint",
    "Receive the authorization code",
    "Make a request to the access token endpoint",
    "Receive the access token",
    "Make a request to the third party's API endpoint",
)


class Run:
    """A `make run` in `folder` over `data_dir`, with what it has printed."""

    def __init__(
        self,
        data_dir: Path,
        settings: dict[str, str],
        port: int = 0,
        folder: Path = BASE_DIR,
    ) -> None:
        machine = {name: os.environ[name] for name in OF_THE_MACHINE if name in os.environ}
        self.port = port or two_free_ports()
        self.statuses: list[int] = []
        self.command_lines: list[str] = []
        self.exit_status: int | None = None
        self.printed = ""
        self.process = subprocess.Popen(
            [sys.executable, "-m", "config.serve"],
            cwd=folder,
            env=machine | settings | {"PORT": str(self.port), "DATA_DIR": str(data_dir)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def read_until(self, words: str) -> str:
        assert self.process.stdout
        for line in self.process.stdout:
            self.printed += line
            if words in line:
                return self.printed
        raise AssertionError(f"“{words}” was not printed, but this:\n{self.printed}")

    def end(self, signal_number: int | None = None) -> int:
        """Return the exit status, after sending `signal_number` if there is one."""
        if signal_number:
            self.process.send_signal(signal_number)
        rest, _ = self.process.communicate(timeout=SECONDS)
        self.printed += rest
        return self.process.returncode


def two_free_ports() -> int:
    """The third party takes the next one."""
    return next(port for port in iter(lambda: free_ports(1)[0], 0) if not in_use(port + 1))


def _processes_over(data_dir: Path) -> list[int]:
    """Every process of this machine that was given `data_dir` or a folder in it."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            environment = (folder / "environ").read_bytes()
        except OSError:
            continue
        if f"DATA_DIR={data_dir}".encode() in environment:
            found.append(int(folder.name))
    return found


def _status(url: str) -> int:
    with urllib.request.urlopen(url, timeout=SECONDS) as answer:
        return int(answer.status)


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory, migrated: Callable[[Path], Path]) -> Path:
    """Where nothing is yet but the tables, and the site's lack one migration: to go through all of
    them takes longer than the rest of a start.
    """
    data_dir = tmp_path_factory.mktemp("run")
    for each in (data_dir, data_dir / "thirdparty"):
        migrated(each)
    with sqlite3.connect(data_dir / "latchkey.sqlite3") as database:
        assert database.execute(f"DELETE {LACKING}").rowcount == 1
    database.close()
    return data_dir


@pytest.fixture(scope="module")
def first(data_dir: Path, empty_database: dict[str, str]) -> Run:
    """The first start, which has ended."""
    run = Run(data_dir, empty_database)
    try:
        run.read_until("Ctrl-C stops")
        run.statuses = [
            _status(f"http://localhost:{run.port + of}/accounts/login/") for of in (0, 1)
        ]
        run.command_lines = [_command_line(pid) for pid in _processes_over(data_dir)]
    finally:
        run.exit_status = run.end(signal.SIGTERM)
    return run


def _command_line(pid: int) -> str:
    return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")


def test_it_says_that_it_is_ready_when_both_answer(first: Run) -> None:
    assert f"Latchkey is ready at http://localhost:{first.port}\n" in first.printed
    assert first.statuses == [200, 200]


def test_it_migrates_what_is_not_migrated(first: Run, data_dir: Path) -> None:
    with contextlib.closing(sqlite3.connect(data_dir / "latchkey.sqlite3")) as database:
        assert database.execute(f"SELECT count(*) {LACKING}").fetchone() == (1,)


def test_it_says_who_may_sign_in_how(first: Run) -> None:
    assert re.search(r"alice@example\.com, password \S{12,}", first.printed)
    assert re.search(r"admin@example\.com, password \S{12,}", first.printed)
    assert re.search(r"client secret lk_cs_\w{49}", first.printed)


def test_no_secret_stands_in_a_command_line(first: Run) -> None:
    secrets = re.findall(r"(?:, password|client secret) (\S+)", first.printed)
    assert len(secrets) >= 3
    assert len(first.command_lines) >= 6  # of each instance, gunicorn and its two workers
    assert not [line for line in first.command_lines for secret in secrets if secret in line]


def test_sigterm_stops_all_it_started(first: Run, data_dir: Path) -> None:
    assert first.exit_status == 0
    assert _processes_over(data_dir) == []
    assert not in_use(first.port)
    assert not in_use(first.port + 1)


def test_only_the_owner_may_read_the_keys(first: Run, data_dir: Path) -> None:
    for folder in (data_dir, data_dir / "thirdparty"):
        assert (folder / "secrets.json").stat().st_mode & 0o777 == 0o600


def test_a_second_start_is_quick_keeps_the_data_shows_no_secret_and_ends_when_a_server_dies(
    first: Run, data_dir: Path, empty_database: dict[str, str]
) -> None:
    keys = (data_dir / "secrets.json").read_text()
    began = time.monotonic()
    second = Run(data_dir, empty_database)
    second.read_until("Latchkey is ready at")
    seconds = time.monotonic() - began
    second.read_until("Ctrl-C stops")
    masters = [pid for pid in _processes_over(data_dir) if os.getpgid(pid) == pid]
    os.kill(masters[0], signal.SIGKILL)
    assert second.end() == 1
    assert seconds < 60  # 5 on an idle machine; making everything anew takes far longer
    assert (data_dir / "secrets.json").read_text() == keys
    assert not re.search(r", password |lk_cs_", second.printed)
    assert "changepassword" in second.printed
    assert "has died" in second.printed
    assert _processes_over(data_dir) == []


def test_a_port_in_use_is_said_before_anything_is_made(tmp_path: Path) -> None:
    with socket.create_server((HOST, 0)) as other:
        port = other.getsockname()[1]
        run = Run(tmp_path / "data", {}, port)
        assert run.end() == 1
    assert f"Port {port}, for Latchkey, is in use." in run.printed
    assert not (tmp_path / "data").exists()


def test_the_walkthrough_performs_the_seven_steps_in_both_roles(
    tmp_path: Path, migrated: Callable[[Path], Path]
) -> None:
    for each in ("site", "thirdparty"):
        migrated(tmp_path / each)
    done = subprocess.run(
        [sys.executable, "-m", "docs.walkthrough", tmp_path],
        cwd=BASE_DIR,
        capture_output=True,
        text=True,
        timeout=3 * SECONDS,  # beside all that the other tests do
    )
    assert done.returncode == 0, done.stdout + done.stderr
    for number, step in enumerate(STEPS, start=1):
        assert done.stdout.count(f"\n{number}. {step}.\n") == 2
    assert not re.search(r"lk_[a-z]{2,3}_\w{20}", done.stdout), "a whole secret was shown"
