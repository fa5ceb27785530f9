"""An authorization request, read and validated.

RFC 6749 section 4.1.1 and OpenID Connect Core section 3.1.2.1.

Nothing is redirected anywhere before the client and its redirect URI have been found to be right.
"""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from oauthlib.oauth2.rfc6749.errors import InvalidRequestError, InvalidRequestFatalError

from accounts.oauth_server.backend import backend
from accounts.oauth_server.models import Client
from accounts.oauth_server.redirect_uris import LOOPBACK_HOSTS, host
from accounts.oauth_server.wire import check_parameters

MAX_NONCE_LENGTH = 255  # DOT's column


@dataclass(frozen=True)
class AuthorizationRequest:
    """What a client asks of a person. `redirect_uri` is validated; `sent_redirect_uri` is what
    the request said, empty where it left the choice to the one that is registered."""

    client: Client
    redirect_uri: str
    sent_redirect_uri: str
    scopes: frozenset[str]
    state: str
    nonce: str
    code_challenge: str
    prompt: frozenset[str]

    @property
    def goes_to_this_device(self) -> bool:
        """Whether any program on the person's device could be the one that is answered."""
        return host(self.redirect_uri) in LOOPBACK_HOSTS


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
    return AuthorizationRequest(
        client=validated.client,
        redirect_uri=validated.redirect_uri,
        sent_redirect_uri=sent_redirect_uri,
        scopes=frozenset(scopes),
        state=validated.state or "",
        nonce=_nonce(validated),
        code_challenge=validated.code_challenge,
        prompt=_prompt(validated),
    )


def _validate(request: HttpRequest) -> tuple[list[str], dict[str, Any]]:
    uri, method, _, headers = backend()._extract_params(request)
    return backend().server.validate_authorization_request(uri, method, "", headers)


def _nonce(validated: Any) -> str:
    nonce: str = validated.nonce or ""
    if len(nonce) > MAX_NONCE_LENGTH:
        raise InvalidRequestError(
            description=f"nonce is longer than {MAX_NONCE_LENGTH} characters.", request=validated
        )
    return nonce


def _prompt(validated: Any) -> frozenset[str]:
    prompt = frozenset((validated.prompt or "").split())
    if "none" in prompt and len(prompt) > 1:
        raise InvalidRequestError(
            description="prompt=none cannot be combined with another.", request=validated
        )
    return prompt
