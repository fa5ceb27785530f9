"""Serve the userinfo endpoint (OpenID Connect Core section 5.3): claims about the person who let
in."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from accounts.oauth_server import bearer
from accounts.oauth_server.claims.release import claims, requested_claims
from accounts.oauth_server.models import AccessToken, Authorization, Client, SigningKey
from accounts.oauth_server.rules.credentials import digest
from accounts.oauth_server.rules.scopes import to_set
from accounts.oauth_server.wire.endpoint import FORM, json_response, no_store


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def userinfo(request: HttpRequest) -> HttpResponse:
    try:
        token, authorization = _find(_presented(request))
    except bearer.Refused as refused:
        return _refuse(refused)
    user, client = authorization.user, authorization.client
    told = requested_claims(token.claims_request, "userinfo", authorization)
    return _answer(told | claims(user, client, to_set(token.scope)), client)


def _find(presented: str) -> tuple[AccessToken, Authorization]:
    """Return the token, whose scope openid a person allowed. Raises bearer.Refused."""
    access = bearer.check(presented)
    if "openid" not in access.scopes or access.user_id is None:
        raise bearer.Refused("insufficient_scope", "This needs the scope openid.")
    found = AccessToken.objects.select_related("authorization__user", "authorization__client")
    token = found.filter(token_checksum=digest(presented)).first()
    if token is None or token.authorization is None:  # revoked just now
        raise bearer.Refused("invalid_token", "The access token has been revoked.")
    return token, token.authorization


def _answer(told: dict[str, Any], client: Client) -> HttpResponse:
    """Answer in JSON, or by a signed JWT where the client registered for that (section 5.3.2)."""
    algorithm = client.userinfo_signed_response_alg
    if not algorithm:
        return json_response(told)
    told |= {"iss": settings.SITE_URL, "aud": client.client_id}
    signed = SigningKey.objects.sign(told, algorithm)
    return no_store(HttpResponse(signed, content_type="application/jwt"))


def _presented(request: HttpRequest) -> str:
    """Return the token in the header or, for a POST of a form, in its body (RFC 6750 section
    2.2)."""
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
