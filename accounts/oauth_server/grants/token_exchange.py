"""Exchange a person's access token for one by which another client acts for them (RFC 8693).

What comes out is never more than what came in: the same person, no other scopes or resources, no
longer, and gone with the token that it came from. It names who acts by it, unless an admin allowed
this pair of clients to impersonate.
"""

from django.db import transaction
from oauthlib.oauth2.rfc6749.errors import InvalidRequestError

from accounts.models.event_kinds import Actor, Event
from accounts.oauth_server.clients import bound_keys
from accounts.oauth_server.clients.authentication import authenticate_for
from accounts.oauth_server.grants import identity_assertion, refuse_repeated
from accounts.oauth_server.models import (
    AccessToken,
    Client,
    Delegation,
    ExchangePolicy,
    ProtectedResource,
)
from accounts.oauth_server.models.client import TOKEN_EXCHANGE
from accounts.oauth_server.rules import resources
from accounts.oauth_server.rules.scopes import Holder, to_set
from accounts.oauth_server.rules.token_types import ACCESS_TOKEN, ID_JAG, JWT
from accounts.oauth_server.tokens import issuing, subject_tokens
from accounts.oauth_server.wire.asked_resources import Target, exchanged_target
from accounts.oauth_server.wire.asked_scopes import within
from accounts.oauth_server.wire.form import Form
from accounts.security_events.details import Exchange
from accounts.security_events.record import record


def answer(request: Form) -> issuing.TokenAnswer:
    refuse_repeated(request, but=("audience",))
    client = authenticate_for(TOKEN_EXCHANGE, request)
    if request.requested_token_type == ID_JAG:
        return identity_assertion.answer(client, request)
    _check_requested_type(request)
    key = bound_keys.proven_key(client, request)
    with transaction.atomic():
        return _exchange(client, request, key)


def _check_requested_type(request: Form) -> None:
    if request.requested_token_type not in (None, ACCESS_TOKEN, JWT):
        raise InvalidRequestError(
            description=f"requested_token_type must be {ACCESS_TOKEN} or {ID_JAG}.", request=request
        )


def _exchange(client: Client, request: Form, key: str) -> issuing.TokenAnswer:
    token = subject_tokens.lock(request)
    may_impersonate = _may_impersonate(client, token, request)
    subject_tokens.check_person(token, client, request)
    subject_tokens.check_key(token, client, key, request)
    acting = subject_tokens.actor(token, client, key, request)
    impersonates = may_impersonate and request.actor_token is None
    target = exchanged_target(token.audience, client, request)
    _check_format(target, request)
    scopes = _scopes(token, client, target, request)
    acting = token.acting if impersonates else acting
    actor = subject_tokens.as_column(acting)
    issued = issuing.issue_exchanged(token, client, scopes, actor=actor, key=key, target=target)
    if token.authorization and token.application_id != client.pk:
        Delegation.objects.note(
            token.authorization, client, issued.answer["scope"], impersonates=impersonates
        )
    record(
        Event.TOKEN_EXCHANGED,
        actor=Actor.CLIENT,
        user=token.user,
        client=client,
        details=Exchange(token.application.name, tuple(sorted(scopes)), impersonates),
        beside=issued.writes,
    )
    return issued.answer


def _may_impersonate(client: Client, token: AccessToken, request: Form) -> bool:
    """Return whether an admin allowed the client to act as if it were the person's own app. Raises
    InvalidRequestError where it may not exchange the token at all (section 2.2.2)."""
    policy = ExchangePolicy.objects.filter(client=client, source=token.application_id).first()
    if policy:
        return policy.may_impersonate
    if token.application_id == client.pk or _serves(client, token):
        return False
    raise InvalidRequestError(
        description="The subject_token is refused: it is of another client and not for a resource "
        "of this one. An admin of this site can allow it under Token exchange policies.",
        request=request,
    )


def _serves(client: Client, token: AccessToken) -> bool:
    """Return whether the token is for a resource whose server the client is."""
    if not token.audience:
        return False
    named = resources.told(token.audience)
    return ProtectedResource.objects.filter(server=client, identifier__in=named).exists()


def _check_format(target: Target, request: Form) -> None:
    if request.requested_token_type == JWT and not target.is_jwt:
        raise InvalidRequestError(
            description="requested_token_type is a JWT: the resource takes none.", request=request
        )


def _scopes(token: AccessToken, client: Client, target: Target, request: Form) -> frozenset[str]:
    """Return the same scopes or fewer, of those that the client may have itself."""
    own = client.allowed_scopes(Holder.PERSON) | target.scopes
    allowed = to_set(token.scope) & own
    return within(allowed, by_default=allowed, client=client, request=request)
