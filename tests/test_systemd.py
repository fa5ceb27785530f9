"""deploy/systemd: units that systemd takes, as narrow as it says, of programs that exist."""

import re
import shutil
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import requests
from django.core.management import get_commands

from config import gunicorn as server
from config.instance import BASE_DIR, Instance, free_ports
from tests.documents import OPERATING, quoted

UNITS = BASE_DIR / "deploy/systemd"
COMMON = UNITS / "latchkey-.service.d/common.conf"
FILES = sorted(path.name for path in UNITS.glob("latchkey-*.*") if path.is_file())
SERVICES = [name for name in FILES if name.endswith(".service")]
TIMERS = [name for name in FILES if name.endswith(".timer")]


def values(name: str, key: str) -> list[str]:
    return re.findall(rf"^{key}=(.*)$", (UNITS / name).read_text(), re.MULTILINE)


def value(name: str, key: str) -> str:
    (only,) = values(name, key)
    return only


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The units as they would be, were this very folder /opt/latchkey."""
    folder = tmp_path_factory.mktemp("system")
    for path in UNITS.rglob("latchkey-*"):
        copy = folder / path.relative_to(UNITS)
        if path.is_dir():
            shutil.copytree(path, copy)
        else:
            text = path.read_text()
            assert "/opt/latchkey" in text or "Exec" not in text
            copy.write_text(text.replace("/opt/latchkey", str(BASE_DIR)))
    return folder


def test_systemd_takes_every_unit(installed: Path) -> None:
    paths = [str(installed / name) for name in FILES]
    done = subprocess.run(["systemd-analyze", "verify", *paths], capture_output=True, text=True)
    told = [line for line in done.stderr.splitlines() if "latchkey" in line]
    assert (done.returncode, told) == (0, [])


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_is_exposed_no_more_than_the_document_says(name: str, installed: Path) -> None:
    said = re.search(r"says ([\d.]+), of 10", OPERATING.section("With systemd"))
    assert said
    at_most = int(float(said[1]) * 10) + 5  # versions of systemd weigh differently
    command = ["systemd-analyze", "security", "--offline=yes", "--no-pager"]
    done = subprocess.run(
        [*command, f"--threshold={at_most}", str(installed / name)],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout[-200:]


def test_every_command_of_a_unit_exists() -> None:
    started = [line for name in SERVICES for line in values(name, "Exec(?:StartPre|Start)")]
    assert len(started) == len(SERVICES) + 1
    for line in started:
        program, *arguments = line.split()
        assert program in {"/opt/latchkey/.venv/bin/python", "/opt/latchkey/.venv/bin/gunicorn"}
        if arguments[0] == "manage.py":
            assert arguments[1] in get_commands()
        else:
            module = arguments[1].removeprefix("python:").replace(".", "/")
            assert (BASE_DIR / f"{module}.py").is_file()


def test_who_stops_the_server_waits_for_it() -> None:
    assert int(value("latchkey-web.service", "TimeoutStopSec")) > server.graceful_timeout
    assert value("latchkey-web.service", "KillMode") == "mixed"  # gunicorn tells its workers itself


def test_the_socket_is_where_the_server_listens_by_itself() -> None:
    assert value("latchkey-web.socket", "ListenStream") == server.bind


def test_a_timer_has_its_service() -> None:
    assert len(TIMERS) == 2
    for name in TIMERS:
        assert name.replace(".timer", ".service") in SERVICES


def test_every_unit_is_in_the_document() -> None:
    told = set(OPERATING.names("With systemd")) | {
        "latchkey-cleanup.service",
        "latchkey-backup.service",
    }
    assert told == {*FILES, str(COMMON.relative_to(UNITS))}
    shown = "\n".join([*OPERATING.blocks("bash"), *quoted(OPERATING.section("With systemd"))])
    for path in ("/etc/latchkey/secrets", "/var/backups/latchkey", "/var/lib/latchkey"):
        assert path in shown
        assert path in COMMON.read_text()


@pytest.mark.servers
@pytest.mark.django_db  # so that there is a database to copy
def test_the_server_tells_systemd_when_it_answers_at_the_socket_it_was_given(
    migrated: Any, empty_database: dict[str, str], tmp_path: Path
) -> None:
    """As the unit starts it: with secrets that were handed over, and none in its environment."""
    (port,) = free_ports(1)
    data = migrated(tmp_path / "data")
    site = Instance("Latchkey", port, data, empty_database)
    environment = site.environment()
    for name in ("SECRET_KEY", "ENCRYPTION_KEYS"):
        (tmp_path / f"latchkey_{name}").write_text(environment.pop(name))
    for name, path in {"CREDENTIALS_DIRECTORY": "", "NOTIFY_SOCKET": "notify"}.items():
        environment[name] = str(tmp_path / path)
    program, *arguments = value("latchkey-web.service", "ExecStart").split()
    start = f"LISTEN_FDS=1 LISTEN_PID=$$ exec {Path(sys.prefix, 'bin', Path(program).name)}"
    with (
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd,
        socket.create_server(("127.0.0.1", port)) as given,
    ):
        systemd.bind(environment["NOTIFY_SOCKET"])
        systemd.settimeout(60)
        process = subprocess.Popen(
            ["bash", "-c", f"{start} {' '.join(arguments)} 3<&{given.fileno()}"],
            cwd=BASE_DIR,
            env=environment,
            pass_fds=[given.fileno()],
        )
        try:
            assert b"READY=1" in systemd.recv(4096)
            answer = requests.get(f"http://127.0.0.1:{port}/readyz", timeout=60)
            assert (answer.status_code, answer.json()["status"]) == (200, "ok")
        finally:
            process.terminate()
            assert process.wait(server.graceful_timeout + 5) == 0
