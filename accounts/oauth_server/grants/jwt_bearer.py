"""Redeem an Identity Assertion JWT Authorization Grant (RFC 7523 section 2.1,
draft-ietf-oauth-identity-assertion-authz-grant section 6): an identity provider that an admin
trusts says that a client may act for a person.

No page asks the person, and no refresh token is issued: the provider is asked again each time. An
assertion is good once.
"""

from datetime import UTC, datetime, timedelta

from django.db import transaction
from oauthlib.oauth2.rfc6749.errors import (
    InvalidGrantError,
    InvalidRequestError,
    OAuth2Error,
)

from accounts.models import User
from accounts.models.event_kinds import Actor, Event
from accounts.oauth_server.clients import bound_keys
from accounts.oauth_server.clients.authentication import authenticate_for
from accounts.oauth_server.grants import refuse_repeated
from accounts.oauth_server.models import Authorization, Client, UsedAssertion
from accounts.oauth_server.models.access import is_open
from accounts.oauth_server.models.client import JWT_BEARER
from accounts.oauth_server.rules import resources
from accounts.oauth_server.rules.scopes import Holder
from accounts.oauth_server.tokens import issuing
from accounts.oauth_server.wire.asked_resources import InvalidTarget, Target, sole_target
from accounts.oauth_server.wire.asked_scopes import within
from accounts.oauth_server.wire.endpoint import scope_error
from accounts.oauth_server.wire.form import Form
from accounts.security_events.details import Vouched
from accounts.security_events.record import record
from accounts.third_parties import identity_assertions
from accounts.third_parties.identity_assertions import Asserted, Refused, ThirdPartyUnavailable

_CLOCK_SKEW = timedelta(minutes=1)


class TemporarilyUnavailable(OAuth2Error):
    """Report that the provider's keys cannot be read now: no fault of the client or its grant."""

    error = "temporarily_unavailable"
    status_code = 503


def answer(request: Form) -> issuing.TokenAnswer:
    refuse_repeated(request)
    client = authenticate_for(JWT_BEARER, request)
    if not request.assertion:
        raise InvalidRequestError(description="Missing assertion parameter.", request=request)
    key = bound_keys.proven_key(client, request)
    try:
        asserted = identity_assertions.read(request.assertion)
        _check_client(asserted, client, key)
        with transaction.atomic():
            return _redeem(asserted, client, key, request)
    except Refused as refused:
        raise InvalidGrantError(
            description=f"The assertion is refused: {refused}.", request=request
        ) from refused
    except ThirdPartyUnavailable as error:
        raise TemporarilyUnavailable(
            description="The keys of the assertion’s issuer cannot be read now. Try again later.",
            request=request,
        ) from error


def _check_client(asserted: Asserted, client: Client, key: str) -> None:
    """Check that the assertion is for this client, and comes with the key that it is bound to."""
    if asserted.claims["client_id"] != client.client_id:
        raise Refused("it is for another client (client_id)")
    if asserted.key() not in ("", key):
        raise Refused("it is bound to a key (cnf): send a DPoP proof by that key")


def _redeem(asserted: Asserted, client: Client, key: str, request: Form) -> issuing.TokenAnswer:
    """Use the assertion up and issue what it stands for."""
    _use(asserted, client)
    person = identity_assertions.person(asserted, client)
    if not is_open(client, person):
        raise Refused("this client is not open to the person")
    target = _target(asserted, client, request)
    scopes = _scopes(asserted, client, target, request)
    authorization = _authorization(person, client, asserted, scopes, target)
    issued = issuing.issue_by_assertion(authorization, scopes, key=key, target=target)
    record(
        Event.ASSERTION_REDEEMED,
        actor=Actor.CLIENT,
        user=person,
        client=client,
        details=Vouched(asserted.provider, tuple(sorted(scopes))),
        beside=issued.writes,
    )
    return issued.answer


def _use(asserted: Asserted, client: Client) -> None:
    jti = f"{asserted.claims['iss']} {asserted.claims['jti']}"
    expires = datetime.fromtimestamp(int(asserted.claims["exp"]), UTC) + _CLOCK_SKEW
    if not UsedAssertion.objects.use(client, jti, expires=expires):
        raise Refused("it was used before (jti)")


def _target(asserted: Asserted, client: Client, request: Form) -> Target:
    """Return what the token is for: what the request names of the assertion's resources, all of
    them where it names none. Raises InvalidTarget."""
    allowed = asserted.resources()
    if any(map(resources.problem, allowed)):
        raise Refused("it names a resource that is none")
    keys = set(map(resources.compared, allowed))
    for each in request.resources:
        if resources.problem(each) or (allowed and resources.compared(each) not in keys):
            raise InvalidTarget(
                description="A resource is not among those of the assertion.", request=request
            )
    request.resources = request.resources or allowed
    return sole_target(client, Holder.PERSON, request)


def _scopes(asserted: Asserted, client: Client, target: Target, request: Form) -> frozenset[str]:
    """Return the scopes of the assertion that the client may have, or fewer where it asks for
    fewer; its own defaults where the assertion names none."""
    told = frozenset(asserted.words("scope"))
    possible = client.allowed_scopes(Holder.PERSON) | target.scopes
    allowed = (told or client.scopes_by_default(Holder.PERSON)) & possible
    if told and not allowed:
        raise scope_error(told, request)
    return within(allowed, by_default=allowed, client=client, request=request)


def _authorization(
    person: User, client: Client, asserted: Asserted, scopes: frozenset[str], target: Target
) -> Authorization:
    """Return the row that the token hangs from. What a person allows on a page stays as it is: what
    their organization says is kept beside it."""
    named = [row.identifier for row in target.rows]
    return Authorization.objects.vouched(person, client, asserted.provider, scopes, named)
