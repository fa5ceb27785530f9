"""Serve metrics beside the site, on METRICS_PORT: gunicorn's hooks call this.

The arbiter opens the port and hands it to its workers; each answers there from a thread of its
own, for all of them together (accounts/metrics/). The arbiter itself runs no thread: it forks.
"""

import os
import shutil
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from socket import socket
from typing import Any

from django.conf import settings

from accounts.checks.figures import Figures, build, read
from accounts.metrics import declared, kinds, server
from accounts.storage.postgresql import tally
from config import VERSION

_MEMORY = Path("/dev/shm")  # noqa: S108 (in a folder that nobody else may enter)
_NAMED = "latchkey-metrics-"
_CONNECTIONS = {
    tally.OPENED: declared.DATABASE_OPENED,
    tally.IN_VAIN: declared.DATABASE_IN_VAIN,
    tally.REPLACED: declared.DATABASE_REPLACED,
}


class _Opened:
    """Hold what the arbiter has opened for its workers."""

    port: socket | None = None
    folder: Path | None = None
    answering: server.Server | None = None  # in a worker


_opened = _Opened()


# --- In the arbiter ---


def begin() -> None:
    """Open the port, and switch metrics on for what is forked from here. Exits, with words for the
    terminal, where the port cannot be had."""
    if not settings.METRICS_PORT:
        return
    host, port = settings.METRICS_HOST, settings.METRICS_PORT
    try:
        _opened.port = server.listen(host, port)
    except OSError as error:
        sys.exit(f"Metrics cannot be served at {host}, port {port} (METRICS_PORT): {error}")
    _opened.folder = make_folder(_MEMORY if os.access(_MEMORY, os.W_OK) else settings.DATA_DIR)
    kinds.switch_on(_opened.folder)


def make_folder(place: Path) -> Path:
    """Make an empty folder for what is measured, and remove those of servers that were killed. In
    memory, as a worker must not wait for a disk when it counts."""
    for folder in place.glob(f"{_NAMED}*"):
        if _is_left(folder):
            shutil.rmtree(folder, ignore_errors=True)
    return Path(tempfile.mkdtemp(prefix=f"{_NAMED}{os.getpid()}-", dir=place))


def _is_left(folder: Path) -> bool:
    """Return whether the server that made the folder, of the same user, has ended."""
    pid = folder.name.removeprefix(_NAMED).partition("-")[0]
    if not pid.isdecimal() or folder.lstat().st_uid != os.getuid():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except PermissionError:  # another user's by now
        return True
    return int(pid) == os.getpid()


def give_place(workers: Iterable[Any], worker: Any) -> None:
    """Give a new worker the first place that none has: it goes on with the files of whoever had it
    before, so that there are never more of them than workers at a time."""
    taken = {each.place for each in workers}
    worker.place = next(place for place in range(len(taken) + 1) if place not in taken)


def leave_place(worker: Any) -> None:
    if kinds.are_on():
        kinds.writer_died(str(worker.place))


def end() -> None:
    """Leave nothing behind, nor a port that is open."""
    if _opened.answering:
        _opened.answering.stop()
    elif _opened.port:
        _opened.port.close()
    if _opened.folder:
        shutil.rmtree(_opened.folder, ignore_errors=True)
    _opened.answering = _opened.port = _opened.folder = None


# --- In a worker ---


def take_place(worker: Any) -> None:
    kinds.write_as(str(worker.place))


def serve(worker: Any) -> None:
    """Answer scrapes, and note all the time how busy this worker is."""
    if _opened.port is None:
        return
    figures = Figures(read)
    sample = Sample(worker)
    _opened.answering = server.serve(
        _opened.port, lambda: [*kinds.measured(), *figures(), *build(VERSION)], sample
    )


class Sample:
    """Note how busy a worker is, and what it does for connections to PostgreSQL."""

    def __init__(self, worker: Any) -> None:
        self._worker = worker
        self._told = tally.counts.copy()  # what the arbiter did is not this worker's

    def __call__(self) -> None:
        connections, in_progress, away = self._worker.load()
        declared.WORKERS.is_at(1)
        declared.THREADS.is_at(self._worker.cfg.threads)
        declared.CONNECTIONS.is_at(connections)
        declared.IN_PROGRESS.is_at(in_progress)
        declared.AWAY.is_at(away)
        for name, metric in _CONNECTIONS.items():
            metric.count(by=tally.counts[name] - self._told[name])
            self._told[name] = tally.counts[name]
