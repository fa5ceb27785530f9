"""Run PostgreSQL as people run it: what it has confirmed is on the disk."""

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

import psycopg

from tests.postgres import cluster

DURABLE = {
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "autovacuum": "on",
}


@dataclass(frozen=True)
class Server:
    url: str
    pid: int

    @property
    def dsn(self) -> str:
        return self.url.replace("postgres://", "postgresql://")

    def database(self, name: str) -> str:
        """Make a database; return its URL."""
        with psycopg.connect(self.dsn, autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}"')
        return f"{self.url.rpartition('/')[0]}/{name}"

    def version(self) -> str:
        with psycopg.connect(self.dsn) as connection:
            number = connection.info.server_version
        return f"{number // 10_000}.{number % 10_000}"


@contextlib.contextmanager
def durable(settings: Mapping[str, str] | None = None) -> Iterator[Server]:
    """Run PostgreSQL for the block, with further `settings` of its own."""
    with cluster(DURABLE | dict(settings or {})) as url:
        folder = unquote(urlsplit(url).netloc.rpartition("@")[2])
        pid = int(Path(folder, "data/postmaster.pid").read_text().split()[0])
        yield Server(url, pid)
