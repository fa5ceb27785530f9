"""Measure this site on other servers: `make bench ARGS=--servers`.

Those that the project does not need are installed for the run alone (bench/servers.txt).
"""

import contextlib
import subprocess
import sys
from pathlib import Path

from bench import processes, report, rows
from bench.measure import Meter, Plan, Results
from bench.postgres import durable
from bench.site import CommandInstance, latchkey, made, prepared, serving
from config.instance import BASE_DIR, HOST, Instance

PLAN = Plan(rounds=5, seconds=2, steady=0)
ROWS = (rows.HELLO, rows.ME, rows.CLIENT_CREDENTIALS)
WORKERS = "2"
OURS, GTHREAD, SYNC = "gunicorn, the site's worker", "gunicorn, gthread", "gunicorn, sync"
GRANIAN = "granian, {threads} a worker"
THREADS = ("1", "4")
NAMES = (OURS, GTHREAD, SYNC, *(GRANIAN.format(threads=each) for each in THREADS))


def measure(folder: Path) -> str:
    """Return what is to be told of the site on each server, all over one database."""
    with durable() as postgres, contextlib.ExitStack() as stack:
        instances = _instances(folder, postgres.database("latchkey"))
        prepared(instances[0])
        there = made(instances[0], PLAN.codes)
        sites = stack.enter_context(serving((each, there) for each in instances))
        results = Meter(PLAN, postgres.pid).all(ROWS, sites)
        memory = {site.name: processes.megabytes(site.server) for site in sites}
        database = f"PostgreSQL {postgres.version()} with durable commits"
    return "\n".join(
        [
            report.measured("make bench ARGS=--servers", PLAN, database),
            report.markdown(_heads(), (_line(name, results, memory[name]) for name in NAMES)),
        ]
    )


def _heads() -> list[str]:
    return ["server, two workers", *(f"{row.name}: a second · CPU ms" for row in ROWS), "MB"]


def _line(name: str, results: Results, megabytes: float) -> list[str]:
    found = [results[row][name] for row in ROWS]
    return [
        name,
        *(f"{each.rate:,.0f} ± {each.spread / 2:.0%} · {each.cpu:.2f}" for each in found),
        f"{megabytes:.0f}",
    ]


def _instances(folder: Path, database_url: str) -> list[Instance]:
    settings = {"DATABASE_URL": database_url, "WEB_CONCURRENCY": WORKERS}
    data, installed = folder / "data", _installed(folder / "servers")
    kinds = {OURS: "config.web_worker.worker.Worker", GTHREAD: "gthread", SYNC: "sync"}
    gunicorns = [
        latchkey(data, settings | {"GUNICORN_CMD_ARGS": f"--worker-class={kind}"}, name)
        for name, kind in kinds.items()
    ]
    return [*gunicorns, *(_granian(data, settings, installed, threads) for threads in THREADS)]


def _granian(data: Path, settings: dict[str, str], installed: Path, threads: str) -> Instance:
    served = latchkey(data, settings | {"PYTHONPATH": str(installed)})
    command = ["-m", "granian", "--interface", "wsgi", "--log-level", "error"]
    command += ["--workers", WORKERS, "--blocking-threads", threads]
    command += ["--host", HOST, "--port", str(served.port), f"{served.wsgi}:application"]
    return CommandInstance(
        GRANIAN.format(threads=threads),
        served.port,
        data,
        served.settings,
        served.log,
        command=tuple(command),
    )


def _installed(folder: Path) -> Path:
    """Install the servers into `folder`."""
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    command += ["--require-hashes", "--requirement", str(BASE_DIR / "bench/servers.lock")]
    subprocess.run([*command, "--target", str(folder)], check=True)  # noqa: S603 (our own command)
    return folder
