"""Load a site with wrk, at once or at a fixed rate.

What is to be sent is a plan in Lua's words, which bench/load.lua reads.
"""

import json
import os
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPMessage
from pathlib import Path

from config.instance import HOST

CONNECTIONS = 8
TIMEOUT = 20  # seconds
_SCRIPT = Path(__file__).with_name("load.lua")

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


class RefusedError(Exception):
    """Report answers of another status: what is measured is not what was meant."""


class NothingAnsweredError(RefusedError):
    """Report that the first answer took longer than was measured."""


@dataclass(frozen=True)
class Load:
    """Describe a request, sent over and over.

    `status` is that of a good answer. Of `bodies`, each is sent once. `first` are refresh tokens,
    one a connection: what stands in `before` and the newest one make the body.
    """

    method: str
    path: str
    headers: dict[str, str] = field(default_factory=dict, repr=False)
    body: str = field(default="", repr=False)
    bodies: tuple[str, ...] = field(default=(), repr=False)
    first: tuple[str, ...] = field(default=(), repr=False)
    before: str = ""
    status: int = 200


@dataclass(frozen=True)
class Outcome:
    """Tell how many answers came, how many a second, and how long each took where that was
    asked."""

    answered: int
    rate: float
    milliseconds: tuple[float, ...]


def run(load: Load, port: int, seconds: int, *, rate: float | None = None) -> Outcome:
    """Send `load` for `seconds`: as fast as answers come, or `rate` requests a second.

    Raises RefusedError where an answer is not what was asked for.
    """
    if not (load.bodies or load.first):
        ask(load, port)
    with tempfile.NamedTemporaryFile("w", prefix="latchkey-bench-", suffix=".lua") as file:
        file.write(f"return {as_lua(plan(load, rate))}\n")
        file.flush()
        return read(load, _wrk(port, seconds, file.name))


def _wrk(port: int, seconds: int, file: str) -> str:
    """Return what wrk prints."""
    many = str(CONNECTIONS)
    command = ["wrk", "-t", many, "-c", many, "-d", f"{seconds}s", "--timeout", f"{TIMEOUT}s"]
    command += ["-s", str(_SCRIPT), f"http://localhost:{port}/"]
    wrk = subprocess.Popen(  # noqa: S603 (our own command)
        command, env=os.environ | {"BENCH_PLAN": file}, stdout=subprocess.PIPE, text=True
    )
    try:
        return wrk.communicate(timeout=seconds + TIMEOUT)[0]
    finally:
        wrk.kill()
        wrk.wait()


def read(load: Load, printed: str) -> Outcome:
    told = dict(line.partition(" ")[::2] for line in printed.splitlines() if line)
    try:
        answered, errors = int(told["answered"]), int(told["errors"])
    except KeyError as missing:
        raise RefusedError(f"wrk did not run: {printed}") from missing
    if not (errors or answered):
        raise NothingAnsweredError(f"{load.path}: nothing was answered in time.")
    if errors:
        raise RefusedError(f"{load.path}: {errors} of {answered} answers were errors.")
    took = tuple(int(each) / 1000 for each in told["took"].split())
    return Outcome(answered, float(told["rate"]), took)


def one_by_one(load: Load, port: int, times: int) -> Outcome:
    """Send `load` so many times, each when the one before is answered."""
    began = time.monotonic()
    for _ in range(times):
        ask(load, port)
    return Outcome(times, times / (time.monotonic() - began), ())


def ask(load: Load, port: int) -> tuple[HTTPMessage, bytes]:
    """Send `load` once; return the headers of the answer and its body. Raises RefusedError."""
    connection = HTTPConnection(HOST, port, timeout=TIMEOUT)
    headers = load.headers | {"Host": f"localhost:{port}"}
    try:
        connection.request(load.method, load.path, load.body or None, headers)
        response = connection.getresponse()
        content = response.read()
    finally:
        connection.close()
    if response.status != load.status:
        raise RefusedError(f"{load.path}: {response.status} {content[:200]!r}")
    return response.headers, content


def plan(load: Load, rate: float | None) -> dict[str, object]:
    return {
        "method": load.method,
        "path": load.path,
        "headers": load.headers,
        "body": load.body or None,
        "bodies": load.bodies or None,
        "first": load.first or None,
        "before": load.before,
        "status": load.status,
        "pace": CONNECTIONS / rate if rate else None,
        "connections": CONNECTIONS,
    }


def as_lua(value: object) -> str:
    """Write `value` in Lua. Its strings are JSON's, as long as they are ASCII without escapes."""
    if isinstance(value, dict):
        return (
            "{"
            + ", ".join(f"[{as_lua(key)}] = {as_lua(each)}" for key, each in value.items())
            + "}"
        )
    if isinstance(value, tuple):
        return "{" + ", ".join(map(as_lua, value)) + "}"
    return "nil" if value is None else json.dumps(value)
