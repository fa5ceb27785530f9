"""Tell versions of a resource apart by strong ETags, and act on the conditions that name them (RFC
9110 section 13, RFC 6585 section 3)."""

import hashlib
import re
from http import HTTPStatus

from rest_framework.request import Request
from rest_framework.response import Response

from api.problems import Problem

_ONE = r'\s*(?:W/)?"[\x21\x23-\x7e\x80-\xff]*"\s*'
_TAGS = re.compile(f"{_ONE}(?:,{_ONE})*")
_TAG = re.compile(r'(?:W/)?"[^"]*"')


def etag(content: bytes) -> str:
    """Return the strong ETag of what is answered, byte for byte."""
    return f'"{hashlib.blake2b(content, digest_size=16).hexdigest()}"'


def tell_version(request: Request, response: Response) -> None:
    """Set the ETag of an answer, and take its body away where the client has that already (304)."""
    version = etag(response.content)
    response["ETag"] = version
    known = request.META.get("HTTP_IF_NONE_MATCH")
    if known is not None and request.method in ("GET", "HEAD") and _is_known(version, known):
        response.status_code = HTTPStatus.NOT_MODIFIED
        response.content = b""
        del response["Content-Type"]


def _is_known(version: str, known: str) -> bool:
    """Compare weakly, as RFC 9110 section 13.1.2 has it. What cannot be read, nobody knows."""
    if known.strip() == "*":
        return True
    return any(tag.removeprefix("W/") == version for tag in _TAG.findall(known))


def demand(request: Request, *, is_required: bool) -> str | None:
    """Return what If-Match says. Raises Problem where it is missing or cannot be read."""
    wanted = request.META.get("HTTP_IF_MATCH")
    if wanted is None:
        if is_required:
            raise Problem("precondition-required")
        return None
    if wanted.strip() != "*" and not _TAGS.fullmatch(wanted):
        detail = "ETags in quotation marks, separated by commas, or *."
        raise Problem("invalid-header", errors=[{"header": "If-Match", "detail": detail}])
    return str(wanted.strip())


def check(wanted: str, version: str) -> None:
    """Raise Problem where `version` is not among the `wanted`: compared strongly, so that a weak
    ETag is none of them (RFC 9110 section 13.1.1)."""
    if wanted != "*" and version not in _TAG.findall(wanted):
        raise Problem("precondition-failed")
