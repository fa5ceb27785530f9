"""Revoke tokens (RFC 7009): a client says that it is done with one.

A personal token may be revoked by anybody who holds it: it belongs to no client that could prove
itself, and whoever found a leaked one can do nothing better with it.
"""

from django.http import HttpRequest, HttpResponse
from oauthlib.oauth2.rfc6749.errors import InvalidRequestError

from accounts.limits import rate_limits
from accounts.models.event_kinds import Actor
from accounts.oauth_server.clients.authentication import authenticate
from accounts.oauth_server.grants import refuse_repeated
from accounts.oauth_server.models import AccessToken, Client, PersonalToken, RefreshToken
from accounts.oauth_server.recorder.watch import recorded
from accounts.oauth_server.rules.credentials import Kind, digest
from accounts.oauth_server.tokens import revocation
from accounts.oauth_server.wire.endpoint import form_endpoint
from accounts.oauth_server.wire.form import Form


@recorded("revoke")
@form_endpoint
def revoke(request: HttpRequest) -> HttpResponse:
    """Revoke a token. Always 200 for an authenticated client: an unknown token is as good as a
    revoked one."""
    asked = Form(request)
    refuse_repeated(asked)
    if (asked.token or "").startswith(Kind.PERSONAL_TOKEN):
        rate_limits.hit(request, "revoke")
        _end_personal(asked.token)
        return HttpResponse(status=200)
    client = authenticate(asked)
    if not asked.token:
        raise InvalidRequestError(description="Missing token parameter.")
    _end(asked.token, client)
    return HttpResponse(status=200)


def _end_personal(token: str) -> None:
    found = PersonalToken.objects.presented(token)
    if found:
        revocation.revoke_personal_token(found, actor=Actor.UNKNOWN)


def _end(token: str, client: Client) -> None:
    """End the sign-in that the token belongs to, if it is one of `client` (section 2.1).

    `token_type_hint` would only speed up a search that two indexed look-ups make anyway.
    """
    of_client = {"token_checksum": digest(token), "application": client}
    for model in (RefreshToken, AccessToken):
        found = model.objects.filter(**of_client).first()
        if found:
            revocation.revoke_sign_in_of(found, actor=Actor.CLIENT)
