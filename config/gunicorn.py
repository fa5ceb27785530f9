"""Configure gunicorn, here and in production: `gunicorn -c python:config.gunicorn`.

WEB_CONCURRENCY, FORWARDED_ALLOW_IPS and GUNICORN_CMD_ARGS are gunicorn's own variables.
"""

import os
import sys
from pathlib import Path
from typing import Any

from config.web_worker.turns import Counts, Turn

wsgi_app = "config.wsgi"
bind = f"127.0.0.1:{os.environ.get('PORT', '8000')}"
proc_name = "latchkey"

# With threads, of which nobody who is slow holds one.
worker_class = "config.web_worker.worker.Worker"
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
threads = int(os.environ.get("WEB_THREADS", "4"))
preload_app = True  # loaded once, shared by the workers: quicker to start, smaller in memory

timeout = 30
graceful_timeout = 15  # a third party that takes its time is waited for
keepalive = 5
# The site says itself that an address is too long (accounts/limits/bodies.py), by a page or in the
# format of the endpoint; the worker refuses more than 64 KiB of request line and header fields.
limit_request_line = 0
sendfile = False  # answers go through the worker, which waits for slow readers
# A worker proves that it lives by touching a file; on a disk that can take long.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108 (not for data)

accesslog = None  # the site writes its own, without query strings: codes travel there
loglevel = "warning"
control_socket_disable = True  # it would be shared by every instance in the home directory

# A thread lets the interpreter go for each statement of the database, and where another one
# computes it gets it back after this time, while it may hold a lock that all processes wait for:
# with Python's own 5 milliseconds, up to ten times in the transaction of a refresh.
SWITCH_SECONDS = 0.0005


def on_starting(server: Any) -> None:
    """Refuse settings with which no page could work, before anybody is told that it serves."""
    from config.prepare import refuse_errors

    refuse_errors()


_counts = Counts()


def pre_fork(server: Any, worker: Any) -> None:
    from config import metrics

    metrics.give_place(server.WORKERS.values(), worker)
    worker.turn = Turn(_counts, worker.place)


def post_fork(server: Any, worker: Any) -> None:
    from config import metrics

    metrics.take_place(worker)


def post_worker_init(worker: Any) -> None:
    from config import between_requests, metrics

    between_requests.take_over()
    sys.setswitchinterval(SWITCH_SECONDS)
    metrics.serve(worker)


def when_ready(server: Any) -> None:
    from django.db import connection

    from config import metrics
    from config.warm import warm

    warm()  # of which nothing is counted
    connection.close()  # each worker has its own
    metrics.begin()


def child_exit(server: Any, worker: Any) -> None:
    from config import metrics

    _counts.leave(worker.place)
    metrics.leave_place(worker)


def on_exit(server: Any) -> None:
    from config import metrics

    metrics.end()
