"""Vouch for a person to another authorization server: issue an Identity Assertion JWT Authorization
Grant by token exchange (draft-ietf-oauth-identity-assertion-authz-grant section 4).

Nobody is asked: an admin's policy says which client may act for whom, where, and how far.
"""

import secrets
import time
from typing import Any

from allauth.account.models import EmailAddress
from django.conf import settings
from django.db import transaction
from oauthlib.oauth2.rfc6749.errors import InvalidRequestError

from accounts.models import User
from accounts.models.event_kinds import Actor, Event
from accounts.oauth_server.claims.subjects import subject_for
from accounts.oauth_server.clients import bound_keys
from accounts.oauth_server.models import Client, CrossAppPolicy, SigningKey
from accounts.oauth_server.models.access import is_open
from accounts.oauth_server.rules import resources
from accounts.oauth_server.rules.scopes import to_text
from accounts.oauth_server.rules.token_types import ID_JAG
from accounts.oauth_server.tokens import identity_subjects
from accounts.oauth_server.tokens.issuing import TokenAnswer
from accounts.oauth_server.wire.asked_resources import InvalidTarget
from accounts.oauth_server.wire.endpoint import scope_error
from accounts.oauth_server.wire.form import Form
from accounts.security_events.details import Assertion
from accounts.security_events.record import record
from accounts.third_parties.identity_assertions import TYPE

LIFETIME = 300  # seconds


def answer(client: Client, request: Form) -> TokenAnswer:
    """Return the answer of RFC 8693 section 2.2 with the assertion. Raises OAuth2Error."""
    if request.actor_token is not None:
        raise InvalidRequestError(
            description="actor_token has no meaning for an identity assertion.", request=request
        )
    policy = _policy(client, request)
    named = _resources(policy, request)
    scopes = policy.granted_scopes(request.scope)
    if request.scope and not scopes:
        raise scope_error(request.scope.split(), request)
    key = bound_keys.proven_key(client, request, is_needed=False)
    with transaction.atomic():
        signed_in = identity_subjects.lock(client, key, request)
        person = signed_in.authorization.user
        if not (policy.is_open_to(person) and is_open(policy.relying_party, person)):
            raise InvalidTarget(
                description="An admin of this site chose who may be acted for there: this person "
                "is not among them.",
                request=request,
            )
        claims = signed_in.told | _claims(policy, person)
        claims |= {"scope": to_text(scopes)} if scopes else {}
        claims |= {"resource": named[0] if len(named) == 1 else named} if named else {}
        claims |= {"cnf": {"jkt": key}} if key else {}
        record(
            Event.IDENTITY_ASSERTED,
            actor=Actor.CLIENT,
            user=person,
            client=client,
            details=Assertion(policy.audience, tuple(sorted(scopes))),
        )
        assertion = SigningKey.objects.sign(claims, policy.relying_party.algorithm, kind=TYPE)
    return {
        "issued_token_type": ID_JAG,
        "access_token": assertion,
        "token_type": "N_A",
        "scope": to_text(scopes),
        "expires_in": LIFETIME,
    }


def _policy(client: Client, request: Form) -> CrossAppPolicy:
    if len(request.audiences) != 1:
        raise InvalidRequestError(
            description="audience must be there once: the issuer of the other server.",
            request=request,
        )
    policy = CrossAppPolicy.objects.of(client, request.audiences[0])
    # Through an app that is off nobody signs in there, either.
    if policy is None or not policy.relying_party.is_active:
        raise InvalidTarget(
            description="No policy lets this client act for people at that audience. An admin of "
            "this site can add one under Cross-app access policies.",
            request=request,
        )
    return policy


def _resources(policy: CrossAppPolicy, request: Form) -> list[str]:
    for each in request.resources:
        if wrong := resources.problem(each):
            raise InvalidTarget(
                description=f"A resource is none: {wrong}.",
                request=request,
            )
        if not policy.reaches(each):
            raise InvalidTarget(
                description="The policy for that audience does not list that resource.",
                request=request,
            )
    return list(dict.fromkeys(request.resources))


def _claims(policy: CrossAppPolicy, person: User) -> dict[str, Any]:
    """Return what section 3 has of every assertion: the person as the other server knows them when
    they sign in there."""
    now = int(time.time())
    claims: dict[str, Any] = {
        "iss": settings.SITE_URL,
        "sub": subject_for(person, policy.relying_party),
        "aud": policy.audience,
        "client_id": policy.client_there,
        "jti": secrets.token_urlsafe(16),
        "iat": now,
        "exp": now + LIFETIME,
    }
    if policy.tells_email:
        verified = EmailAddress.objects.filter(user=person, verified=True)
        if verified.filter(email__iexact=person.email).exists():
            claims |= {"email": person.email, "email_verified": True}
    return claims
