"""Write security events to a file as they are read: JSON Lines, or CSV.

Read in pieces by a place in their order and not by a number, so that neither an event is left out
nor told twice while others are added.
"""

import csv
import json
from collections.abc import Callable, Iterator
from datetime import UTC
from typing import Any

from django.db.models import Q, QuerySet

from accounts.models import SecurityEvent

MOST = 100_000  # events of one file, the newest ones
PIECE = 1_000  # events that one statement reads

COLUMNS = (
    *("id", "at", "kind", "outcome", "actor", "sub", "client_id", "address", "user_agent"),
    *("request_id", "details"),
)
# A spreadsheet takes a cell for a formula that begins with one of these, which may fetch from
# anywhere what is in the other cells.
_BEGINS_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def json_lines(events: QuerySet[SecurityEvent], **bounds: int) -> Iterator[bytes]:
    for event in _newest_first(events, **bounds):
        yield json.dumps(_facts(event), ensure_ascii=False).encode() + b"\n"


def comma_separated(events: QuerySet[SecurityEvent]) -> Iterator[bytes]:
    """Write CSV (RFC 4180). A cell that a spreadsheet would run is led by an apostrophe."""
    writer = csv.writer(_Line())
    yield writer.writerow(COLUMNS)
    for event in _newest_first(events):
        facts = _facts(event)
        facts["details"] = json.dumps(facts["details"], ensure_ascii=False)
        yield writer.writerow(_harmless(str(facts[name])) for name in COLUMNS)


FORMATS: dict[str, Callable[[QuerySet[SecurityEvent]], Iterator[bytes]]] = {
    "jsonl": json_lines,
    "csv": comma_separated,
}
NAMES = {"csv": "CSV", "jsonl": "JSON Lines"}
CONTENT_TYPES = {"jsonl": "application/jsonl; charset=utf-8", "csv": "text/csv; charset=utf-8"}


def is_cut(events: QuerySet[SecurityEvent], most: int = MOST) -> bool:
    """Return whether a file holds fewer than all of them."""
    return events.order_by("-at", "-pk")[most : most + 1].exists()


class _Line:
    """Return to csv.writer, as its file, what it writes."""

    def write(self, line: str) -> bytes:
        return line.encode()


def _harmless(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_BEGINS_FORMULA) else cell


def _facts(event: SecurityEvent) -> dict[str, Any]:
    return {
        "id": event.pk,
        "at": event.at.astimezone(UTC).isoformat(),
        "kind": event.kind,
        "outcome": event.outcome,
        "actor": event.actor,
        "sub": event.sub,
        "client_id": event.client_public_id,
        "address": event.address,
        "user_agent": event.user_agent,
        "request_id": event.request_id,
        "details": event.details,
    }


def _newest_first(
    events: QuerySet[SecurityEvent], *, most: int = MOST, piece: int = PIECE
) -> Iterator[SecurityEvent]:
    ordered = events.select_related(None).order_by("-at", "-pk")
    following, left = ordered, most
    while left:
        rows = list(following[: min(piece, left)])
        yield from rows
        left -= len(rows)
        if len(rows) < piece:
            return
        last = rows[-1]
        before = Q(at__lt=last.at) | Q(at=last.at, pk__lt=last.pk)
        following = ordered.filter(before, at__lte=last.at)
