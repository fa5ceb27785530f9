"""Serve the token endpoint (RFC 6749 section 3.2): steps 5 and 6 of the seven."""

from django.http import HttpRequest, HttpResponse

from accounts.oauth_server.wire.backend import backend
from accounts.oauth_server.wire.endpoint import form_endpoint


@form_endpoint
def token(request: HttpRequest) -> HttpResponse:
    return backend().answer_token_request(request)
