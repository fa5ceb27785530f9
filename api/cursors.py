"""Page through lists by cursors: sealed positions, so that rows that come or go meanwhile neither
repeat a row nor skip one.

A cursor opens in the list that it was made for, with its filters, for the person and the client
that it was given to. The Link header (RFC 8288) has the addresses of the pages beside this one.
"""

import hashlib
import json
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import urlencode

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from rest_framework.request import Request
from rest_framework.response import Response

from api.authentication import access_of
from api.problems import Problem

LIMIT, AT_MOST = 30, 100


class _Cursor(NamedTuple):
    """Hold where a page begins: after the row of this position, or before it (`is_back`)."""

    is_back: bool
    position: list[Any]


def page(
    request: Request,
    rows: "QuerySet[Any]",
    *,
    by: tuple[str, ...] = ("-pk",),
    show: Callable[[Any], Any],
    goes_on: bool = False,
    filters: Iterable[str] = (),
) -> Response:
    """Answer with one page of `rows`, each as `show` has it. `filters` are the parameters that the
    query may have beside those of pages: of a misspelt one, a list would be of everything.

    `by` are columns of which each row has a value, all rising or all falling, and which together
    no two rows share. `goes_on`: rows come at its end, so that there always is a next page, which
    may be empty yet.
    """
    _check_names(request, {"limit", "cursor", *filters})
    limit, cursor = _limit(request), _cursor(request)
    is_back = cursor is not None and cursor.is_back
    order = [_turned(each) for each in by] if is_back else list(by)
    found = list(_beyond(rows, order, cursor).order_by(*order)[: limit + 1])
    has_more, shown = len(found) > limit, found[:limit]
    if is_back:
        shown.reverse()
    has_next, has_before = (True, has_more) if is_back else (has_more, cursor is not None)
    links = {"first": _address(request, None)}
    if shown and has_before:
        links["prev"] = _address(request, _Cursor(True, _position(shown[0], by)))
    if shown and (has_next or goes_on):
        links["next"] = _address(request, _Cursor(False, _position(shown[-1], by)))
    elif goes_on:
        links["next"] = _address(request, cursor)
    header = ", ".join(f'<{address}>; rel="{relation}"' for relation, address in links.items())
    return Response([show(row) for row in shown], headers={"Link": header})


def _check_names(request: Request, known: set[str]) -> None:
    errors = [
        {"parameter": name, "detail": "It may be there once."}
        if name in known
        else {"parameter": name, "detail": f"Known here are: {', '.join(sorted(known))}."}
        for name, values in request.query_params.lists()
        if name not in known or len(values) > 1
    ]
    if errors:
        raise Problem("invalid-parameter", errors=errors)


def position(request: Request) -> list[Any]:
    """Return behind which row the page begins that `request` asks for, as columns of `by`; empty
    where it begins with the first one or ends before a row."""
    cursor = _cursor(request)
    return [] if cursor is None or cursor.is_back else cursor.position


def _beyond(rows: "QuerySet[Any]", order: list[str], cursor: _Cursor | None) -> "QuerySet[Any]":
    if cursor is None:
        return rows
    beyond, same = Q(), Q()
    for column, value in zip(order, cursor.position, strict=True):
        name = column.removeprefix("-")
        beyond |= same & Q(**{f"{name}__{'lt' if column.startswith('-') else 'gt'}": value})
        same &= Q(**{name: value})
    try:
        return rows.filter(beyond)
    except (ValueError, ValidationError) as error:  # sealed for columns of another type, once
        raise _refusal() from error


def _turned(column: str) -> str:
    return column.removeprefix("-") if column.startswith("-") else f"-{column}"


def _position(row: Any, by: tuple[str, ...]) -> list[Any]:
    values = [getattr(row, column.removeprefix("-")) for column in by]
    return [value if isinstance(value, int | str) else value.isoformat() for value in values]


def _limit(request: Request) -> int:
    text = request.query_params.get("limit", str(LIMIT))
    if text.isascii() and text.isdecimal() and len(text) < 4 and 1 <= int(text) <= AT_MOST:
        return int(text)
    detail = f"A number from 1 to {AT_MOST}."
    raise Problem("invalid-parameter", errors=[{"parameter": "limit", "detail": detail}])


def _cursor(request: Request) -> _Cursor | None:
    text = request.query_params.get("cursor")
    if text is None:
        return None
    try:
        is_back, position, bound = json.loads(_keys().decrypt(text.encode()))
    except (InvalidToken, UnicodeError) as error:
        raise _refusal() from error
    if bound != _bound(request):
        raise _refusal()
    return _Cursor(is_back, position)


def _refusal() -> Problem:
    detail = "Take it from a Link header of this list, as it is."
    return Problem("invalid-cursor", errors=[{"parameter": "cursor", "detail": detail}])


def _address(request: Request, cursor: _Cursor | None) -> str:
    query = _filters(request, but=("cursor",))
    if cursor is not None:
        sealed = _keys().encrypt(json.dumps([*cursor, _bound(request)]).encode()).decode()
        query.append(("cursor", sealed))
    path = f"{settings.SITE_URL}{request._request.path}"
    return f"{path}?{urlencode(query)}" if query else path


def _filters(request: Request, but: tuple[str, ...]) -> list[tuple[str, str]]:
    lists = request.query_params.lists()
    return [(name, value) for name, values in lists if name not in but for value in values]


def _bound(request: Request) -> str:
    access = access_of(request)
    filters = sorted(_filters(request, but=("cursor", "limit")))
    of = [request._request.path, access.client_id, access.user_id, filters]
    return hashlib.sha256(json.dumps(of).encode()).hexdigest()[:32]


def _keys() -> MultiFernet:
    return _derived((settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS))


@lru_cache(maxsize=4)
def _derived(secrets: tuple[str, ...]) -> MultiFernet:
    digests = [hashlib.sha256(f"api cursors:{each}".encode()).digest() for each in secrets]
    return MultiFernet([Fernet(urlsafe_b64encode(each)) for each in digests])
