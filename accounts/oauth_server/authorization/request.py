"""Read and validate an authorization request.

RFC 6749 section 4.1.1 and OpenID Connect Core section 3.1.2.1.

Nothing is redirected anywhere before the client and its redirect URI have been found to be right.
"""

import re
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from oauthlib.oauth2.rfc6749.errors import (
    FatalClientError,
    InvalidRequestError,
    InvalidRequestFatalError,
    MissingRedirectURIError,
    UnsupportedResponseTypeError,
)
from oauthlib.openid.connect.core.exceptions import InvalidRequestObject, RequestNotSupported

from accounts.oauth_server.authorization.origins import IN_THE_QUERY, Origin
from accounts.oauth_server.claims.release import scopes_behind
from accounts.oauth_server.models import Client
from accounts.oauth_server.rules.response_modes import RESPONSE_MODES
from accounts.oauth_server.tokens import id_tokens
from accounts.oauth_server.wire.asked_resources import OWN_API, Target
from accounts.oauth_server.wire.backend import backend
from accounts.oauth_server.wire.endpoint import check_parameters
from accounts.oauth_server.wire.own_request import TRIAL
from accounts.way_back.app_request import ANY_AGE
from accounts.way_back.claims_request import ClaimsRequest, MalformedClaims


@dataclass(frozen=True)
class AuthorizationRequest:
    """Describe what a client asks of a person. `redirect_uri` is validated; `sent_redirect_uri` is
    what the request said, empty where it left the choice to the one that is registered."""

    client: Client
    redirect_uri: str
    sent_redirect_uri: str
    scopes: frozenset[str]
    state: str
    nonce: str
    code_challenge: str
    prompt: frozenset[str]
    max_age: int | None  # in seconds; 0 where the person has to be asked anew
    response_mode: str
    claims: ClaimsRequest
    expected_sub: str  # whom the client says this is about, empty where it does not say
    acr_values: tuple[str, ...]  # one of which has to be reached; empty where any will do
    wished_acr_values: tuple[str, ...]  # one of which is asked for, where that can be
    key: str = ""  # that the code is bound to, by its thumbprint (RFC 9449 section 10)
    target: Target = OWN_API  # what tokens are asked for
    origin: Origin = IN_THE_QUERY
    is_trial: bool = False  # of an admin: trials.py

    @property
    def wanted(self) -> frozenset[str]:
        """Return what the person has to allow: the scopes, and those behind claims that are asked
        for one by one."""
        return self.scopes | scopes_behind(self.claims, self.client)


def read(request: HttpRequest, origin: Origin) -> AuthorizationRequest:
    """Return the request in the query of `request`, to which it came by way of `origin`.

    Raises oauthlib's FatalClientError where nobody may be redirected, and its other OAuth2Error,
    with `redirect_uri` and `state`, where the client is to be told.
    """
    try:
        check_parameters(request.GET)
    except InvalidRequestError as error:
        raise InvalidRequestFatalError(description=error.description) from error
    asked = backend().as_oauthlib(request)
    sent_redirect_uri = asked.redirect_uri or ""
    scopes, details = _validate(request, origin)
    validated = details["request"]
    _check_origin(validated, origin)
    # Core section 3.1.2.1 and FAPI 2.0 section 5.3.2.2, unlike RFC 6749.
    if not sent_redirect_uri and ("openid" in scopes or validated.client.is_fapi):
        raise MissingRedirectURIError(request=validated)
    claims, prompt = _claims(validated), _prompt(validated)
    return AuthorizationRequest(
        client=validated.client,
        redirect_uri=validated.redirect_uri,
        sent_redirect_uri=sent_redirect_uri,
        scopes=frozenset(scopes),
        state=validated.state or "",
        nonce=validated.nonce or "",
        code_challenge=validated.code_challenge or "",
        prompt=prompt,
        max_age=0 if "login" in prompt else _max_age(validated, claims),
        response_mode=_response_mode(validated),
        claims=claims,
        expected_sub=_expected_sub(validated, claims),
        acr_values=claims.acr_values(essential=True),
        wished_acr_values=claims.acr_values(essential=False) or _wished_acr_values(validated),
        key=_key(validated),
        target=validated.target,
        origin=origin,
        is_trial=TRIAL in request.META,
    )


def _validate(request: HttpRequest, origin: Origin) -> tuple[list[str], dict[str, Any]]:
    uri, method, _, headers = backend()._extract_params(request)
    try:
        return backend().server.validate_authorization_request(uri, method, "", headers)
    except UnsupportedResponseTypeError as error:
        error.description = "response_type must be code."
        raise
    except RequestNotSupported as error:
        if not origin.refused:
            raise
        refused = InvalidRequestObject(description=_why(origin), state=error.state)
        refused.redirect_uri = error.redirect_uri
        raise refused from error
    except FatalClientError as error:
        if not origin.refused:
            raise
        # What is beside the object in the query need not be whole.
        raise InvalidRequestFatalError(description=_why(origin)) from error


def _why(origin: Origin) -> str:
    return f"The request object is refused: {origin.refused}."


def _check_origin(validated: Any, origin: Origin) -> None:
    """Hold the client to what it registered of how its requests come."""
    client: Client = validated.client
    if client.pushes_requests and not origin.pushed:  # RFC 9126 section 6
        raise InvalidRequestError(
            description="This client has to push its authorization requests.", request=validated
        )
    needs_signature = client.require_signed_request_object or client.signs_messages
    if needs_signature and not origin.is_signed:  # RFC 9101 section 10.5
        raise InvalidRequestError(
            description="This client has to sign its authorization requests.", request=validated
        )


def _max_age(validated: Any, claims: ClaimsRequest) -> int | None:
    """Return the longest time since the person last signed in, in seconds. Where the request does
    not say, what the client registered holds (OpenID Connect Registration section 2)."""
    client: Client = validated.client
    if not validated.max_age:
        needs_auth_time = client.require_auth_time or claims.demands_auth_time
        any_age = ANY_AGE if needs_auth_time else None
        return any_age if client.default_max_age is None else client.default_max_age
    if not re.fullmatch(r"[0-9]{1,9}", validated.max_age):
        raise InvalidRequestError(
            description="max_age must be a number of seconds.", request=validated
        )
    return int(validated.max_age)


def _response_mode(validated: Any) -> str:
    mode: str = validated.response_mode or "query"
    if validated.client.signs_messages and not mode.endswith("jwt"):  # Message Signing 5.4.1
        raise InvalidRequestError(
            description="response_mode must be jwt for this client.", request=validated
        )
    if mode not in RESPONSE_MODES:
        raise InvalidRequestError(
            description=f"response_mode must be one of these: {', '.join(RESPONSE_MODES)}.",
            request=validated,
        )
    return mode


def _claims(validated: Any) -> ClaimsRequest:
    try:
        return ClaimsRequest.parse(validated.claims or "")
    except MalformedClaims as error:
        raise InvalidRequestError(
            description="claims must be a JSON object of objects.", request=validated
        ) from error


def _expected_sub(validated: Any, claims: ClaimsRequest) -> str:
    """Return the subject that `id_token_hint` or the claims parameter names."""
    if claims.expected_sub or not validated.id_token_hint:
        return claims.expected_sub
    hint = id_tokens.read(validated.id_token_hint, audience=validated.client_id)
    if hint is None:
        raise InvalidRequestError(
            description="id_token_hint is no ID token of this client.", request=validated
        )
    return str(hint["sub"])


def _wished_acr_values(validated: Any) -> tuple[str, ...]:
    return tuple(str(validated._params.get("acr_values") or "").split())


def _key(validated: Any) -> str:
    thumbprint = str(validated._params.get("dpop_jkt") or "")
    if thumbprint and not re.fullmatch(r"[A-Za-z0-9_-]{43}", thumbprint):
        raise InvalidRequestError(
            description="dpop_jkt must be the thumbprint of a key (RFC 7638, SHA-256).",
            request=validated,
        )
    return thumbprint


def _prompt(validated: Any) -> frozenset[str]:
    prompt = frozenset((validated.prompt or "").split())
    if "none" in prompt and len(prompt) > 1:
        raise InvalidRequestError(
            description="prompt=none cannot be combined with another.", request=validated
        )
    return prompt
