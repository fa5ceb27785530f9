"""The refresh token grant, with rotation (RFC 6749 section 6, RFC 9700 section 4.14)."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from oauthlib.oauth2.rfc6749.errors import (
    InvalidGrantError,
    InvalidRequestError,
    InvalidScopeError,
)

from accounts.oauth_server import issuing, replays, retries
from accounts.oauth_server.client_authentication import authenticate_for
from accounts.oauth_server.credentials import Kind, digest, is_well_formed
from accounts.oauth_server.grants import Answer, answered, refuse_repeated
from accounts.oauth_server.models import AccessToken, Authorization, Client, RefreshToken
from accounts.oauth_server.scopes import to_set
from accounts.security_events.kinds import Event
from accounts.security_events.record import record


class RefreshTokenReplayed(Exception):
    """A superseded token came back too late, or from another client: somebody stole one."""


class RefreshTokenGrant:
    def create_token_response(self, request: Any, token_handler: Any) -> Answer:
        refuse_repeated(request)
        client = authenticate_for("refresh_token", request)
        presented = _find(request)
        try:
            with transaction.atomic():
                return answered(_rotate(presented, client, request))
        except RefreshTokenReplayed as replay:
            why = "" if presented.application_id == client.pk else f"by {client.client_id}"
            replays.end(Event.TOKEN_REPLAYED, presented, presented.token_family, why=why)
            raise InvalidGrantError(
                description="The refresh token was used before; its sign-in has been ended.",
                request=request,
            ) from replay


def _find(request: Any) -> RefreshToken:
    if not request.refresh_token:
        raise InvalidRequestError(description="Missing refresh_token parameter.", request=request)
    found = None
    if is_well_formed(request.refresh_token, Kind.REFRESH_TOKEN):
        # All else is read under the lock.
        known = RefreshToken.objects.only("authorization", "application", "user", "token_family")
        found = known.filter(token_checksum=digest(request.refresh_token)).first()
    if found is None:
        raise InvalidGrantError(description="The refresh token is not valid.", request=request)
    return found


def _rotate(presented: RefreshToken, client: Client, request: Any) -> issuing.TokenAnswer:
    """Supersede the presented token under its lock, and issue the next of its family."""
    authorization = Authorization.objects.lock(presented.authorization_id)
    token = RefreshToken.objects.select_for_update().filter(pk=presented.pk).first()
    if authorization is None or token is None or token.revoked:
        raise InvalidGrantError(description="The refresh token has been revoked.", request=request)
    if token.superseded:
        answer = _answer_again(token, client, request)
        record(Event.TOKEN_REFRESHED, user=authorization.user, client=client, why="retry")
        return answer
    if token.application_id != client.pk:
        raise InvalidGrantError(description="The refresh token is not valid.", request=request)
    if token.is_expired():
        raise InvalidGrantError(description="The refresh token has expired.", request=request)
    scopes = _scopes(token, authorization, request)
    AccessToken.objects.filter(family=token.token_family).delete()
    issue = issuing.Issue(
        authorization, scopes, token.token_family, token.sign_in(), claims=token.claims
    )
    answer = issuing.issue_pair(issue, previous=token)
    token.superseded = timezone.now()
    token.sealed_answer = retries.seal(answer, request.refresh_token)
    token.save(update_fields=["superseded", "sealed_answer"])
    record(Event.TOKEN_REFRESHED, user=authorization.user, client=client)
    return answer


def _answer_again(token: RefreshToken, client: Client, request: Any) -> issuing.TokenAnswer:
    """Repeat the answer to a client that lost it, within the retry window."""
    age = timezone.now() - token.superseded if token.superseded else timedelta()
    if (
        age > settings.REFRESH_RETRY_WINDOW
        or token.application_id != client.pk
        or not token.sealed_answer
    ):
        raise RefreshTokenReplayed
    return retries.unseal(bytes(token.sealed_answer), request.refresh_token)


def _scopes(token: RefreshToken, authorization: Authorization, request: Any) -> frozenset[str]:
    """RFC 6749 section 6: the same scopes or fewer. An admin or the person may have taken some
    away since."""
    allowed = to_set(authorization.client.scopes) & to_set(authorization.scope)
    granted = to_set(token.scope) & allowed
    asked = to_set(request.scope) or granted
    if not asked <= granted:
        raise InvalidScopeError(request=request)
    return asked
