"""Serve the token endpoint (RFC 6749 section 3.2): steps 5 and 6 of the seven."""

from django.http import HttpRequest, HttpResponse

from accounts.oauth_server.grants import dispatch
from accounts.oauth_server.wire.endpoint import form_endpoint, json_response
from accounts.oauth_server.wire.form import Form


@form_endpoint
def token(request: HttpRequest) -> HttpResponse:
    return json_response(dispatch.answer(Form(request)))
