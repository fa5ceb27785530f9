"""Redeem device codes: the device's side of the device authorization grant (RFC 8628 sections 3.4
and 3.5)."""

import uuid

from django.db import transaction
from django.utils import timezone
from oauthlib.oauth2.rfc6749.errors import InvalidGrantError, InvalidRequestError, OAuth2Error
from oauthlib.oauth2.rfc8628.errors import (
    AccessDenied,
    AuthorizationPendingError,
    ExpiredTokenError,
    SlowDownError,
)

from accounts.models.event_kinds import Actor, Event
from accounts.oauth_server.clients import bound_keys
from accounts.oauth_server.clients.authentication import authenticate_for
from accounts.oauth_server.grants import refuse_repeated
from accounts.oauth_server.models import Authorization, Client, DeviceGrant, access
from accounts.oauth_server.models.client import DEVICE_CODE
from accounts.oauth_server.rules.credentials import Kind, digest, is_well_formed
from accounts.oauth_server.rules.scopes import to_set
from accounts.oauth_server.tokens import issuing
from accounts.oauth_server.tokens.granted import Granted
from accounts.oauth_server.wire.asked_resources import narrowed_target
from accounts.oauth_server.wire.form import Form
from accounts.security_events.details import Redemption
from accounts.security_events.record import record
from accounts.storage.rows import Rows

_grants = Rows(DeviceGrant)


def answer(request: Form) -> issuing.TokenAnswer:
    refuse_repeated(request)
    client = authenticate_for(DEVICE_CODE, request)
    key = bound_keys.proven_key(client, request)
    presented = _find(request, client)
    with transaction.atomic():
        outcome = _redeem(presented, request, key)
    if isinstance(outcome, OAuth2Error):
        raise outcome  # only now: that the device asked has to be remembered
    return outcome


def _find(request: Form, client: Client) -> DeviceGrant:
    if not request.device_code:
        raise InvalidRequestError(description="Missing device_code parameter.", request=request)
    found = None
    if is_well_formed(request.device_code, Kind.DEVICE_CODE):
        found = DeviceGrant.objects.filter(device_code=digest(request.device_code)).first()
    if found is None or found.application_id != client.pk:
        raise InvalidGrantError(description="The device code is not valid.", request=request)
    return found


def _redeem(presented: DeviceGrant, request: Form, key: str) -> issuing.TokenAnswer | OAuth2Error:
    """Consume the grant under its lock if the person said yes; else say where it stands."""
    authorization = _lock(presented.authorization_id)
    grant = DeviceGrant.objects.select_for_update().filter(pk=presented.pk).first()
    if grant is None:
        return InvalidGrantError(description="The device code was used before.", request=request)
    if timezone.now() >= grant.expires:
        return ExpiredTokenError(request=request)
    if grant.status == DeviceGrant.DENIED:
        return AccessDenied(request=request)
    if grant.polls_too_often():
        return SlowDownError(request=request)
    if authorization is None:
        # Undecided; or decided just now, and found so at the next poll; or removed since.
        return AuthorizationPendingError(request=request)
    if not access.is_open(authorization.client, authorization.user):
        return AccessDenied(request=request)
    granted = Granted(
        authorization,
        to_set(grant.scope),
        uuid.uuid4(),
        grant.sign_in,
        key=key,
        audience=grant.audience,
        target=narrowed_target(grant.audience, authorization.client, request),
    )
    issued = issuing.issue_pair(granted)
    record(
        Event.CODE_REDEEMED,
        actor=Actor.CLIENT,
        user=authorization.user,
        client=authorization.client,
        details=Redemption("device_code"),
        beside=(_grants.deleting("id", grant.pk), *issued.writes),
    )
    return issued.answer


def _lock(authorization_id: int | None) -> Authorization | None:
    return Authorization.objects.lock(authorization_id) if authorization_id else None
