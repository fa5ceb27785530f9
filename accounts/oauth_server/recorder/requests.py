"""Write down a request of a client, and tell whose it is where nobody has proved that."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote_plus

from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent
from django.http import HttpRequest, QueryDict
from django.http.multipartparser import MultiPartParserError
from django.http.request import UnreadablePostError

from accounts.oauth_server.clients.assertions import named_client
from accounts.oauth_server.recorder.parameters import NAMES, SENT, Item, Shown
from accounts.oauth_server.recorder.redaction import (
    Redaction,
    basic_credentials,
    of_secret,
    plain,
)

_UNREADABLE = (RequestDataTooBig, TooManyFieldsSent, MultiPartParserError, UnreadablePostError)
_TOKENS = {"bearer": "Bearer", "dpop": "DPoP"}
_KNOWN_SCHEMES = frozenset({"basic", "bearer", "dpop", "digest", "negotiate", "token"})


def named_in(request: HttpRequest) -> str:
    """Return the client ID that a request names, "" where it names none: in the header, in the
    body, by an assertion, or in the address."""
    scheme, _, credentials = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
    found = basic_credentials(credentials) if scheme.lower() == "basic" else None
    if found:
        return unquote_plus(found[0])
    body = _body(request) or QueryDict()
    by_assertion = named_client(body.get("client_assertion", ""))
    return body.get("client_id") or by_assertion or request.GET.get("client_id", "")


def written(request: HttpRequest, by: Redaction) -> dict[str, Any]:
    """Return what is kept of a request: never a cookie, an address or a User-Agent, which are of a
    person where a browser sends them."""
    body = _body(request)
    return {
        "query": _items(request.GET, by),
        "body": _items(body, by) if body is not None else [],
        "is_unreadable": body is None,
        "content_type": plain(request.content_type or ""),
        "length": _length(request.META.get("CONTENT_LENGTH")),
        "origin": by.address(request.META.get("HTTP_ORIGIN", "")),
        "authorization": _header(request.META.get("HTTP_AUTHORIZATION", ""), by),
        "authentication": _method(request, body or QueryDict()),
    }


def _body(request: HttpRequest) -> QueryDict | None:
    try:
        return request.POST
    except _UNREADABLE:
        return None


def _items(parameters: QueryDict, by: Redaction) -> list[Item]:
    return by.items(_pairs(parameters), SENT, NAMES)


def _pairs(parameters: QueryDict) -> Iterator[tuple[str, str]]:
    for name, values in parameters.lists():
        yield from ((name, value) for value in values)


def _length(header: str | None) -> int:
    return int(header) if header and header.isascii() and header.isdigit() else 0


def _header(header: str, by: Redaction) -> Item:
    """Return the scheme of an Authorization header, and of what follows what can be kept."""
    if not header:
        return {}
    scheme, _, credentials = header.partition(" ")
    if scheme.lower() not in _KNOWN_SCHEMES:
        return {"unknown": len(scheme), "length": len(header)}
    if scheme.lower() in _TOKENS:
        return (
            {"name": _TOKENS[scheme.lower()]}
            | of_secret(credentials)
            | {"mark": by.mark(credentials.strip())}
        )
    found = basic_credentials(credentials) if scheme.lower() == "basic" else None
    if found is None:
        return {"name": scheme.capitalize(), "length": len(credentials), "note": "unreadable"}
    client_id, secret = map(unquote_plus, found)
    named = by.item("client_id", client_id, Shown.CLIENT_ID)
    return {"name": "Basic", "inside": [named, {"name": "client_secret"} | of_secret(secret)]}


def _method(request: HttpRequest, body: QueryDict) -> str:
    """Return how the client tried to prove itself, in the words of RFC 7591 section 2."""
    scheme = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")[0].lower()
    if body.get("client_assertion"):
        return "private_key_jwt"
    if scheme in ("basic", "bearer"):
        return {"basic": "client_secret_basic", "bearer": "bearer"}[scheme]
    if body.get("client_secret"):
        return "client_secret_post"
    return "none"
