"""Write one log line for each request: with its id, and never a query string, as codes travel
there."""

import logging
import re
import time
import uuid
from collections.abc import Callable

import structlog
from django.http import HttpRequest, HttpResponse

from accounts.network.client_address import client_address

log = structlog.get_logger("request")

# allauth mails a key for a new password as a part of a path.
_RESET_KEY = re.compile(r"(/password/reset/key/).+")


class RequestLog:
    """Log each request, and send its id as a header: middleware, outside of all that answers."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        started = time.perf_counter()
        request_id = str(uuid.uuid4())
        structlog.contextvars.bind_contextvars(request_id=request_id)
        try:
            response = self.get_response(request)
            response["X-Request-ID"] = request_id
            _write(request, response, time.perf_counter() - started)
        finally:
            structlog.contextvars.clear_contextvars()
        return response


def _write(request: HttpRequest, response: HttpResponse, seconds: float) -> None:
    path = _RESET_KEY.sub(r"\1…", request.path)
    log.log(
        _level(response.status_code),
        "request_finished",
        request=f"{request.method} {path}",
        code=response.status_code,
        ms=round(seconds * 1000, 1),
        address=client_address(request),
    )


def _level(status: int) -> int:
    if status >= 500:
        return logging.ERROR
    return logging.WARNING if status >= 400 else logging.INFO
