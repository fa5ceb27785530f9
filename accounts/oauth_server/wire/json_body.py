"""Read JSON that anybody may send, within limits: nothing in it can break what follows."""

import json
from typing import Any, NoReturn

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest

from accounts.site import lengths
from accounts.text.cleaning import storable


class Malformed(Exception):
    """Refuse a body that is not an acceptable JSON object. The text says why."""


def read_object(request: HttpRequest) -> dict[str, Any]:
    """Return the JSON object in the body. Raises Malformed.

    Its strings can be stored: no NUL, which PostgreSQL refuses, and no half of a surrogate pair.
    """
    if request.content_type != "application/json":
        raise Malformed("The body must be JSON (application/json).")
    try:
        parsed = json.loads(_text(request), parse_constant=_refuse_constant)
        is_kept = storable(parsed) == parsed
    except RecursionError as error:
        raise Malformed("The JSON is nested too deeply.") from error
    except ValueError as error:  # of UnicodeError and JSONDecodeError too
        raise Malformed("The body is not valid JSON in UTF-8.") from error
    if not is_kept:
        raise Malformed("The JSON has a NUL character, or half of a surrogate pair.")
    if not isinstance(parsed, dict):
        raise Malformed("The body must be a JSON object.")
    return parsed


def _text(request: HttpRequest) -> str:
    try:
        body = request.body
    except RequestDataTooBig as error:
        raise Malformed(lengths.too_long(request.path_info)) from error
    if len(body) > lengths.JSON:
        raise Malformed(lengths.too_long(request.path_info))
    return body.decode()


def _refuse_constant(name: str) -> NoReturn:
    raise Malformed(f"{name} is not JSON.")  # RFC 8259 section 6
