"""Authenticate clients at the token, revocation and introspection endpoints.

RFC 6749 section 2.3. A wrong secret, an unknown client and a switched-off one cost the same one
hash and one query, and get the same answer, so that nobody learns which clients exist.

How often a client may ask is counted by client, address and endpoint, and a failure counts as
many times as it takes that CLIENT_FAILURES of them use that up. So whoever guesses a client's
secrets shuts that client's door at their own address, also for the right secret, and at no other.
"""

import base64
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import unquote_plus

from allauth.core import context
from django.conf import settings
from django.db import connection
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
from accounts.oauth_server.clients import assertions
from accounts.oauth_server.clients.assertions import AssertionRefused
from accounts.oauth_server.models import Client, ClientSecret
from accounts.oauth_server.rules.credentials import digest
from accounts.oauth_server.wire.cors import note_caller
from accounts.security_events.details import Reason, Refusal
from accounts.security_events.record import record
from accounts.storage import last_used
from accounts.storage.rows import Rows, first_row
from accounts.text.cleaning import is_storable


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


def authenticate(request: Any) -> Client:
    """Return the client that sent oauthlib's `request`, and note it on `request.client`.

    Raises InvalidClientError, InvalidRequestError for two methods at once, and LimitReached.
    """
    presented = _read(request)
    description = "Client authentication failed."
    try:
        client = _client(presented)
    except AssertionRefused as refused:
        client, description = None, f"The client assertion is refused: {refused}."
    if client is None:
        _count_failure(presented.client_id)
        _record_failure(presented)
        raise InvalidClientError(description=description, request=request)
    count_attempt(client.client_id)
    request.client, request.client_id = client, client.client_id
    note_caller(client.client_id)
    return client


def _client(presented: ClientCredentials) -> Client | None:
    if presented.assertion is not None:
        return _client_that_signs(presented.client_id, presented.assertion)
    if presented.secret is not None:
        return _client_with_secret(presented.client_id, presented.secret)
    return _public_client(presented.client_id)


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
    who = (client_id, rate_limits.network_of(request))
    rate_limits.hit(request, _endpoint(request), *who, weight=weight, client_id=client_id)


def _endpoint(request: HttpRequest) -> str:
    """Return which limit the endpoint has: the one of the same name."""
    match = cast(ResolverMatch, request.resolver_match)
    return (match.url_name or "").replace("-", "_")


def authenticate_for(grant_type: str, request: Any) -> Client:
    """Authenticate the client as `authenticate` does. Raises UnauthorizedClientError where it may
    not use the grant type."""
    client = authenticate(request)
    if not client.allows_grant_type(grant_type):
        raise UnauthorizedClientError(
            description="This client is not registered for this grant type.", request=request
        )
    return client


def _read(request: Any) -> ClientCredentials:
    header = request.headers.get("HTTP_AUTHORIZATION", "")
    if getattr(request, "client_assertion", None) is not None:
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


def _read_assertion(header: str, request: Any) -> ClientCredentials:
    if header or request.client_secret is not None:
        raise InvalidRequestError(
            description="Authenticate by the assertion alone, or without it.", request=request
        )
    if getattr(request, "client_assertion_type", None) != assertions.TYPE:
        raise InvalidClientError(
            description=f"client_assertion_type must be {assertions.TYPE}.", request=request
        )
    client_id = assertions.named_client(request.client_assertion)
    if request.client_id and request.client_id != client_id:
        raise InvalidRequestError(
            description="client_id differs from the one in the assertion.", request=request
        )
    return ClientCredentials(client_id, assertion=request.client_assertion)


def _read_basic(credentials: str, request: Any) -> ClientCredentials:
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
    return ClientCredentials(unquote_plus(client_id), unquote_plus(secret))


def _public_client(client_id: str) -> Client | None:
    return Client.objects.filter(
        client_id=_askable(client_id), client_type=Client.CLIENT_PUBLIC, is_active=True
    ).first()


_clients = Rows(Client)
_WITH_SECRET = f"""
    SELECT {_clients.columns("client")}, secret.id,
           secret.last_used IS NULL OR secret.last_used < %(long_ago)s
    FROM {ClientSecret._meta.db_table} AS secret
    JOIN {_clients.table} AS client ON client.id = secret.client_id
    WHERE secret.digest = %(digest)s
      AND (secret.expires IS NULL OR secret.expires > %(now)s)
      AND client.client_id = %(client_id)s AND client.client_type = %(type)s AND client.is_active
"""  # noqa: S608 (names of tables and columns, no input)


def _client_with_secret(client_id: str, secret: str) -> Client | None:
    now = timezone.now()
    as_column = connection.ops.adapt_datetimefield_value
    values = {
        "now": as_column(now),
        "long_ago": as_column(now - last_used.PRECISION),
        "digest": digest(secret),
        "client_id": _askable(client_id),
        "type": Client.CLIENT_CONFIDENTIAL,
    }
    row = first_row(_WITH_SECRET, values)
    if row is None:
        return None
    client = _clients.read(row)
    secret_id, use_is_news = row
    if client.authenticates_by_assertion:  # it has said that a secret is not enough
        return None
    if use_is_news:
        ClientSecret.objects.filter(pk=secret_id).update(last_used=now)
    return client


def _client_that_signs(client_id: str, unverified_assertion: str) -> Client | None:
    found = Client.objects.filter(client_id=_askable(client_id), is_active=True).first()
    if found is None or not found.authenticates_by_assertion:
        return None
    assertions.verify(found, unverified_assertion)
    return found


def _askable(client_id: str) -> str:
    """Return "", which is no client's, for what PostgreSQL cannot be asked about."""
    return client_id if is_storable(client_id) else ""
