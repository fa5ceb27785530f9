"""Serve the userinfo endpoint (OpenID Connect Core section 5.3): claims about the person who let
in."""

from typing import Any, cast

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from accounts.models import User
from accounts.oauth_server import bearer, presented
from accounts.oauth_server.claims.release import chosen_claims, claims
from accounts.oauth_server.models import Client, SigningKey
from accounts.oauth_server.presented import Grant
from accounts.oauth_server.recorder.watch import recorded
from accounts.oauth_server.rules.scopes import to_set
from accounts.oauth_server.wire import dpop
from accounts.oauth_server.wire.endpoint import FORM, json_response, no_store
from accounts.way_back.claims_request import ClaimsRequest


@recorded("userinfo")
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def userinfo(request: HttpRequest) -> HttpResponse:
    try:
        grant = _find(_presented(request), request)
    except bearer.Refused as refused:
        return dpop.tell_nonce(request.META, _refuse(refused))
    person, client = cast(User, grant.person), grant.client
    told = _asked_for(grant) | claims(person, client, to_set(grant.scope))
    return dpop.tell_nonce(request.META, _answer(told, client))


def _asked_for(grant: Grant) -> dict[str, Any]:
    """Return the claims that the authorization request named (section 5.5)."""
    requested = ClaimsRequest.parse(grant.claims)
    if not requested.userinfo:
        return {}
    allowed = presented.allowed(cast(int, grant.authorization_id))
    return chosen_claims(requested, "userinfo", cast(User, grant.person), grant.client, allowed)


def _find(token: str, request: HttpRequest) -> Grant:
    """Return what stands behind the token, whose scope openid a person allowed. Raises
    bearer.Refused."""
    grant = bearer.find(token, request.META)
    if "openid" not in to_set(grant.scope) or grant.person is None:
        raise bearer.Refused("insufficient_scope", "This needs the scope openid.")
    if grant.authorization_id is None:
        raise bearer.Refused("invalid_token", "The access token has been revoked.")
    return grant


def _answer(told: dict[str, Any], client: Client) -> HttpResponse:
    """Answer in JSON, or by a signed JWT where the client registered for that (section 5.3.2)."""
    algorithm = client.userinfo_signed_response_alg
    if not algorithm:
        return json_response(told)
    signed = SigningKey.objects.sign(signable(told, client), algorithm)
    return no_store(HttpResponse(signed, content_type="application/jwt"))


def signable(told: dict[str, Any], client: Client) -> dict[str, Any]:
    """Return `told`, with what a signed answer has beside it."""
    if not client.userinfo_signed_response_alg:
        return told
    return told | {"iss": settings.SITE_URL, "aud": client.client_id}


def _presented(request: HttpRequest) -> str:
    """Return the token in the header or, for a POST of a form, in its body (RFC 6750 section
    2.2)."""
    in_body = request.POST.get("access_token") if request.content_type == FORM else None
    if not in_body:
        return bearer.token_in_header(request.META.get("HTTP_AUTHORIZATION"))
    if "HTTP_AUTHORIZATION" in request.META:
        raise bearer.Refused("invalid_request", "Send the token in one place only.")
    return in_body


def _refuse(refused: bearer.Refused) -> HttpResponse:
    status = {"insufficient_scope": 403, "invalid_request": 400}.get(refused.error, 401)
    said = {"error": refused.error or "invalid_token", "error_description": refused.description}
    response = json_response(said, status=status)
    way = {"resource_metadata": settings.SITE_URL + reverse("oauth_server:userinfo-resource")}
    response["WWW-Authenticate"] = bearer.challenge(
        refused, realm="userinfo", scope="openid", **way
    )
    return response
