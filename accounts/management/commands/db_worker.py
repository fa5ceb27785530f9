"""Perform background tasks, as django-tasks-db does, tell webhooks what happened, and outlive a
restart of PostgreSQL. Show metrics on the port after the site's, where METRICS_PORT is set.

Its own worker ends with the first statement that finds no database. A process manager would start
it again, but not as often as it likes to be, and `make run` has none.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from socket import socket
from typing import Any

import structlog
from django.conf import settings
from django.db import InterfaceError, OperationalError, connection
from django_tasks_db.management.commands import db_worker

from accounts.metrics import kinds, server
from accounts.webhooks import worker

WAIT_SECONDS = 2.0

log = structlog.get_logger("tasks")


class Command(db_worker.Command):
    def handle(self, *args: Any, **options: Any) -> None:
        with _showing_metrics():
            if options["batch"]:
                self._work(*args, **options)
                worker.work_off()
                return
            with worker.working():
                self._work(*args, **options)

    def _work(self, *args: Any, **options: Any) -> None:
        while True:
            try:
                super().handle(*args, **options)
            except (OperationalError, InterfaceError) as error:
                if options["batch"]:
                    raise
                log.warning("database_is_away", error=type(error).__name__)
                connection.close()
                time.sleep(WAIT_SECONDS)
            else:
                return


@contextmanager
def _showing_metrics() -> Iterator[None]:
    listening = _listen() if settings.METRICS_PORT else None
    if listening is None:
        yield
        return
    kinds.switch_on()
    shown = server.serve(listening, kinds.measured)
    try:
        yield
    finally:
        shown.stop()
        kinds.switch_off()


def _listen() -> socket | None:
    """Open the port, None where it is another's, such as a worker's of the same node: to be seen
    matters less than to work."""
    port = settings.METRICS_PORT + 1
    try:
        return server.listen(settings.METRICS_HOST, port)
    except OSError as error:
        log.warning("metrics_not_served", port=port, why=error.strerror)
        return None
