"""Read and write JSON (RFC 8259): strictly, so that nothing in it can break what follows, and with
a newline at the end."""

import json
import math
from typing import Any

from django.core.exceptions import RequestDataTooBig
from rest_framework.exceptions import UnsupportedMediaType
from rest_framework.parsers import BaseParser
from rest_framework.renderers import JSONRenderer

from accounts.site import lengths
from accounts.text.cleaning import is_storable, storable
from api.problems import Problem, escaped

MAX_LENGTH = lengths.JSON  # bytes
DEEPEST = 32


class _Twice(dict[str, Any]):
    """Hold an object that names a member twice, `name`: parsers disagree on which one counts."""

    name = ""


class _NoJSON:
    """Stand for NaN, Infinity and -Infinity, which are not JSON."""


class JSONLine(JSONRenderer):
    """Write JSON with a newline at its end, as a shell and a file expect it."""

    def render(self, data: Any, *args: Any, **kwargs: Any) -> Any:
        written = super().render(data, *args, **kwargs)
        return written + b"\n" if written else written


class StrictJSON(BaseParser):
    """Read a body as JSON in UTF-8. What is wrong is named by a JSON Pointer."""

    media_type = "application/json"

    def parse(self, stream: Any, media_type: str | None = None, context: Any = None) -> Any:
        charset = context["request"]._request.content_params.get("charset", "utf-8")
        if charset.strip('"').lower() not in ("utf-8", "utf8"):
            raise UnsupportedMediaType(media_type or "", "The charset of JSON is UTF-8.")
        coding = context["request"].META.get("HTTP_CONTENT_ENCODING", "identity")
        if coding.strip().lower() != "identity":
            raise UnsupportedMediaType(media_type or "", "Send the body without Content-Encoding.")
        return read(_bytes(context["request"]))


class MergePatch(StrictJSON):
    """Read a JSON Merge Patch (RFC 7396), which is what a PATCH of plain JSON is taken for, too."""

    media_type = "application/merge-patch+json"


def _bytes(request: Any) -> bytes:
    try:
        body: bytes = request.body
    except RequestDataTooBig as error:
        raise Problem("content-too-large", lengths.too_long(request.path_info)) from error
    if len(body) > MAX_LENGTH:
        raise Problem("content-too-large", lengths.too_long(request.path_info))
    return body


def read(body: bytes) -> Any:
    """Return the JSON in `body`. Raises Problem where it is none, or not fit to be worked with."""
    try:
        parsed = json.loads(
            body.decode(), object_pairs_hook=_object, parse_constant=lambda name: _NoJSON()
        )
    except RecursionError as error:
        raise Problem("invalid-json", f"The JSON may have {DEEPEST} levels at most.") from error
    except ValueError as error:  # of UnicodeError and JSONDecodeError too
        raise Problem("invalid-json", "The body is not valid JSON in UTF-8.") from error
    _look_through(parsed)
    return parsed


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) == len(pairs):
        return members
    twice, seen = _Twice(members), set()
    for name, _ in pairs:
        twice.name = name if name in seen else twice.name
        seen.add(name)
    return twice


def _look_through(parsed: Any) -> None:
    """Refuse what parsers let through. Without recursion, which the sender could exhaust."""
    waiting = [("", 0, parsed)]
    while waiting:
        pointer, depth, value = waiting.pop()
        if depth > DEEPEST:
            raise _refusal(pointer, f"It is nested too deeply: {DEEPEST} levels at most.")
        if wrong := _wrong_with(value):
            raise _refusal(pointer, wrong)
        if isinstance(value, dict):
            for name, inner in value.items():
                if not is_storable(name):
                    raise _refusal(pointer, "The name of a member has a character that cannot be.")
                waiting.append((f"{pointer}/{escaped(name)}", depth + 1, inner))
        elif isinstance(value, list):
            waiting.extend((f"{pointer}/{n}", depth + 1, inner) for n, inner in enumerate(value))


def _wrong_with(value: Any) -> str:
    if isinstance(value, _Twice):
        name = storable(value.name).encode("ascii", "backslashreplace").decode()
        return f"The member “{name}” is there twice."
    if isinstance(value, _NoJSON) or (isinstance(value, float) and not math.isfinite(value)):
        return "It is no number of JSON, or too large for one."
    if isinstance(value, str) and not is_storable(value):
        return "The text has a NUL character, or half of a surrogate pair."
    return ""


def _refusal(pointer: str, detail: str) -> Problem:
    return Problem("invalid-json", errors=[{"pointer": pointer, "detail": detail}])
