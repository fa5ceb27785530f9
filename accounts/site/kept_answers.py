"""Answer from memory what is the same for everybody who asks, such as metadata and keys.

A view makes such an answer as `SameForAll`. It goes the whole way once, and is then given again
with all the headers that it came back with, by each process for itself, until it is too old.
Whoever has it already is told that nothing changed (RFC 9110 section 13.1.2).
"""

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from math import inf

from django.core.signals import setting_changed
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.urls import ResolverMatch
from django.utils.http import parse_etags

_AT_MOST = 100  # answers: anybody may choose among the names that the site has

# By scheme, host and path.
_kept: dict[tuple[str | None, str, str], "_Kept"] = {}
_OF_CONTENT = {"Content-Type", "Content-Length"}


class SameForAll(HttpResponse):
    """Answer everybody alike. A process gives the answer again for `seconds`, by default for as
    long as it runs."""

    def __init__(self, content: bytes, *, content_type: str, seconds: float = inf) -> None:
        super().__init__(content, content_type=content_type)
        self.seconds = seconds
        self["ETag"] = f'"{hashlib.sha256(content).hexdigest()[:32]}"'


@dataclass(frozen=True)
class _Kept:
    content: bytes
    headers: dict[str, str]
    until: float  # by time.monotonic()
    route: ResolverMatch | None  # by which requests are counted


class FromMemory:
    """Give answers again: middleware, outside of all that made their headers."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        key = (request.scheme, request.META.get("HTTP_HOST", ""), request.path_info)
        kept = _kept.get(key)
        if kept and kept.until > time.monotonic() and request.method in ("GET", "HEAD"):
            request.resolver_match = kept.route
            return _answer(request, kept)
        response = self.get_response(request)
        if not isinstance(response, SameForAll):
            return response
        kept = _keep(request, response)
        if len(_kept) < _AT_MOST or key in _kept:
            _kept[key] = kept
        return _answer(request, kept)


def forget() -> None:
    """Make every answer anew."""
    _kept.clear()


setting_changed.connect(lambda **_: forget(), weak=False)


def _keep(request: HttpRequest, response: SameForAll) -> _Kept:
    until = time.monotonic() + response.seconds
    return _Kept(response.content, dict(response.items()), until, request.resolver_match)


def _answer(request: HttpRequest, kept: _Kept) -> HttpResponse:
    asked = request.META.get("HTTP_IF_NONE_MATCH")
    if asked and _has(asked, kept.headers["ETag"]):
        same = {name: kept.headers[name] for name in kept.headers.keys() - _OF_CONTENT}
        return HttpResponseNotModified(headers=same)
    return HttpResponse(kept.content, headers=kept.headers)


def _has(asked: str, etag: str) -> bool:
    """Return whether who asks has the answer. Tags are compared weakly (section 8.8.3.2)."""
    return any(tag.removeprefix("W/") in (etag, "*") for tag in parse_etags(asked))
