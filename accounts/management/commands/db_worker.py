"""Perform background tasks, as django-tasks-db does, and outlive a restart of PostgreSQL. Show
metrics on the port after the site's, where METRICS_PORT is set.

Its own worker ends with the first statement that finds no database. A process manager would start
it again, but not as often as it likes to be, and `make run` has none.
"""

import time
from typing import Any

import structlog
from django.conf import settings
from django.db import InterfaceError, OperationalError, connection
from django_tasks_db.management.commands import db_worker

from accounts.metrics import kinds, server

WAIT_SECONDS = 2.0

log = structlog.get_logger("tasks")


class Command(db_worker.Command):
    def handle(self, *args: Any, **options: Any) -> None:
        if settings.METRICS_PORT:
            _show_metrics(settings.METRICS_HOST, settings.METRICS_PORT + 1)
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


def _show_metrics(host: str, port: int) -> None:
    """Work without being seen where the port is another's: a worker of the same node, say."""
    try:
        listening = server.listen(host, port)
    except OSError as error:
        log.warning("metrics_not_served", port=port, why=error.strerror)
        return
    kinds.switch_on()
    server.serve(listening, kinds.measured)
