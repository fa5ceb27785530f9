"""Do what webhooks need, beside the tasks of `manage.py db_worker`: a slow receiver holds up
neither."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import structlog
from django.db import InterfaceError, OperationalError, close_old_connections, connection

from accounts.webhooks import queue, sending

PAUSE_SECONDS = 1.0  # between two looks
_END_SECONDS = 15.0  # an attempt that is under way is waited for so long

log = structlog.get_logger("webhooks")


def turn() -> int:
    """Collect what happened and make the attempts that are due; return how many these were."""
    queue.collect()
    return sending.send()


def work_off() -> None:
    """Take turns until there is nothing to do."""
    while turn():
        pass


@contextmanager
def working() -> Iterator[None]:
    """Take turns in a thread until the block ends."""
    ended = threading.Event()
    thread = threading.Thread(target=_work, args=[ended], name="webhooks", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join(_END_SECONDS)


def _work(ended: threading.Event) -> None:
    while not ended.is_set():
        close_old_connections()
        try:
            has_more = bool(turn())
        except (OperationalError, InterfaceError) as error:
            log.warning("database_is_away", error=type(error).__name__)
            connection.close()
            has_more = False
        except Exception as error:  # noqa: BLE001 (or nobody would be told of anything any more)
            log.error("webhooks_broke", error=type(error).__name__)
            has_more = False
        if not has_more:
            ended.wait(PAUSE_SECONDS)
    connection.close()
