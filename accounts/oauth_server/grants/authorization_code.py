"""Redeem authorization codes with PKCE (RFC 6749 section 4.1, RFC 7636; S256 only)."""

import re
from typing import Any

from django.db import transaction
from django.utils import timezone
from oauthlib.oauth2.rfc6749.errors import InvalidGrantError, InvalidRequestError
from oauthlib.oauth2.rfc6749.grant_types import AuthorizationCodeGrant as OAuthlibCodeGrant
from oauthlib.oauth2.rfc6749.grant_types.authorization_code import code_challenge_method_s256
from oauthlib.openid.connect.core.exceptions import RequestNotSupported, RequestURINotSupported

from accounts.models.event_kinds import Actor, Event
from accounts.oauth_server.clients import bound_keys
from accounts.oauth_server.clients.authentication import authenticate_for
from accounts.oauth_server.grants import refuse_repeated
from accounts.oauth_server.models import AuthorizationCode, Client
from accounts.oauth_server.rules import grant_types
from accounts.oauth_server.rules.credentials import Kind, is_well_formed
from accounts.oauth_server.rules.scopes import to_set
from accounts.oauth_server.tokens import issuing, replays
from accounts.oauth_server.tokens.granted import Granted
from accounts.oauth_server.tokens.locked import Presented
from accounts.oauth_server.wire.asked_resources import Target, narrowed_target
from accounts.oauth_server.wire.form import Form
from accounts.security_events.details import Nothing, Redemption
from accounts.security_events.record import record
from accounts.way_back.claims_request import ClaimsRequest

# RFC 7636 sections 4.1 and 4.2.
_VERIFIER = re.compile(r"[A-Za-z0-9\-._~]{43,128}")


_codes = Presented(AuthorizationCode, "code")


class CodeReplayed(Exception):
    """Report the replay of a code: one of the two presenters is not the client (RFC 9700 4.5)."""

    def __init__(self, code: AuthorizationCode) -> None:
        super().__init__()
        self.code = code


class AuthorizationCodeGrant(OAuthlibCodeGrant):
    """Validate authorization requests by oauthlib. The codes are redeemed here."""

    # RFC 9700 section 2.1.1: "plain" shows the verifier to whoever sees the request.
    _code_challenge_methods = {"S256": code_challenge_method_s256}

    def __init__(self, validator: Any) -> None:
        super().__init__(
            validator, pre_auth=[refuse_repeated, _refuse_request_objects, _check_challenge]
        )


def answer(request: Form) -> issuing.TokenAnswer:
    refuse_repeated(request)
    client = authenticate_for(grant_types.AUTHORIZATION_CODE, request)
    _check_form(request)
    key = bound_keys.proven_key(client, request)
    try:
        with transaction.atomic():
            return _redeem(client, request, key)
    except CodeReplayed as replay:
        replays.end(Event.CODE_REPLAYED, replay.code, details=Nothing())
        raise InvalidGrantError(
            description="The code was used before; what it earned has been ended.",
            request=request,
        ) from replay


def _refuse_request_objects(request: Any) -> dict[str, Any]:
    """Refuse request objects, which are not supported, in place of ignoring them (OpenID Connect
    Core section 6)."""
    if getattr(request, "request", None):
        raise RequestNotSupported(request=request)
    if getattr(request, "request_uri", None):
        raise RequestURINotSupported(request=request)
    return {}


def _check_challenge(request: Any) -> dict[str, Any]:
    """Refuse a challenge that no verifier can meet, before consent (RFC 7636 section 4.2)."""
    if not request.code_challenge:
        request.code_challenge = None
        return {}  # oauthlib says that it is missing, where it is needed (validator.py)
    if request.code_challenge_method != "S256":
        raise InvalidRequestError(
            description="code_challenge_method must be S256.", request=request
        )
    if not _VERIFIER.fullmatch(request.code_challenge):
        raise InvalidRequestError(
            description="code_challenge must be 43 to 128 unreserved characters.", request=request
        )
    return {}


def _check_form(request: Form) -> None:
    if not request.code:
        raise InvalidRequestError(description="Missing code parameter.", request=request)
    if not is_well_formed(request.code, Kind.AUTHORIZATION_CODE):
        raise InvalidGrantError(description="The code is not valid.", request=request)


def _redeem(client: Client, request: Form, key: str) -> issuing.TokenAnswer:
    """Consume the code under its lock and issue what it stands for."""
    code = _codes.lock(request.code)
    # A code of another client is answered as if it did not exist.
    if code is None or code.application_id != client.pk:
        raise InvalidGrantError(
            description="The code is not valid, or what it stands for has ended.", request=request
        )
    if code.redeemed:
        raise CodeReplayed(code)
    code.application = code.authorization.client = client
    if code.is_expired():
        raise InvalidGrantError(description="The code has expired.", request=request)
    _check_redirect_uri(code, request)
    _check_verifier(code, request)
    bound_keys.check(code.key, key, request)
    code.redeemed = timezone.now()
    target = narrowed_target(code.audience, client, request)
    issued = issuing.issue_pair(_granted(code, key, target))
    record(
        Event.CODE_REDEEMED,
        actor=Actor.CLIENT,
        user=code.user,
        client=client,
        details=Redemption("authorization_code"),
        beside=(_codes.rows.updating(code, "redeemed"), *issued.writes),
    )
    return issued.answer


def _granted(code: AuthorizationCode, key: str, target: Target) -> Granted:
    return Granted(
        code.authorization,
        to_set(code.scope),
        code.family,
        code.sign_in,
        nonce=code.nonce,
        claims=ClaimsRequest.parse(code.claims),
        key=key,
        audience=code.audience,
        target=target,
    )


def _check_redirect_uri(code: AuthorizationCode, request: Form) -> None:
    """Check that redirect_uri is there, and identical, where the authorization request had it (RFC
    6749 section 4.1.3)."""
    if (request.redirect_uri or "") == code.redirect_uri:
        return
    if not code.redirect_uri and code.application.redirect_uri_allowed(request.redirect_uri):
        return
    raise InvalidGrantError(
        description="redirect_uri is not the one that the code was sent to.", request=request
    )


def _check_verifier(code: AuthorizationCode, request: Form) -> None:
    """Check the code verifier (RFC 7636 section 4.6). None is one that does not match, which is
    `invalid_grant` as FAPI 2.0 is certified. One for a code that was asked for without a challenge
    shows that somebody took the challenge away, or brings another's code (RFC 9700 section 4.8.2).
    """
    verifier = request.code_verifier
    if not code.code_challenge:
        if verifier is None:
            return
        raise InvalidGrantError(
            description="The code was asked for without a code_challenge.", request=request
        )
    if not verifier:
        raise InvalidGrantError(description="Missing code_verifier parameter.", request=request)
    if _VERIFIER.fullmatch(verifier) and code_challenge_method_s256(verifier, code.code_challenge):
        return
    raise InvalidGrantError(
        description="code_verifier does not match the code_challenge.", request=request
    )
