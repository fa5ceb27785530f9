"""Refresh tokens, with rotation (RFC 6749 section 6, RFC 9700 section 4.14)."""

from collections.abc import Iterable
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from oauthlib.oauth2.rfc6749.errors import (
    InvalidGrantError,
    InvalidRequestError,
)

from accounts.models.event_kinds import Actor, Event
from accounts.oauth_server.clients import bound_keys
from accounts.oauth_server.clients.authentication import authenticate_for
from accounts.oauth_server.grants import refuse_repeated
from accounts.oauth_server.models import AccessToken, Client, RefreshToken
from accounts.oauth_server.rules import grant_types
from accounts.oauth_server.rules.credentials import Kind, is_well_formed
from accounts.oauth_server.rules.scopes import Holder, to_set
from accounts.oauth_server.tokens import issuing, refresh_retries, replays
from accounts.oauth_server.tokens.granted import Granted
from accounts.oauth_server.tokens.locked import Presented
from accounts.oauth_server.wire.asked_resources import Target, narrowed_target
from accounts.oauth_server.wire.asked_scopes import within
from accounts.oauth_server.wire.form import Form
from accounts.security_events.details import Refresh, Replay
from accounts.security_events.record import record
from accounts.storage.rows import Rows
from accounts.storage.writes import Write

_tokens = Presented(RefreshToken, "token_checksum")
_access_tokens = Rows(AccessToken)


class RefreshTokenReplayed(Exception):
    """Report that a superseded token came back too late, or from another client: somebody stole
    one."""

    def __init__(self, token: RefreshToken) -> None:
        super().__init__()
        self.token = token


def answer(request: Form) -> issuing.TokenAnswer:
    refuse_repeated(request)
    client = authenticate_for(grant_types.REFRESH_TOKEN, request)
    _check_form(request)
    key = bound_keys.proven_key(client, request)
    try:
        with transaction.atomic():
            return _rotate(client, request, key)
    except RefreshTokenReplayed as replay:
        token = replay.token
        is_own = token.application_id == client.pk
        details = Replay("" if is_own else client.client_id)
        replays.end(Event.TOKEN_REPLAYED, token, details=details)
        raise InvalidGrantError(
            description="The refresh token was used before; its sign-in has been ended.",
            request=request,
        ) from replay


def _check_form(request: Form) -> None:
    if not request.refresh_token:
        raise InvalidRequestError(description="Missing refresh_token parameter.", request=request)
    if not is_well_formed(request.refresh_token, Kind.REFRESH_TOKEN):
        raise InvalidGrantError(description="The refresh token is not valid.", request=request)


def _rotate(client: Client, request: Form, key: str) -> issuing.TokenAnswer:
    """Supersede the presented token under its lock, and issue the next of its family."""
    token = _tokens.lock(request.refresh_token)
    if token is None or token.revoked:
        raise InvalidGrantError(
            description="The refresh token is not valid or has been revoked.", request=request
        )
    if token.application_id == client.pk:
        bound_keys.check(token.key, key, request)  # who has no key replays nothing, either
    if token.superseded:
        again = _answer_again(token, client, request)
        _record(token, client, Refresh(is_retry=True))
        return again
    if token.application_id != client.pk:
        raise InvalidGrantError(description="The refresh token is not valid.", request=request)
    if token.is_expired():
        raise InvalidGrantError(description="The refresh token has expired.", request=request)
    token.authorization.client = client
    issue = _issue_beside if client.is_fapi else _issue_next
    issued = issue(token, request, key)
    _record(token, client, Refresh(), issued.writes)
    return issued.answer


def _record(
    token: RefreshToken, client: Client, how: Refresh, beside: Iterable[Write] = ()
) -> None:
    record(
        Event.TOKEN_REFRESHED,
        actor=Actor.CLIENT,
        user=token.user,
        client=client,
        details=how,
        beside=beside,
    )


def _granted(token: RefreshToken, request: Form, key: str) -> Granted:
    target = narrowed_target(token.audience, token.authorization.client, request)
    return Granted(
        token.authorization,
        _scopes(token, request, target),
        token.family,
        token.sign_in,
        claims=token.claims_request,
        key=key,
        audience=token.audience,
        target=target,
    )


def _issue_beside(token: RefreshToken, request: Form, key: str) -> issuing.Issued:
    """Issue an access token and let the refresh token stay: the client proves itself by its key
    each time, and may ask from many places at once (FAPI 2.0 Security Profile section 5.3.2.1)."""
    return issuing.issue_pair(_granted(token, request, key), keeps=token)


def _issue_next(token: RefreshToken, request: Form, key: str) -> issuing.Issued:
    issued = issuing.issue_pair(_granted(token, request, key), previous=token)
    superseding = refresh_retries.superseding(token, issued.answer, request.refresh_token)
    ending_the_last_one = _access_tokens.deleting("family", token.family)
    return issued._replace(writes=(ending_the_last_one, *issued.writes, superseding))


def _answer_again(token: RefreshToken, client: Client, request: Form) -> issuing.TokenAnswer:
    """Repeat the answer to a client that lost it, within the retry window."""
    age = timezone.now() - token.superseded if token.superseded else timedelta()
    if (
        age > settings.REFRESH_RETRY_WINDOW
        or token.application_id != client.pk
        or not token.sealed_answer
    ):
        raise RefreshTokenReplayed(token)
    return refresh_retries.unseal(bytes(token.sealed_answer), request.refresh_token)


def _scopes(token: RefreshToken, request: Form, target: Target) -> frozenset[str]:
    """Return the scopes to refresh: the same or fewer (RFC 6749 section 6). An admin or the person
    may have taken some away since."""
    authorization = token.authorization
    own = authorization.client.allowed_scopes(Holder.PERSON)
    allowed = (own | target.scopes) & to_set(authorization.scope)
    granted = to_set(token.scope) & allowed
    return within(granted, by_default=granted, client=authorization.client, request=request)
