"""Tell how an authorization request reached this site: in the address of the authorization
endpoint, pushed by its client beforehand (RFC 9126), or in an object that its client signed (RFC
9101).

What was pushed or signed takes the place of the query, and of nothing else in it. From then on the
request goes on as every other does, with a parameter beside it in which this site has signed where
it came from and what it said: whoever changes a word of it on the way has another request.
"""

from dataclasses import dataclass
from typing import Self

from django.core import signing
from django.http import HttpRequest, QueryDict
from oauthlib.oauth2.rfc6749.errors import FatalClientError, MissingClientIdError

from accounts.oauth_server.authorization import request_objects
from accounts.oauth_server.clients.lookups import askable
from accounts.oauth_server.models import Client, PushedRequest
from accounts.oauth_server.models.pushed_request import URN
from accounts.oauth_server.rules.credentials import digest
from accounts.way_back.app_request import FIRST_SEEN, LONGEST

ORIGIN = "request_origin"  # the parameter

_SALT = "where an authorization request came from"


class RequestURIUnusable(FatalClientError):
    """Refuse a request URI that stands for no request of this client, or not any more."""

    error = "invalid_request_uri"
    description = "The request_uri is not this client's, has expired, or was used before."


@dataclass(frozen=True)
class Origin:
    """Say where a request came from. `pushed` is the digest of its request URI, "" of one that was
    not pushed; `refused` says why its request object cannot be believed."""

    pushed: str = ""
    is_signed: bool = False
    refused: str = ""

    def signed_with(self, query: str) -> str:
        return signing.dumps((digest(query), self.pushed, self.is_signed), salt=_SALT)

    @classmethod
    def read(cls, parameter: str, query: str) -> Self | None:
        """Return the origin of `query`, None where this site did not sign that."""
        try:
            of, pushed, is_signed = signing.loads(parameter, salt=_SALT, max_age=LONGEST)
        except signing.BadSignature:
            return None
        return cls(pushed, is_signed) if of == digest(query) else None


IN_THE_QUERY = Origin()


def resolve(request: HttpRequest) -> Origin:
    """Let `request` be the one that its client pushed or signed, and return where it came from.

    Raises FatalClientError where it stands for none: nobody is redirected anywhere then.
    """
    sent = request.GET
    if ORIGIN in sent:
        return _gone_on(sent)
    if sent.get("request_uri", "").startswith(URN):
        return _pushed(request)
    if request_objects.is_signed(sent.get("request", "")):
        return _signed(request)
    return IN_THE_QUERY


def _gone_on(sent: QueryDict) -> Origin:
    as_begun = sent.copy()
    for ours in (ORIGIN, FIRST_SEEN):
        as_begun.pop(ours, None)
    origin = Origin.read(sent.get(ORIGIN, ""), as_begun.urlencode())
    if origin is None or (origin.pushed and not PushedRequest.objects.is_open(origin.pushed)):
        raise RequestURIUnusable
    return origin


def _pushed(request: HttpRequest) -> Origin:
    client_id = request.GET.get("client_id", "")
    if not client_id:
        raise MissingClientIdError
    pushed = PushedRequest.objects.to_begin(request.GET["request_uri"], client_id)
    if pushed is None:
        raise RequestURIUnusable
    return _go_on(request, pushed.query, Origin(pushed.digest, pushed.is_signed))


def _signed(request: HttpRequest) -> Origin:
    """Read the request object in the query (RFC 9101 section 5.1). What is wrong with it is told
    by request.py, which knows whether the client may be told."""
    client_id = request.GET.get("client_id", "")
    client = Client.objects.filter(client_id=askable(client_id), is_active=True).first()
    if client is None:
        return IN_THE_QUERY
    try:
        parameters = request_objects.verified(client, request.GET["request"])
    except request_objects.RequestObjectRefused as refused:
        return Origin(refused=str(refused))
    return _go_on(request, parameters.urlencode(), Origin(is_signed=True))


def _go_on(request: HttpRequest, query: str, origin: Origin) -> Origin:
    parameters = QueryDict(query, mutable=True)
    for ours in (ORIGIN, FIRST_SEEN):
        parameters.pop(ours, None)
    parameters[ORIGIN] = origin.signed_with(parameters.urlencode())
    request.GET = QueryDict(parameters.urlencode())
    return origin
