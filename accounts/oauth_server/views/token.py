"""Serve the token endpoint (RFC 6749 section 3.2): steps 5 and 6 of the seven."""

import json

from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from accounts.metrics import declared, kinds
from accounts.oauth_server.grants import dispatch
from accounts.oauth_server.recorder.watch import recorded
from accounts.oauth_server.rules.grant_types import GRANT_TYPES
from accounts.oauth_server.wire.endpoint import form_endpoint, json_response
from accounts.oauth_server.wire.form import Form

# As metrics have them: without what a URN begins with.
_GRANTS = {name: name.rpartition(":")[2].replace("-", "_") for name in GRANT_TYPES}


@recorded("token")
@csrf_exempt
def token(request: HttpRequest) -> HttpResponse:
    response = _answer(request)
    if kinds.are_on():
        declared.GRANTS.count(_grant(request), _outcome(response))
    return response


@form_endpoint
def _answer(request: HttpRequest) -> HttpResponse:
    return json_response(dispatch.answer(Form(request)))


def _grant(request: HttpRequest) -> str:
    """Return the grant type, "other" for every one that does not exist here."""
    try:
        return _GRANTS.get(request.POST.get("grant_type", ""), "other")
    except (RequestDataTooBig, TooManyFieldsSent):
        return "other"


def _outcome(response: HttpResponse) -> str:
    """Return the error of RFC 6749 section 5.2 that was answered, if it was one."""
    return "issued" if response.status_code == 200 else json.loads(response.content)["error"]
