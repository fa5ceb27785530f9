"""Serve the pushed authorization request endpoint (RFC 9126): a client says what it is about to
ask, proves who it is, and has a person bring along no more than a reference to it."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, QueryDict
from oauthlib.oauth2.rfc6749.errors import InvalidRequestError
from oauthlib.openid.connect.core.exceptions import InvalidRequestObject

from accounts.oauth_server.authorization import request_objects
from accounts.oauth_server.authorization.origins import Origin
from accounts.oauth_server.authorization.request import read
from accounts.oauth_server.clients import bound_keys
from accounts.oauth_server.clients.authentication import authenticate_for, named_in
from accounts.oauth_server.grants import refuse_repeated
from accounts.oauth_server.models import Client, PushedRequest
from accounts.oauth_server.models.client import AUTHORIZATION_CODE
from accounts.oauth_server.recorder.watch import recorded
from accounts.oauth_server.registration import documents
from accounts.oauth_server.wire.endpoint import form_endpoint, json_response
from accounts.oauth_server.wire.form import Form

# How the client proves who it is, which is no part of what it asks a person for.
_PROOFS = ("client_secret", "client_assertion", "client_assertion_type")


@recorded("par")
@form_endpoint
def push(request: HttpRequest) -> HttpResponse:
    """Validate the request as the authorization endpoint would, and answer with its reference."""
    form = Form(request)
    refuse_repeated(form)
    documents.read(request, named_in(form))
    client = authenticate_for(AUTHORIZATION_CODE, form)
    if form.request_uri:
        raise InvalidRequestError(description="request_uri must not be pushed.")  # section 2.1
    origin = Origin(pushed="now", is_signed=bool(form.request))
    query = _object(client, form.request) if form.request else _form(client, request.POST)
    _bind(query, bound_keys.proven_key(client, form, is_needed=False))
    read(_as_sent(query), origin)
    request_uri = PushedRequest.objects.keep(client, query.urlencode(), is_signed=origin.is_signed)
    lifetime = int(settings.PUSHED_REQUEST_LIFETIME.total_seconds())
    return json_response({"request_uri": request_uri, "expires_in": lifetime}, status=201)


def _bind(query: QueryDict, key: str) -> None:
    """Bind the code to the key that was shown here, too (RFC 9449 section 10.1)."""
    if not key:
        return
    if query.get("dpop_jkt", key) != key:
        raise InvalidRequestError(description="dpop_jkt is not of the key in the DPoP proof.")
    query["dpop_jkt"] = key


def _form(client: Client, sent: QueryDict) -> QueryDict:
    query = sent.copy()
    for name in _PROOFS:
        query.pop(name, None)
    query["client_id"] = client.client_id
    return query


def _object(client: Client, unverified: str) -> QueryDict:
    """Return what a pushed request object says: nothing beside it counts (section 3)."""
    if not request_objects.is_signed(unverified):
        raise InvalidRequestObject(description="The request object must be signed.")
    try:
        return request_objects.verified(client, unverified)
    except request_objects.RequestObjectRefused as refused:
        raise InvalidRequestObject(
            description=f"The request object is refused: {refused}."
        ) from refused


def _as_sent(query: QueryDict) -> HttpRequest:
    """Return the request that a person will bring to the authorization endpoint."""
    request = HttpRequest()
    request.method = "GET"
    request.GET = QueryDict(query.urlencode())
    return request
