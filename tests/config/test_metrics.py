"""Metrics beside the site: which worker writes where, and how busy it is."""

import os
import subprocess
import sys
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from accounts.storage.postgresql import tally
from config import VERSION
from config.instance import BASE_DIR
from config.metrics import Sample, give_place, make_folder
from tests.metrics import Metrics


@dataclass
class Worker:
    """What gunicorn's hooks get, as far as they are asked."""

    place: int = -1
    cfg: Any = field(default_factory=lambda: SimpleNamespace(threads=4))

    def load(self) -> tuple[int, int]:
        return 5, 2


def test_a_new_worker_takes_the_first_place_that_is_free() -> None:
    workers: list[Worker] = []
    for _ in range(3):
        new = Worker()
        give_place(workers, new)
        workers.append(new)
    assert [worker.place for worker in workers] == [0, 1, 2]

    del workers[1]
    new = Worker()
    give_place(workers, new)
    assert new.place == 1


def test_a_folder_is_the_servers_alone_and_those_of_dead_ones_go(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, text=True
    )
    ended = tmp_path / f"latchkey-metrics-{done.stdout.strip()}-abc"
    running = tmp_path / f"latchkey-metrics-{os.getppid()}-abc"
    foreign = tmp_path / "latchkey-metrics-of-mine"
    for each in (ended, running, foreign):
        each.mkdir()
        (each / "counter_0.db").touch()

    folder = make_folder(tmp_path)

    assert set(tmp_path.iterdir()) == {running, foreign, folder}
    assert list(folder.iterdir()) == []
    assert folder.stat().st_mode & 0o777 == 0o700


def test_it_is_told_how_busy_a_worker_is(metrics: Metrics) -> None:
    Sample(Worker())()

    assert metrics("latchkey_server_workers") == 1
    assert metrics("latchkey_server_threads") == 4
    assert metrics("latchkey_server_connections") == 5
    assert metrics("latchkey_server_requests_in_progress") == 2


def test_what_a_worker_does_for_connections_is_told_once(metrics: Metrics) -> None:
    sample = Sample(Worker())
    tally.counts.update({tally.OPENED: 3, tally.IN_VAIN: 2})
    sample()
    tally.counts.update({tally.OPENED: 1, tally.REPLACED: 1})
    sample()
    sample()

    assert metrics("latchkey_database_connections_opened_total") == 4
    assert metrics("latchkey_database_connections_in_vain_total") == 2
    assert metrics("latchkey_database_connections_replaced_total") == 1


def test_the_version_is_that_of_the_project() -> None:
    project = tomllib.loads((BASE_DIR / "pyproject.toml").read_text())["project"]
    assert project["version"] == VERSION
