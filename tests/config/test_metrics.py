"""Metrics beside the site: which worker writes where, and how busy it is."""

import os
import subprocess
import sys
import threading
import tomllib
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.management import call_command
from django_tasks import task
from django_tasks_db.models import DBTaskResult

from accounts.mail import delivery
from accounts.metrics import kinds, server
from accounts.metrics.declared import LIMITS
from accounts.storage.postgresql import tally
from config import VERSION
from config import metrics as arbiter
from config.instance import BASE_DIR, HOST, free_ports
from config.metrics import Sample, give_place, make_folder
from tests.metrics import Metrics


@dataclass
class Worker:
    """What gunicorn's hooks get, as far as they are asked."""

    place: int = -1
    cfg: Any = field(default_factory=lambda: SimpleNamespace(threads=4))

    def load(self) -> tuple[int, int, int]:
        return 5, 2, 1


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


def test_the_port_is_served_until_the_server_ends(settings: Any, transactional_db: None) -> None:
    (settings.METRICS_PORT,) = free_ports(1)
    arbiter.begin()
    try:
        folder = Path(os.environ["PROMETHEUS_MULTIPROC_DIR"])
        arbiter.take_place(Worker(place=3))
        LIMITS.count("token")
        arbiter.serve(Worker(place=3))
        told = scrape(settings.METRICS_PORT)
        arbiter.leave_place(Worker(place=3))
    finally:
        arbiter.end()
        kinds.switch_off()

    assert 'latchkey_limit_refusals_total{limit="token"} 1.0' in told
    assert f'version="{VERSION}"' in told
    assert "latchkey_database_up 1.0" in told
    assert "latchkey_tasks" in told
    assert not folder.exists()


def test_a_port_that_is_taken_is_named(settings: Any) -> None:
    with server.listen(HOST, 0) as other:
        settings.METRICS_PORT = other.getsockname()[1]
        with pytest.raises(SystemExit, match="METRICS_PORT"):
            arbiter.begin()
    assert not kinds.are_on()


def test_without_a_port_nothing_is_opened() -> None:
    arbiter.begin()
    arbiter.serve(Worker())
    arbiter.leave_place(Worker(place=0))
    assert not kinds.are_on()
    assert "metrics" not in {thread.name for thread in threading.enumerate()}


SEEN: list[str] = []


@task()
def look(port: int) -> None:
    """Ask the worker that performs this for its metrics."""
    SEEN.append(scrape(port))


@pytest.fixture
def _queued(settings: Any, transactional_db: None) -> None:
    """TASKS_BACKEND=database"""
    settings.TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}


def work() -> None:
    call_command("db_worker", batch=True, interval=0, startup_delay=False, verbosity=0)


@pytest.mark.usefixtures("_queued")
def test_the_task_worker_tells_what_it_did_at_the_next_port(settings: Any) -> None:
    settings.METRICS_PORT = free_ports(1)[0] - 1
    delivery.deliver.enqueue("not sealed at all")
    look.enqueue(settings.METRICS_PORT + 1)
    work()

    told = SEEN.pop().splitlines()
    assert 'latchkey_tasks_finished_total{outcome="successful",task="deliver"} 1.0' in told
    assert "latchkey_mail_lost_total 1.0" in told
    assert not kinds.are_on()


@pytest.mark.usefixtures("_queued")
def test_a_second_task_worker_of_a_node_works_unseen(
    settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    with server.listen(HOST, 0) as other:
        settings.METRICS_PORT = other.getsockname()[1] - 1
        delivery.deliver.enqueue("not sealed at all")
        work()
    assert "metrics_not_served" in caplog.text
    assert not DBTaskResult.objects.exclude(status="SUCCESSFUL").exists()


def scrape(port: int) -> str:
    with urllib.request.urlopen(f"http://{HOST}:{port}/metrics", timeout=20) as answer:
        return str(answer.read().decode())


def test_it_is_told_how_busy_a_worker_is(metrics: Metrics) -> None:
    Sample(Worker())()

    assert metrics("latchkey_server_workers") == 1
    assert metrics("latchkey_server_threads") == 4
    assert metrics("latchkey_server_connections") == 5
    assert metrics("latchkey_server_requests_in_progress") == 2
    assert metrics("latchkey_server_requests_away") == 1


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
