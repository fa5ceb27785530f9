"""Read and validate an authorization request.

RFC 6749 section 4.1.1 and OpenID Connect Core section 3.1.2.1.

Nothing is redirected anywhere before the client and its redirect URI have been found to be right.
"""

import re
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from oauthlib.oauth2.rfc6749.errors import (
    InvalidRequestError,
    InvalidRequestFatalError,
    MissingRedirectURIError,
    UnsupportedResponseTypeError,
)

from accounts.oauth_server.claims.release import scopes_behind
from accounts.oauth_server.models import Client
from accounts.oauth_server.tokens import id_tokens
from accounts.oauth_server.wire.backend import backend
from accounts.oauth_server.wire.endpoint import check_parameters
from accounts.way_back.app_request import ANY_AGE
from accounts.way_back.claims_request import ClaimsRequest, MalformedClaims

RESPONSE_MODES = ("query", "fragment", "form_post")


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

    @property
    def wanted(self) -> frozenset[str]:
        """Return what the person has to allow: the scopes, and those behind claims that are asked
        for one by one."""
        return self.scopes | scopes_behind(self.claims, self.client)


def read(request: HttpRequest) -> AuthorizationRequest:
    """Return the request in the query of `request`.

    Raises oauthlib's FatalClientError where nobody may be redirected, and its other OAuth2Error,
    with `redirect_uri` and `state`, where the client is to be told.
    """
    try:
        check_parameters(request.GET)
    except InvalidRequestError as error:
        raise InvalidRequestFatalError(description=error.description) from error
    asked = backend().as_oauthlib(request)
    sent_redirect_uri = asked.redirect_uri or ""
    scopes, details = _validate(request)
    validated = details["request"]
    if "openid" in scopes and not sent_redirect_uri:  # Core section 3.1.2.1, unlike RFC 6749
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
    )


def _validate(request: HttpRequest) -> tuple[list[str], dict[str, Any]]:
    uri, method, _, headers = backend()._extract_params(request)
    try:
        return backend().server.validate_authorization_request(uri, method, "", headers)
    except UnsupportedResponseTypeError as error:
        error.description = "response_type must be code."
        raise


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
    if mode not in RESPONSE_MODES:
        raise InvalidRequestError(
            description="response_mode must be query, fragment or form_post.", request=validated
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


def _prompt(validated: Any) -> frozenset[str]:
    prompt = frozenset((validated.prompt or "").split())
    if "none" in prompt and len(prompt) > 1:
        raise InvalidRequestError(
            description="prompt=none cannot be combined with another.", request=validated
        )
    return prompt
