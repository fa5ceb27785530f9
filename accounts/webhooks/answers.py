"""Read what a receiver answered: whether it took the message, and if not, why and when to come back
(RFC 8935 section 2.3, RFC 9110 section 10.2.3)."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus

import requests

from accounts.models.webhook import ANSWER_LENGTH, Webhook
from accounts.text.cleaning import clean
from accounts.webhooks import authorization

LONGEST_WAIT = 28_800  # seconds, whatever a receiver asks for: as long as the longest wait of ours
_BUSY = (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE)
_UNREADABLE = "invalid_request"  # the one error of RFC 8935 that no later attempt can mend


@dataclass(frozen=True)
class Answer:
    """Hold what became of an attempt. `problem` is "" where the receiver took it; `is_ours` where
    the receiver was not asked, and is not to blame; `is_final` where it will never take it;
    `wait` is for how many seconds it wants to be left alone."""

    problem: str
    status: int | None = None
    text: str = ""
    seconds: float = 0.0
    is_ours: bool = False
    is_final: bool = False
    wait: float = 0.0


def read(webhook: Webhook, response: requests.Response, seconds: float) -> Answer:
    status = response.status_code
    content = authorization.withheld(webhook.authorization_header, response.content)
    text = content[: 4 * ANSWER_LENGTH].decode(errors="replace")
    error = _error(status, content) if webhook.format == Webhook.EVENT_TOKENS else ""
    problem = "" if 200 <= status < 300 else f"status {status}"
    return Answer(
        clean(f"{problem}: {error}", 200) if problem and error else problem,
        status,
        clean(text, ANSWER_LENGTH),
        seconds,
        is_final=error == _UNREADABLE,
        wait=_wait(response) if status in _BUSY else 0.0,
    )


def _error(status: int, content: bytes) -> str:
    """Return the `err` of an answer of 400, "" where there is none."""
    if status != HTTPStatus.BAD_REQUEST:
        return ""
    try:
        told = json.loads(content)
    except (ValueError, RecursionError):
        return ""
    error = told.get("err") if isinstance(told, dict) else None
    return error if isinstance(error, str) else ""


def _wait(response: requests.Response) -> float:
    """Return how many seconds Retry-After asks for, within bounds; 0 where it cannot be read."""
    text = response.headers.get("Retry-After", "").strip()
    if text.isascii() and text.isdecimal():
        return float(min(int(text[:9]), LONGEST_WAIT))
    try:
        until = parsedate_to_datetime(text)
    except (ValueError, OverflowError):  # of numbers without end
        return 0.0
    if until.tzinfo is None:
        until = until.replace(tzinfo=UTC)
    return min(max((until - datetime.now(UTC)).total_seconds(), 0.0), LONGEST_WAIT)
