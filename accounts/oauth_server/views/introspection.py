"""Introspect tokens (RFC 7662): whether one is good, and for what.

A confidential client may ask about its own tokens; one that was allowed the `introspection` scope
(a resource server) about any. The question may also be authorized by a token with that scope.
"""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from oauthlib.oauth2.rfc6749.errors import InvalidClientError, InvalidRequestError

from accounts.oauth_server import bearer
from accounts.oauth_server.claims.subjects import subject_for
from accounts.oauth_server.clients.authentication import authenticate, count_attempt
from accounts.oauth_server.grants import refuse_repeated
from accounts.oauth_server.models import AccessToken, RefreshToken
from accounts.oauth_server.rules.credentials import digest
from accounts.oauth_server.rules.scopes import claims_of, to_set
from accounts.oauth_server.wire.backend import backend
from accounts.oauth_server.wire.endpoint import form_endpoint, json_response, no_store

SCOPE = "introspection"
INACTIVE = {"active": False}
_TOKEN_TYPES: dict[type[AccessToken | RefreshToken], str] = {
    AccessToken: "Bearer",
    RefreshToken: "refresh_token",
}


@form_endpoint
def introspect(request: HttpRequest) -> HttpResponse:
    asked = backend().as_oauthlib(request)
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
    header = request.headers.get("Authorization", "")
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
    for model, token_type in _TOKEN_TYPES.items():
        row = (
            model.objects.select_related("user", "application", "authorization")
            .filter(token_checksum=digest(token))
            .first()
        )
        if row and only_of in (None, row.application_id) and _is_active(row):
            return _active(row, token_type)
    return INACTIVE


def _is_active(row: AccessToken | RefreshToken) -> bool:
    person_may = row.user is None or row.user.is_active
    return bool(person_may and row.application.is_active and row.is_live())


def _active(row: AccessToken | RefreshToken, token_type: str) -> dict[str, Any]:
    answer = {
        "active": True,
        "iss": settings.SITE_URL,
        "client_id": row.application.client_id,
        "scope": row.scope,
        "token_type": token_type,
        "iat": int(row.created.timestamp()),
        "exp": int(row.ends.timestamp()),
        "sub": subject_for(row.user, row.application) if row.user else row.application.client_id,
    }
    if row.user and "email" in claims_of(to_set(row.scope)):
        answer["username"] = row.user.email
    return answer | _sign_in(row)


def _sign_in(row: AccessToken | RefreshToken) -> dict[str, Any]:
    """Return what resource servers ask that demand a sign-in of some kind or age (RFC 9470 section
    6.2). Nothing where none stands behind the token."""
    auth_time = row.sign_in.claims().get("auth_time")
    told = {"auth_time": auth_time, "acr": row.sign_in.acr}
    return {name: value for name, value in told.items() if value}
