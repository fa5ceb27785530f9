"""Write one log line for each request: with its id, and never a query string, as codes travel
there. And count it, where metrics are on (config/request_metrics.py)."""

import logging
import re
import time
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from accounts.metrics import kinds
from accounts.network.client_address import client_address
from accounts.site import request_id
from config.request_metrics import count

log = logging.getLogger("request")

# allauth mails a key for a new password as a part of a path.
_RESET_KEY = re.compile(r"(/password/reset/key/).+")


class RequestLog:
    """Log each request, and send its id as a header: middleware, outside of all that answers."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        started, begun = time.perf_counter(), request_id.begin()
        try:
            response = self.get_response(request)
            response.headers["X-Request-ID"] = request_id.current()
            seconds = time.perf_counter() - started
            _write(request, response, seconds)
            if kinds.are_on():
                count(request, response, seconds)
        finally:
            request_id.end(begun)
        return response


def _write(request: HttpRequest, response: HttpResponse, seconds: float) -> None:
    level = _level(response.status_code)
    if not log.isEnabledFor(level):
        return
    path = _RESET_KEY.sub(r"\1…", request.path)
    line = {
        "event": "request_finished",
        "request": f"{request.method} {path}",
        "code": response.status_code,
        "ms": round(seconds * 1000, 1),
        "address": client_address(request),
        "request_id": request_id.current(),
    }
    # Without a look at who calls: that is always this one.
    log.handle(log.makeRecord(log.name, level, __file__, 0, line, (), None))


def _level(status: int) -> int:
    if status >= 500:
        return logging.ERROR
    return logging.WARNING if status >= 400 else logging.INFO
