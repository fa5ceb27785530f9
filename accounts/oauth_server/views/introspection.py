"""Introspect tokens (RFC 7662): whether one is good, and for what.

A confidential client may ask about its own tokens; one that was allowed the `introspection` scope
(a resource server) about any. The question may also be authorized by a token with that scope.
"""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from oauthlib.oauth2.rfc6749.errors import InvalidClientError, InvalidRequestError

from accounts.oauth_server import bearer, presented
from accounts.oauth_server.claims import groups
from accounts.oauth_server.claims.subjects import subject_for
from accounts.oauth_server.clients.authentication import authenticate, count_attempt
from accounts.oauth_server.grants import refuse_repeated
from accounts.oauth_server.models import AccessToken, RefreshToken
from accounts.oauth_server.presented import Introspected
from accounts.oauth_server.rules.scopes import claims_of, to_set
from accounts.oauth_server.wire.endpoint import form_endpoint, json_response, no_store
from accounts.oauth_server.wire.form import Form
from accounts.sessions.sign_in import SignIn

SCOPE = "introspection"
INACTIVE = {"active": False}
_TOKEN_TYPES: dict[type[AccessToken | RefreshToken], str] = {
    AccessToken: "Bearer",
    RefreshToken: "refresh_token",
}


@form_endpoint
def introspect(request: HttpRequest) -> HttpResponse:
    asked = Form(request)
    refuse_repeated(asked)
    try:
        only_of = _authorize(request, asked)
    except bearer.Refused as refused:
        return _refuse(refused)
    if not asked.token:
        raise InvalidRequestError(description="Missing token parameter.")
    return json_response(_describe(asked.token, only_of))


def _authorize(request: HttpRequest, asked: Any) -> int | None:
    """Return the client whose tokens alone may be asked about; None for any client's."""
    header = request.META.get("HTTP_AUTHORIZATION", "")
    if header[:7].lower() == "bearer ":
        access = bearer.check(bearer.token_in_header(header))
        if SCOPE not in access.scopes:
            raise bearer.Refused("insufficient_scope", f"This needs the scope {SCOPE}.")
        count_attempt(access.client_id)
        return None
    client = authenticate(asked)
    if client.is_public:
        raise InvalidClientError(description="Only a client with a secret may ask.")
    return None if SCOPE in to_set(client.scopes) else client.pk


def _refuse(refused: bearer.Refused) -> HttpResponse:
    status = 403 if refused.error == "insufficient_scope" else 401
    response = json_response(
        {"error": refused.error, "error_description": refused.description}, status=status
    )
    response["WWW-Authenticate"] = bearer.challenge(refused, realm="oauth")
    return no_store(response)


def _describe(token: str, only_of: int | None) -> dict[str, Any]:
    """Return RFC 7662 section 2.2's answer. A token that may not be asked about is inactive."""
    found = presented.introspected(token)
    if found is None or not found.is_active or only_of not in (None, found.client.pk):
        return INACTIVE
    return describe(found)


def describe(found: Introspected) -> dict[str, Any]:
    """Return the answer about a token that is good."""
    token, client, person = found.token, found.client, found.person
    answer = {
        "active": True,
        "iss": settings.SITE_URL,
        "client_id": client.client_id,
        "scope": token.scope,
        "token_type": _TOKEN_TYPES[type(token)],
        "iat": int(token.created.timestamp()),
        "exp": int(token.ends.timestamp()),
        "sub": subject_for(person, client) if person else client.client_id,
    }
    scopes = to_set(token.scope)
    if person and "email" in claims_of(scopes):
        answer["username"] = person.email
    if person and "groups" in scopes and client.tells_groups_in(client.INTROSPECTION):
        answer |= groups.claim(person, client, found.groups)
    return answer | _sign_in(token.sign_in)


def _sign_in(sign_in: SignIn) -> dict[str, Any]:
    """Return what resource servers ask that demand a sign-in of some kind or age (RFC 9470 section
    6.2). Nothing where none stands behind the token."""
    told = {"auth_time": sign_in.claims().get("auth_time"), "acr": sign_in.acr}
    return {name: value for name, value in told.items() if value}
