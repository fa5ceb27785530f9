"""Answer probes: /livez says that this process answers, /readyz that it can do its work.

At any Host, without https, a session or a limit, and in no line of the log but where
something is wrong. What is wrong is named; no error's own words are, as they can hold secrets.
"""

import time
from collections.abc import Callable

import structlog
from django.core.cache import cache
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse

from accounts.checks import encryption_keys

CLOCKS_MAY_DIFFER = 10.0  # seconds

log = structlog.get_logger("health")


def answer_probes(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Answer probes: middleware, the outermost of all."""
    views: dict[str, Callable[[], HttpResponse]] = {"/livez": live, "/readyz": Readiness()}

    def middleware(request: HttpRequest) -> HttpResponse:
        view = views.get(request.path_info)
        if view is None:
            return get_response(request)
        response = view() if request.method in ("GET", "HEAD") else HttpResponse(status=405)
        response["Cache-Control"] = "no-store"
        response["X-Content-Type-Options"] = "nosniff"
        if response.status_code == 405:
            response["Allow"] = "GET, HEAD"
        return response

    return middleware


def live() -> HttpResponse:
    """Answer without asking anybody: restart this process where it does not."""
    return JsonResponse({"status": "ok"})


class Readiness:
    """Answer 200 where all is there that a request may need, 503 where traffic is to wait."""

    _is_migrated = False  # once it is, it stays so for the life of the process

    def __call__(self) -> HttpResponse:
        found = {"database": _state(_database_answers)}
        if found["database"] == "ok":  # the others would each wait for it
            found["migrations"] = _state(self._all_migrated)
            found["cache"] = _state(_cache_keeps)
            found["keys"] = _state(_keys_open)
            found["clock"] = _state(_clock_agrees)
        wrong = [name for name, state in found.items() if state != "ok" and name != "clock"]
        if wrong:
            log.warning("not_ready", wrong=wrong)
        body = {"status": "not ready" if wrong else "ok", "checks": found}
        return JsonResponse(body, status=503 if wrong else 200)

    def _all_migrated(self) -> bool:
        if not self._is_migrated:
            executor = MigrationExecutor(connection)
            waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
            self._is_migrated = not waiting
        return self._is_migrated


def _state(is_good: Callable[[], bool]) -> str:
    try:
        return "ok" if is_good() else "failed"
    except (DatabaseError, OSError, ValueError) as error:
        log.debug("check_failed", why=type(error).__name__)
        return "failed"


def _database_answers() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        return bool(cursor.fetchone())


def _clock_agrees() -> bool:
    """Return whether this node's clock is near the database's. Codes live for a minute: one node
    would refuse what another issues.

    It is told, and no reason to send nobody here: which of the two is wrong cannot be known, and if
    it is the database's, all nodes would be without traffic.
    """
    difference = clock_difference()
    if abs(difference) < CLOCKS_MAY_DIFFER:
        return True
    log.warning("clock_differs", seconds=round(difference))
    return False


def clock_difference() -> float:
    """Return by how many seconds this node's clock is ahead of the database's, where that has one
    of its own."""
    if connection.vendor != "postgresql":
        return 0.0
    with connection.cursor() as cursor:
        cursor.execute("SELECT extract(epoch FROM clock_timestamp())")
        return time.time() - float(cursor.fetchone()[0])


def _cache_keeps() -> bool:
    cache.set("health", "ok", 60)
    return bool(cache.get("health") == "ok")


def _keys_open() -> bool:
    """Return whether ENCRYPTION_KEYS open what was sealed here, and the keys that sign can sign."""
    return not (encryption_keys.lost() or encryption_keys.unopened_signing_keys())
