"""The userinfo endpoint (OpenID Connect Core section 5.3): claims about the person who let in."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from accounts.models import User
from accounts.oauth_server import bearer
from accounts.oauth_server.claims import claims
from accounts.oauth_server.wire import FORM, json_response


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def userinfo(request: HttpRequest) -> HttpResponse:
    try:
        access = bearer.check(_presented(request))
        if "openid" not in access.scopes or access.user_id is None:
            raise bearer.Refused("insufficient_scope", "This needs the scope openid.")
    except bearer.Refused as refused:
        return _refuse(refused)
    return json_response(claims(User.objects.get(pk=access.user_id), access.scopes))


def _presented(request: HttpRequest) -> str:
    """The token in the header or, for a POST of a form, in its body (RFC 6750 section 2.2)."""
    in_body = request.POST.get("access_token") if request.content_type == FORM else None
    if not in_body:
        return bearer.token_in_header(request.headers.get("Authorization"))
    if "Authorization" in request.headers:
        raise bearer.Refused("invalid_request", "Send the token in one place only.")
    return in_body


def _refuse(refused: bearer.Refused) -> HttpResponse:
    status = {"insufficient_scope": 403, "invalid_request": 400}.get(refused.error, 401)
    said = {"error": refused.error or "invalid_token", "error_description": refused.description}
    response = json_response(said, status=status)
    response["WWW-Authenticate"] = bearer.challenge(refused, realm="userinfo")
    return response
