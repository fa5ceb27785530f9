"""Run one copy of the site over its own data: what `make run`, the walkthrough, the tests and the
bench start.
"""

import contextlib
import http.client
import itertools
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from config import keyring

BASE_DIR = Path(__file__).resolve().parent.parent
HOST = "127.0.0.1"
START_SECONDS = 60
STOP_SECONDS = 20

# What a process needs of the machine. Everything else in the environment is the site's settings.
OF_THE_MACHINE = ("PATH", "HOME", "USER", "LANG", "LC_ALL", "TZ", "TMPDIR", "VIRTUAL_ENV")

_STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_NOT_GIVEN_OUT = range(20_000, 32_768)  # ports

_QUIET = {"LOG_LEVEL": "WARNING", "LOG_JSON": "false"}

Process = subprocess.Popen[str]


class NotStartedError(Exception):
    """Report in words for the terminal why an instance does not run."""


@dataclass(frozen=True)
class Instance:
    """Run an instance. `name` is SITE_NAME, `settings` whatever else the settings read from the
    environment.

    What it logs goes to the file `log`, or to the terminal where there is none. `wsgi` is the
    application that gunicorn serves.
    """

    name: str
    port: int
    data_dir: Path
    settings: dict[str, str] = field(default_factory=dict, repr=False)
    log: Path | None = None
    wsgi: str = "config.wsgi"

    @property
    def local_url(self) -> str:
        """Return the address by name: browsers have passkeys at http://localhost, and at no IP
        address."""
        return f"http://localhost:{self.port}"

    @property
    def url(self) -> str:
        return self.settings.get("SITE_URL", self.local_url).rstrip("/")

    def environment(self) -> dict[str, str]:
        """Return the whole environment of a process of this instance."""
        machine = {name: os.environ[name] for name in OF_THE_MACHINE if name in os.environ}
        own = {
            "SITE_NAME": self.name,
            "SITE_URL": self.local_url,
            "DATA_DIR": str(self.data_dir),
            "PORT": str(self.port),
        }
        keys = keyring.keys(self.data_dir)
        made = {name: keys[name] for name in keys if not self.settings.get(f"{name}_FILE")}
        return machine | _QUIET | own | made | self.settings

    def start(self, *command: str, stream: int | None = subprocess.PIPE) -> Process:
        """Start `python COMMAND` in a process group of its own: Ctrl-C must not reach it.

        `stream` is what its standard input and output are.
        """
        with open(self.log, "a") if self.log else contextlib.nullcontext() as log:
            return subprocess.Popen(  # noqa: S603 (our own commands)
                [sys.executable, *command],
                cwd=BASE_DIR,
                env=self.environment(),
                stdin=stream,
                stdout=stream,
                stderr=log,
                text=True,
                start_new_session=True,
            )

    def manage(self, *command: str, question: str = "") -> str:
        """Run a command of manage.py that reads the `question`, and return what it prints.

        Raises NotStartedError where it fails; its own words are on stderr by then.
        """
        return answer(self.start("manage.py", *command), question)

    def logged(self) -> str:
        return self.log.read_text() if self.log else ""

    @contextlib.contextmanager
    def serving(self) -> Iterator[Process]:
        """Serve with gunicorn. The server is stopped at the end, with all that it started."""
        command = ("-m", "gunicorn", "-c", "python:config.gunicorn", self.wsgi)
        server = self.start(*command, stream=subprocess.DEVNULL)
        try:
            yield server
        finally:
            stop(server)

    @contextlib.contextmanager
    def working(self) -> Iterator[dict[str, Process]]:
        """Perform the background tasks of an instance that keeps them in its database."""
        if self.settings.get("TASKS_BACKEND") != "database":
            yield {}
            return
        worker = self.start("manage.py", "db_worker", stream=subprocess.DEVNULL)
        try:
            yield {f"The worker of {self.name}": worker}
        finally:
            stop(worker)

    def wait_until_ready(self, server: Process) -> None:
        """Return once the sign-in page is there. Raises NotStartedError where it does not come."""
        deadline = time.monotonic() + START_SECONDS
        while not (status := self._answer()):
            if server.poll() is not None:
                raise NotStartedError(f"{self.name} stopped while it was starting.")
            if time.monotonic() > deadline:
                raise NotStartedError(f"{self.name} did not answer in {START_SECONDS} seconds.")
            time.sleep(0.05)
        if status >= http.client.BAD_REQUEST:
            raise NotStartedError(f"{self.name} answers with an error: {status}.")

    def _answer(self) -> int | None:
        """Return the status of the sign-in page, None while nobody answers."""
        connection = http.client.HTTPConnection(HOST, self.port, timeout=START_SECONDS)
        headers = {"Host": urlsplit(self.url).netloc}
        try:
            connection.request("GET", "/accounts/login/", headers=headers)
            return connection.getresponse().status
        except (OSError, http.client.HTTPException):
            return None
        finally:
            connection.close()


def prepare(*instances: Instance) -> None:
    """Bring databases and static files up to date, side by side."""
    with contextlib.ExitStack() as stack:
        processes = [instance.start("-m", "config.prepare") for instance in instances]
        for process in processes:
            stack.callback(stop, process)
        for process in processes:
            answer(process)


@contextlib.contextmanager
def running(*instances: Instance) -> Iterator[dict[str, Process]]:
    """Serve prepared `instances` until the block ends; it begins when all of them answer.

    Yields the servers by their instances' names. Raises NotStartedError where one fails.
    """
    with contextlib.ExitStack() as stack:
        servers = [stack.enter_context(instance.serving()) for instance in instances]
        for instance, server in zip(instances, servers, strict=True):
            instance.wait_until_ready(server)
        yield {each.name: server for each, server in zip(instances, servers, strict=True)}


def answer(process: Process, question: str = "") -> str:
    """Tell `process` the `question`, wait for its end and return what it printed.

    Raises NotStartedError where it fails, and takes it down where the wait is broken off.
    """
    try:
        printed, _ = process.communicate(question)
    finally:
        stop(process)
    if process.returncode:
        # Not naming the command: a secret may stand in it.
        raise NotStartedError("Setting up failed. The reason stands above.")
    return printed


def stop(process: Process) -> None:
    """End `process` and all of its group: by asking, and after STOP_SECONDS by force."""
    if process.poll() is None:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(STOP_SECONDS)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def free_ports(count: int) -> list[int]:
    """Return `count` ports of this machine that nothing listens on.

    They lie below those that Linux gives to connections and to whoever asks for any port: none of
    these takes one between here and the moment at which a server listens on it.
    """
    ports = secrets.SystemRandom().sample(_NOT_GIVEN_OUT, len(_NOT_GIVEN_OUT))
    return list(itertools.islice((port for port in ports if not in_use(port)), count))


def in_use(port: int) -> bool:
    try:
        socket.create_server((HOST, port)).close()
    except OSError:
        return True
    return False


def interrupt_at_signals() -> None:
    """Have Ctrl-C, SIGTERM and SIGHUP raise KeyboardInterrupt in this process, so that what it
    started is stopped. A second one must not break into the stopping."""
    for name in _STOPPING:
        signal.signal(name, _interrupt)


def _interrupt(*_: object) -> None:
    for name in _STOPPING:
        signal.signal(name, signal.SIG_IGN)
    raise KeyboardInterrupt
