"""Authenticate clients at the token, revocation and introspection endpoints.

RFC 6749 section 2.3. A wrong secret, an unknown client and a switched-off one cost the same one
hash and one query, and get the same answer, so that nobody learns which clients exist.

How often a client may ask is counted by client, address and endpoint, and a failure counts as
many times as it takes that CLIENT_FAILURES of them use that up. So whoever guesses a client's
secrets shuts that client's door at their own address, also for the right secret, and at no other.
"""

import base64
from dataclasses import dataclass
from typing import cast
from urllib.parse import unquote_plus

from allauth.core import context
from django.conf import settings
from django.http import HttpRequest
from django.urls import ResolverMatch
from django.utils import timezone
from oauthlib.oauth2.rfc6749.errors import (
    InvalidClientError,
    InvalidRequestError,
    UnauthorizedClientError,
)

from accounts.limits import rate_limits
from accounts.models.event_kinds import Actor, Event, Outcome
from accounts.oauth_server.clients import assertions, lookups
from accounts.oauth_server.clients.assertions import AssertionRefused
from accounts.oauth_server.clients.lookups import Lookups
from accounts.oauth_server.models import Client, ClientSecret
from accounts.oauth_server.wire import told
from accounts.oauth_server.wire.cors import note_caller
from accounts.oauth_server.wire.form import Form
from accounts.oauth_server.wire.own_request import OwnForm
from accounts.security_events.details import Reason, Refusal
from accounts.security_events.record import record
from accounts.storage.cache import Lookup


@dataclass(frozen=True)
class ClientCredentials:
    """Hold the client credentials of a request. `secret` and `assertion`: None where it sent
    none."""

    client_id: str
    secret: str | None = None
    assertion: str | None = None

    @property
    def method(self) -> Reason:
        """Return the reason that the proof fails for, if it does."""
        if self.assertion is not None:
            return Reason.ASSERTION
        return Reason.NO_SECRET if self.secret is None else Reason.SECRET


def authenticate(request: Form, find: Lookups = lookups.WHOLE) -> Client:
    """Return the client that sent `request`, with what `find` reads of it.

    Raises InvalidClientError, InvalidRequestError for two methods at once, and LimitReached.
    """
    if isinstance(request, OwnForm):  # an admin tries the client
        return request.acts_for
    presented = _read(request)
    description = "Client authentication failed."
    try:
        client = _client(presented, find)
    except AssertionRefused as refused:
        client, description = None, f"The client assertion is refused: {refused}."
    if client is None:
        _count_failure(presented.client_id)
        _record_failure(presented)
        raise InvalidClientError(description=description, request=request)
    note_caller(client.client_id)
    told.note_client(client)
    return client


def named_in(request: Form) -> str:
    """Return the client ID that `request` names without a proof, or by an assertion; "" for one in
    a header, where a secret stands beside it."""
    if request.client_assertion:
        return assertions.named_client(request.client_assertion)
    return request.client_id or ""


def _client(presented: ClientCredentials, find: Lookups) -> Client | None:
    """Return the client that is proven, its request counted; None, and nothing counted, where none
    is."""
    client_id = presented.client_id
    if presented.assertion is not None:
        return _client_that_signs(client_id, presented.assertion)
    if presented.secret is not None:
        return _client_found(client_id, find, find.with_secret(client_id, presented.secret))
    return _client_found(client_id, find, find.public(client_id))


def _client_found(client_id: str, find: Lookups, lookup: Lookup) -> Client | None:
    request = cast(HttpRequest, context.request)
    endpoint, who = _endpoint(request), _who(request, client_id)
    row = rate_limits.find_and_hit(request, endpoint, *who, lookup=lookup, client_id=client_id)
    if row is None:
        return None
    found = find.read(row)
    if found.use_is_news:
        ClientSecret.objects.filter(pk=found.secret_id).update(last_used=timezone.now())
    return found.client


def _record_failure(presented: ClientCredentials) -> None:
    """Name the client by what was sent alone: looking it up would take longer where it exists."""
    _record_refusal(presented.method, client_id=presented.client_id)


def _record_refusal(reason: Reason, *, client_id: str) -> None:
    record(
        Event.CLIENT_REFUSED,
        actor=Actor.UNKNOWN,
        client_id=client_id,
        outcome=Outcome.FAILED,
        details=Refusal(reason),
    )


def _count_failure(client_id: str) -> None:
    request = cast(HttpRequest, context.request)
    # First, as client IDs can be made up without end.
    rate_limits.hit(request, "client_failures", client_id=client_id)
    whole = rate_limits.parse(settings.RATE_LIMITS[_endpoint(request)]).limit
    count_attempt(client_id, weight=-(-whole // settings.CLIENT_FAILURES))


def count_attempt(client_id: str, *, weight: int = 1) -> None:
    """Count a request of a client to the endpoint that is called. Raises LimitReached."""
    request = cast(HttpRequest, context.request)
    who = _who(request, client_id)
    rate_limits.hit(request, _endpoint(request), *who, weight=weight, client_id=client_id)


def _who(request: HttpRequest, client_id: str) -> tuple[str, str]:
    return client_id, rate_limits.network_of(request)


def _endpoint(request: HttpRequest) -> str:
    """Return which limit the endpoint has: the one of the same name."""
    match = cast(ResolverMatch, request.resolver_match)
    return (match.url_name or "").replace("-", "_")


def authenticate_for(grant_type: str, request: Form) -> Client:
    """Authenticate the client as `authenticate` does. Raises UnauthorizedClientError where it may
    not use the grant type."""
    client = authenticate(request)
    if not client.allows_grant_type(grant_type):
        raise UnauthorizedClientError(
            description="This client is not registered for this grant type.", request=request
        )
    return client


def _read(request: Form) -> ClientCredentials:
    header = request.headers.get("HTTP_AUTHORIZATION", "")
    if request.client_assertion is not None:
        return _read_assertion(header, request)
    if header[:6].lower() != "basic ":
        return ClientCredentials(request.client_id or "", request.client_secret)
    presented = _read_basic(header[6:], request)
    if request.client_secret is not None:
        raise InvalidRequestError(
            description="Authenticate in the Authorization header or in the body, not in both.",
            request=request,
        )
    if request.client_id and request.client_id != presented.client_id:
        raise InvalidRequestError(
            description="client_id differs from the one in the Authorization header.",
            request=request,
        )
    return presented


def _read_assertion(header: str, request: Form) -> ClientCredentials:
    if header or request.client_secret is not None:
        raise InvalidRequestError(
            description="Authenticate by the assertion alone, or without it.", request=request
        )
    if request.client_assertion_type != assertions.TYPE:
        raise InvalidClientError(
            description=f"client_assertion_type must be {assertions.TYPE}.", request=request
        )
    client_id = assertions.named_client(request.client_assertion)
    if request.client_id and request.client_id != client_id:
        raise InvalidRequestError(
            description="client_id differs from the one in the assertion.", request=request
        )
    return ClientCredentials(client_id, assertion=request.client_assertion)


def _read_basic(credentials: str, request: Form) -> ClientCredentials:
    try:
        decoded = base64.b64decode(credentials.strip(), validate=True).decode()
    except ValueError as error:  # of both decoders, also for a header that is not ASCII
        _count_failure("")
        _record_refusal(Reason.UNREADABLE_HEADER, client_id="")
        raise InvalidClientError(
            description="The Authorization header cannot be read.", request=request
        ) from error
    client_id, _, secret = decoded.partition(":")
    # Both are form-encoded before they are joined (RFC 6749 section 2.3.1).
    # A secret without a value counts as none: public clients send their ID like this, too.
    return ClientCredentials(unquote_plus(client_id), unquote_plus(secret) or None)


def _client_that_signs(client_id: str, unverified_assertion: str) -> Client | None:
    found = Client.objects.filter(client_id=lookups.askable(client_id), is_active=True).first()
    if found is None or not found.authenticates_by_assertion:
        return None
    assertions.verify(found, unverified_assertion)
    count_attempt(client_id)
    return found
