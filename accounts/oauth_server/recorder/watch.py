"""Watch an endpoint for the recorder: `recorded` is the one line by which an endpoint joins.

While nobody records a client, its requests take no statement for this: the row that each of them
reads anyway says so. A request whose client nobody looked up, as it could not prove itself, takes
one, which is the same whoever is named.

What is kept is written after the answer is there and its transaction over: what was refused and
rolled back is kept, too, and a recorder that fails fails nothing else.
"""

import time
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any

import structlog
from django.db import DatabaseError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from accounts.oauth_server.models import Client, RecordedRequest, Recording
from accounts.oauth_server.recorder import answers, requests
from accounts.oauth_server.recorder.redaction import Redaction, plain
from accounts.oauth_server.wire import told
from accounts.oauth_server.wire.endpoint import View
from accounts.site import request_id

log = structlog.get_logger(__name__)

_FAILED_HERE = 500
# What reading strange bytes and writing rows can raise. The request has been answered by then.
_FAILURES = (DatabaseError, ValueError, TypeError, LookupError, AttributeError, RecursionError)


def recorded(endpoint: str) -> Callable[[View], View]:
    """Record what is sent to a view and answered, while an admin wants that of the client."""

    def decorator(view: View) -> View:
        @wraps(view)
        def watched(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            told.begin()
            began = time.monotonic()
            response, is_away = None, False
            try:
                response = view(request, *args, **kwargs)
            except OperationalError:  # who waits for the database need not wait for it twice
                is_away = True
                raise
            finally:
                client = told.client()
                is_wanted = client is None or client.recorded_until is not None
                if is_wanted and not is_away:
                    _keep(endpoint, request, response, client, began)
            return response

        return watched

    return decorator


def _keep(
    endpoint: str,
    request: HttpRequest,
    response: HttpResponse | None,
    client: Client | None,
    began: float,
) -> None:
    seconds = time.monotonic() - began
    try:
        recording = _recording(request, response, client)
        if recording:
            row = _row(recording, request, response, seconds)
            row.endpoint = endpoint
            Recording.objects.keep(row)
    except _FAILURES as error:
        log.error("request_not_recorded", endpoint=endpoint, problem=type(error).__name__)


def _recording(
    request: HttpRequest, response: HttpResponse | None, client: Client | None
) -> Recording | None:
    """Return the recording that the request belongs to: of the client that it is from, or that it
    names in vain. The statement names no client, so that it takes as long whoever is named."""
    if client is None and response is not None and response.status_code < 400:
        return None  # of nobody: as when a personal token is revoked
    until = client.recorded_until if client else None
    if until is not None and until < timezone.now():
        return None
    client_id = client.client_id if client else requests.named_in(request)
    if not client_id:
        return None
    opened = Recording.objects.open().select_related("client")
    return next((each for each in opened if each.client.client_id == client_id), None)


def _row(
    recording: Recording, request: HttpRequest, response: HttpResponse | None, seconds: float
) -> RecordedRequest:
    by = Redaction(recording.client, str(recording.pk))
    answered = answers.written(response, by)
    error, problem = answers.error_of(answered)
    refusal = told.refusal()
    if refusal is not None and not error:
        error, problem = refusal.error or "", refusal.description or ""
    return RecordedRequest(
        recording=recording,
        at=timezone.now() - timedelta(seconds=seconds),
        milliseconds=round(seconds * 1000),
        method=plain(request.method or "")[:10],
        status=response.status_code if response else _FAILED_HERE,
        request_id=request_id.current(),
        error=error[:100],
        problem=plain(problem)[:400],
        sent=requests.written(request, by),
        answered=answered,
    )
