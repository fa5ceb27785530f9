"""The topology of compose.yaml on this machine: PostgreSQL, Redis, nginx, two nodes, a worker.

Everything listens on loopback, at free ports, and keeps what it has in one temporary folder.
"""

import contextlib
import http.client
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from config.instance import (
    HOST,
    START_SECONDS,
    Instance,
    NotStartedError,
    Process,
    free_ports,
    prepare,
    stop,
)
from tests import postgres
from tests.cluster.services import Proxy, Redis

# What is answered must be there after a crash of PostgreSQL, as it is where people use it. The
# machine itself does not crash, so the disk need not be waited for.
_LEFT_OUT_SECONDS = 2.5  # fail_timeout in deploy/nginx.conf.template, and a little more

DURABLE = {"synchronous_commit": "on"}
# Whoever waits a second for a lock is in PostgreSQL's log.
TELLING = {"log_lock_waits": "on", "deadlock_timeout": "1s", "log_line_prefix": "[%a] "}


@dataclass
class Node:
    """Run one web node: gunicorn with its worker processes, as production does."""

    instance: Instance

    def start(self, **more: str) -> None:
        """Start it; `more` is for its environment alone. See `wait`."""
        everywhere = self.instance
        instance = Instance(
            everywhere.name,
            everywhere.port,
            everywhere.data_dir,
            everywhere.settings | more,
            everywhere.log,
        )
        self.process = instance.start(
            "-m", "gunicorn", "-c", "python:config.gunicorn", "config.wsgi", stream=None
        )

    def wait(self) -> None:
        """Return once it is ready for traffic. Raises NotStartedError where that does not come."""
        deadline = time.monotonic() + START_SECONDS
        while self.ready() != http.client.OK:
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise NotStartedError(f"{self.instance.name} did not start.")
            time.sleep(0.05)

    def wait_for_traffic(self) -> None:
        """Return once the proxy, too, takes it for ready, which leaves out for a time whoever did
        not answer: until then the other node must not go away."""
        self.wait()
        time.sleep(_LEFT_OUT_SECONDS)

    def ready(self) -> int | None:
        """Return what /readyz answers, None where nobody does."""
        connection = http.client.HTTPConnection(HOST, self.instance.port, timeout=5)
        try:
            connection.request("GET", "/readyz")
            return connection.getresponse().status
        except (OSError, http.client.HTTPException):
            return None
        finally:
            connection.close()

    def stop(self) -> None:
        stop(self.process)


@dataclass
class Cluster:
    """Hold what runs. `url` is where people and apps reach it, by way of the proxy."""

    database: postgres.Server
    redis: Redis
    nodes: tuple[Node, Node]
    worker: Process
    proxy: Proxy

    @property
    def url(self) -> str:
        return self.proxy.url

    def manage(self, *command: str) -> str:
        """Run a command of manage.py on the cluster's data."""
        return self.nodes[0].instance.manage(*command)

    def ended(self) -> str:
        """Return the name of a process that has ended by itself, "" where all run."""
        processes = {
            "Redis": self.redis.process,
            "The proxy": self.proxy.process,
            "The worker": self.worker,
            **{node.instance.name: node.process for node in self.nodes},
        }
        return next((name for name, each in processes.items() if each.poll() is not None), "")


@contextlib.contextmanager
def running(**settings: str) -> Iterator[Cluster]:
    """Run the whole topology until the block ends. `settings` are the site's, beside its own.

    Raises NotStartedError where a part of it does not start.
    """
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="latchkey-cluster-")))
        database = stack.enter_context(postgres.server(DURABLE | TELLING))
        redis_port, port, plain_port, *ports = free_ports(5)
        redis = Redis(folder, redis_port)
        redis.start()
        stack.callback(redis.stop)
        proxy = Proxy(folder / "proxy", port, plain_port, (ports[0], ports[1]))
        shared = {
            "SITE_URL": proxy.url,
            "DATABASE_URL": database.url,
            "REDIS_URL": redis.url,
            "TASKS_BACKEND": "database",
            "TRUSTED_PROXIES": "1",
        }
        first, second = (
            Node(
                Instance(f"Node {number}", each, folder / "data", shared | settings, folder / "log")
            )
            for number, each in enumerate(ports, 1)
        )
        prepare(first.instance)
        worker = first.instance.start("manage.py", "db_worker", stream=None)
        stack.callback(stop, worker)
        for node in (first, second):
            node.start()
            stack.callback(node.stop)
        stack.callback(lambda: first.process.terminate())  # so that both stop at once
        proxy.start()
        stack.callback(proxy.stop)
        cluster = Cluster(database, redis, (first, second), worker, proxy)
        for node in (first, second):
            node.wait()
        if ended := cluster.ended():
            raise NotStartedError(f"{ended} did not start.")
        yield cluster
