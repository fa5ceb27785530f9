"""Read forms and write JSON, never cached, at the endpoints that clients call."""

import re
from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse, QueryDict
from django.http.multipartparser import MultiPartParserError
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt
from oauthlib.oauth2.rfc6749.errors import InvalidRequestError, InvalidScopeError, OAuth2Error

from accounts.limits.rate_limits import LimitReached
from accounts.oauth_server.wire import dpop
from accounts.oauth_server.wire.cors import caller, note_caller
from accounts.oauth_server.wire.refusals import note_error
from accounts.site import lengths
from accounts.way_back.packed import pack

FORM = "application/x-www-form-urlencoded"
MAX_PARAMETER_LENGTH = 16_384  # characters

_UNREADABLE = (RequestDataTooBig, TooManyFieldsSent, MultiPartParserError)
_TOO_LONG = f"A parameter may have {MAX_PARAMETER_LENGTH:,} characters at most."
_CONTROL_CHARACTERS = re.compile(r"[\x00-\x1f\x7f]")
# Section 5.2 of RFC 6749 limits error_description to these characters.
_NOT_IN_DESCRIPTIONS = re.compile(r"[^\x20-\x21\x23-\x5b\x5d-\x7e]")

View = Callable[..., HttpResponse]


def form_endpoint(view: View) -> View:
    """Make `view` an endpoint for clients: POST of a form only, errors as RFC 6749 section 5.2."""

    @csrf_exempt
    @wraps(view)
    def endpoint(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.method != "POST":
            return wrong_method("POST")
        return dpop.tell_nonce(request.META, answer(request, *args, **kwargs))

    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        note_caller("")
        try:
            check_form(request)
            return no_store(view(request, *args, **kwargs))
        except OAuth2Error as error:
            note_error(request, _name_of(request), _sent(request), error)
            return error_response(error)
        except LimitReached as reached:
            return too_many(reached)

    return endpoint


def _name_of(request: HttpRequest) -> str:
    match = request.resolver_match
    return (match.url_name if match else "") or ""


def _sent(request: HttpRequest) -> dict[str, str]:
    """Return what can be read of the form, and which client has proved who it is."""
    try:
        sent: dict[str, str] = request.POST.dict()
    except _UNREADABLE:
        return {}
    return {**sent, "client_id": sent.get("client_id") or caller()}


def check_form(request: HttpRequest) -> None:
    """Raise InvalidRequestError where the body is not a form of acceptable parameters."""
    if request.GET:  # RFC 6749 section 2.3.1: addresses are kept in logs and histories
        raise InvalidRequestError(description="Parameters belong in the body, not in the address.")
    try:
        if request.content_type != FORM and request.body:
            raise InvalidRequestError(description=f"The body must be a form ({FORM}).")
        check_parameters(request.POST)
    except RequestDataTooBig as error:
        said = lengths.too_long(request.path_info)
        raise InvalidRequestError(description=said) from error
    except TooManyFieldsSent as error:
        most = settings.DATA_UPLOAD_MAX_NUMBER_FIELDS
        said = f"A form may have {most:,} parameters at most."
        raise InvalidRequestError(description=said) from error
    except MultiPartParserError as error:
        raise InvalidRequestError(description=f"The body must be a form ({FORM}).") from error


def check_parameters(parameters: QueryDict) -> None:
    """Raise InvalidRequestError for what no client sends: control characters, endless values."""
    for name, values in parameters.lists():
        for text in (name, *values):
            if len(text) > MAX_PARAMETER_LENGTH:
                raise InvalidRequestError(description=_TOO_LONG)
            if _CONTROL_CHARACTERS.search(text):
                raise InvalidRequestError(description="A parameter has a control character.")


def scope_error(refused: Iterable[str], request: Any) -> InvalidScopeError:
    """Return the error of RFC 6749 section 5.2 that names the scopes it is about."""
    names = " ".join(sorted(refused))
    return InvalidScopeError(
        description=f"Not among the scopes that this client may have here: {names}", request=request
    )


def json_response(body: dict[str, Any], status: int = 200) -> JsonResponse:
    """Answer with JSON that nobody may keep (RFC 6749 section 5.1)."""
    response = JsonResponse(body, status=status)
    no_store(response)
    return response


def error_response(error: OAuth2Error) -> HttpResponse:
    """Answer with an error (RFC 6749 section 5.2); a failed client is challenged for Basic."""
    body = {"error": error.error}
    if error.description:
        body["error_description"] = _NOT_IN_DESCRIPTIONS.sub(" ", error.description)
    if error.error != "invalid_client":
        return json_response(body, status=error.status_code)
    response = json_response(body, status=401)
    response["WWW-Authenticate"] = 'Basic realm="oauth", charset="UTF-8"'
    return response


def no_store(response: HttpResponse) -> HttpResponse:
    """Forbid every cache to keep `response`."""
    response["Cache-Control"] = "no-store"
    response["Pragma"] = "no-cache"
    return response


def as_get(request: HttpRequest, view_name: str) -> HttpResponse:
    """Turn a request that was posted by a form of another site into one in the query.

    A browser sends no SameSite=Lax cookie with a form from elsewhere, but does with a redirect.
    Raises packed.TooLong.
    """
    parameters = request.POST or request.GET
    uri = pack(f"{reverse(view_name)}?{parameters.urlencode()}")
    return no_store(HttpResponseRedirect(uri, status=303))


def too_many(reached: LimitReached) -> HttpResponse:
    """Answer that there were too many attempts. RFC 6749 has no error for this at the token
    endpoint. Of those that client libraries know, section 4.1.2.1's is the one that says to come
    back; Retry-After says when (RFC 6585)."""
    description = f"Too many requests. Try again in {reached.seconds} seconds."
    body = {"error": "temporarily_unavailable", "error_description": description}
    response = json_response(body, status=429)
    response["Retry-After"] = str(reached.seconds)
    return response


def wrong_method(*allowed: str) -> HttpResponse:
    """Say which methods an endpoint takes (RFC 9110 section 15.5.6)."""
    description = f"This endpoint takes {', '.join(allowed)} only."
    response = json_response({"error": "invalid_request", "error_description": description}, 405)
    response["Allow"] = ", ".join(allowed)
    return response
