"""Filter lists of events by what a query says. An error names the parameter."""

from datetime import datetime
from typing import Any

from drf_spectacular.utils import OpenApiParameter
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

from accounts.own_account import facts
from api.problems import Problem
from api.serializers import Instant

_LONGEST = 100  # characters of a client ID

NAMES = ("kind", "outcome", "since", "until", "client")
PARAMETERS = [
    OpenApiParameter("kind", str, description="Only events of this kind.", enum=facts.KINDS),
    OpenApiParameter("outcome", str, description="Only those that ended so.", enum=facts.OUTCOMES),
    OpenApiParameter("since", datetime, description="Only those at this time or later."),
    OpenApiParameter("until", datetime, description="Only those before this time."),
    OpenApiParameter(
        "client",
        {"type": "string", "minLength": 1, "maxLength": _LONGEST, "pattern": "^[!-~]+$"},
        description="Only those by way of the client with this ID.",
    ),
]


def narrowed(request: Request, rows: Any) -> Any:
    """Return those of `rows` that the query asks for. Raises Problem for what it cannot mean."""
    query = request.query_params
    filters: dict[str, Any] = {}
    for name, column, read in _READ:
        if name in query:
            filters[column] = read(name, query[name])
    return rows.filter(**filters)


def _one_of(known: tuple[str, ...]) -> Any:
    def read(name: str, text: str) -> str:
        if text not in known:
            raise _refusal(name, f"One of: {', '.join(known)}.")
        return text

    return read


def _time(name: str, text: str) -> datetime:
    try:
        found: datetime = Instant().to_internal_value(text)
    except ValidationError as error:
        detail = "A time as RFC 3339 has it, such as 2030-12-31T00:00:00Z; + is %2B."
        raise _refusal(name, detail) from error
    return found


def _client_id(name: str, text: str) -> str:
    if not (0 < len(text) <= _LONGEST and all("!" <= each <= "~" for each in text)):
        raise _refusal(name, "The client ID of an app.")
    return text


def _refusal(name: str, detail: str) -> Problem:
    return Problem("invalid-parameter", errors=[{"parameter": name, "detail": detail}])


_READ: tuple[tuple[str, str, Any], ...] = (
    ("kind", "kind", _one_of(facts.KINDS)),
    ("outcome", "outcome", _one_of(facts.OUTCOMES)),
    ("since", "at__gte", _time),
    ("until", "at__lt", _time),
    ("client", "client_public_id", _client_id),
)
