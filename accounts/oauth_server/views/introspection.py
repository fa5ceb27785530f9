"""Introspect tokens (RFC 7662): whether one is good, and for what.

A confidential client may ask about its own tokens. One that an admin made the server of resources
may ask about tokens for those; one with the scope `introspection` that serves none, about any. The
question may also be authorized by a token with that scope.
"""

import time
from typing import Any, cast

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from oauthlib.oauth2.rfc6749.errors import InvalidClientError, InvalidRequestError

from accounts.oauth_server import bearer, presented
from accounts.oauth_server.claims import groups
from accounts.oauth_server.claims.subjects import subject_for
from accounts.oauth_server.clients import lookups
from accounts.oauth_server.clients.authentication import authenticate, count_attempt
from accounts.oauth_server.grants import refuse_repeated
from accounts.oauth_server.models import AccessToken, Client, RefreshToken, SigningKey
from accounts.oauth_server.models.tokens import ANY_KEY
from accounts.oauth_server.presented import Introspected
from accounts.oauth_server.recorder.watch import recorded
from accounts.oauth_server.rules import resources
from accounts.oauth_server.rules.scopes import claims_of, to_set
from accounts.oauth_server.wire.endpoint import form_endpoint, json_response, no_store
from accounts.oauth_server.wire.form import Form
from accounts.sessions.sign_in import SignIn

SCOPE = "introspection"
JWT = "application/token-introspection+jwt"
INACTIVE = {"active": False}


@recorded("introspect")
@form_endpoint
def introspect(request: HttpRequest) -> HttpResponse:
    asked = Form(request)
    refuse_repeated(asked)
    try:
        who = _authorize(request, asked)
    except bearer.Refused as refused:
        return _refuse(refused)
    if not asked.token:
        raise InvalidRequestError(description="Missing token parameter.")
    client, asks_of_any = who
    described = _describe(asked.token, client.pk, asks_of_any)
    if JWT in request.headers.get("Accept", "").lower():
        return _signed(described, client)
    return json_response(described)


def _signed(described: dict[str, Any], client: Client) -> HttpResponse:
    """Answer by a JWT that is for who asks, and can be shown to others (RFC 9701 section 5)."""
    claims = {
        "iss": settings.SITE_URL,
        "aud": client.client_id,
        "iat": int(time.time()),
        "token_introspection": described,
    }
    kind = JWT.removeprefix("application/")
    signed = SigningKey.objects.sign(claims, client.algorithm, kind=kind)
    return no_store(HttpResponse(signed, content_type=JWT))


def _authorize(request: HttpRequest, asked: Any) -> tuple[Client, bool]:
    """Return which client asks, and whether it may about the tokens of all others: no more than
    about those for its own resources, where it serves some."""
    header = request.META.get("HTTP_AUTHORIZATION", "")
    if header.partition(" ")[0].lower() in ("bearer", "dpop"):
        access = bearer.check(bearer.token_in_header(header), request.META)
        if SCOPE not in access.scopes:
            raise bearer.Refused("insufficient_scope", f"This needs the scope {SCOPE}.")
        count_attempt(access.client_id)
        return cast(Client, access.client), True  # find() sets it for every access token
    client = authenticate(asked, lookups.WHO_ASKS)
    if client.is_public:
        raise InvalidClientError(description="Only a client with a secret may ask.")
    return client, SCOPE in to_set(client.scopes)


def _refuse(refused: bearer.Refused) -> HttpResponse:
    status = 403 if refused.error == "insufficient_scope" else 401
    response = json_response(
        {"error": refused.error, "error_description": refused.description}, status=status
    )
    response["WWW-Authenticate"] = bearer.challenge(refused, realm="oauth")
    return no_store(response)


def _describe(token: str, asking: int, asks_of_any: bool) -> dict[str, Any]:
    """Return RFC 7662 section 2.2's answer. A token that may not be asked about is inactive."""
    found = presented.introspected(token, asking=asking, asks_of_any=asks_of_any)
    return describe(found) if found and found.is_active else INACTIVE


def describe(found: Introspected) -> dict[str, Any]:
    """Return the answer about a token that is good."""
    token, client, person = found.token, found.client, found.person
    answer = {
        "active": True,
        "iss": settings.SITE_URL,
        "client_id": client.client_id,
        "scope": token.scope,
        "token_type": _token_type(token),
        "iat": int(token.created.timestamp()),
        "aud": _audience(token.audience),
        "exp": int(token.ends.timestamp()),
        "sub": subject_for(person, client) if person else client.client_id,
    }
    scopes = to_set(token.scope)
    if person and "email" in claims_of(scopes):
        answer["username"] = person.email
    if person and "groups" in scopes and client.tells_groups_in(client.INTROSPECTION):
        answer |= groups.claim(person, client)
    if isinstance(token, AccessToken) and token.actor:
        answer["act"] = token.acting  # RFC 8693 section 4.1
    if token.key not in ("", ANY_KEY):
        answer["cnf"] = {"jkt": token.key}  # RFC 9449 section 6.2
    return answer | _sign_in(token.sign_in)


def _audience(audience: str) -> str | list[str]:
    told = resources.told(audience)
    return told[0] if len(told) == 1 else told


def _token_type(token: AccessToken | RefreshToken) -> str:
    if isinstance(token, RefreshToken):
        return "refresh_token"
    return "DPoP" if token.key else "Bearer"


def _sign_in(sign_in: SignIn) -> dict[str, Any]:
    """Return what resource servers ask that demand a sign-in of some kind or age (RFC 9470 section
    6.2). Nothing where none stands behind the token."""
    told = {"auth_time": sign_in.claims().get("auth_time"), "acr": sign_in.acr}
    return {name: value for name, value in told.items() if value}
