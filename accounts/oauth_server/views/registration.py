"""Serve dynamic client registration (RFC 7591) and its management (RFC 7592), where it is switched
on."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from oauthlib.oauth2.rfc6749.errors import OAuth2Error

from accounts.limits.rate_limits import LimitReached, hit
from accounts.models.event_kinds import Actor, Event, Outcome
from accounts.oauth_server import bearer
from accounts.oauth_server.models import InitialAccessToken, Registration
from accounts.oauth_server.registration import registration, unused_clients
from accounts.oauth_server.registration.metadata import InvalidClientMetadata
from accounts.oauth_server.wire.cors import note_caller
from accounts.oauth_server.wire.endpoint import (
    View,
    error_response,
    json_response,
    no_store,
    too_many,
    wrong_method,
)
from accounts.oauth_server.wire.json_body import Malformed, read_object
from accounts.security_events.details import Reason, Refusal
from accounts.security_events.record import record


def _endpoint(*methods: str) -> Callable[[View], View]:
    """Make a view an endpoint for JSON, hidden while registration is switched off."""

    def decorator(view: View) -> View:
        @csrf_exempt
        @wraps(view)
        def endpoint(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not registration.is_open():
                raise Http404
            if request.method not in methods:
                return wrong_method(*methods)
            return _answer(view, request, *args, **kwargs)

        return endpoint

    return decorator


def _answer(view: View, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
    try:
        return no_store(view(request, *args, **kwargs))
    except Malformed as error:
        return error_response(InvalidClientMetadata(str(error)))
    except OAuth2Error as error:
        return error_response(error)
    except bearer.Refused as refused:
        return _refuse(refused)
    except LimitReached as reached:
        return too_many(reached)


@_endpoint("POST")
def register(request: HttpRequest) -> HttpResponse:
    hit(request, "registration")
    initial = _initial_access_token(request)
    registered = registration.register(read_object(request), initial)
    unused_clients.remove_duplicates(registered["client_id"])
    return json_response(registered, status=201)


@_endpoint("GET", "PUT", "DELETE")
def registered_client(request: HttpRequest, client_id: str) -> HttpResponse:
    """Let the client read, replace or end its registration (RFC 7592)."""
    hit(request, "registration_management", client_id=client_id)
    token = bearer.token_in_header(request.headers.get("Authorization"))
    found = Registration.objects.presented(token, client_id)
    if found is None:
        record(
            Event.CLIENT_REFUSED,
            actor=Actor.UNKNOWN,
            client_id=client_id,
            outcome=Outcome.FAILED,
            details=Refusal(Reason.REGISTRATION_ACCESS_TOKEN),
        )
        raise registration.gone()
    note_caller(client_id)
    if request.method == "DELETE":
        registration.end(found.client, actor=Actor.CLIENT)
        return HttpResponse(status=204)
    if request.method == "PUT":
        return json_response(registration.replace(found, read_object(request), token))
    return json_response(registration.answer(found, token))


def _initial_access_token(request: HttpRequest) -> InitialAccessToken | None:
    """Return the token that lets in whoever registers; None where none is needed.

    One that is sent without need has to be good: it allows more (serializer.Limits).
    """
    header = request.headers.get("Authorization")
    if header is None and settings.REGISTRATION == "open":
        return None
    found = InitialAccessToken.objects.presented(bearer.token_in_header(header))
    if found is None:
        record(
            Event.CLIENT_REGISTERED,
            actor=Actor.UNKNOWN,
            outcome=Outcome.FAILED,
            details=Refusal(Reason.INITIAL_ACCESS_TOKEN),
        )
        raise bearer.Refused("invalid_token", "The initial access token is not valid.")
    return found


def _refuse(refused: bearer.Refused) -> HttpResponse:
    said = {"error": refused.error or "invalid_token", "error_description": refused.description}
    status = 400 if refused.error == "invalid_request" else 401
    response = json_response(said, status=status)
    response["WWW-Authenticate"] = bearer.challenge(refused, realm="registration")
    return response
