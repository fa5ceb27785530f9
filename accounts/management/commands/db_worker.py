"""Perform background tasks, as django-tasks-db does, and outlive a restart of PostgreSQL.

Its own worker ends with the first statement that finds no database. A process manager would start
it again, but not as often as it likes to be, and `make run` has none.
"""

import time
from typing import Any

import structlog
from django.db import InterfaceError, OperationalError, connection
from django_tasks_db.management.commands import db_worker

WAIT_SECONDS = 2.0

log = structlog.get_logger("tasks")


class Command(db_worker.Command):
    def handle(self, *args: Any, **options: Any) -> None:
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
