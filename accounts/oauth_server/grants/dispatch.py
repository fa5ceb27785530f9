"""Dispatch token requests to the grant type that they name."""

from collections.abc import Callable

from oauthlib.oauth2.rfc6749.errors import InvalidRequestError, UnsupportedGrantTypeError

from accounts.oauth_server.grants import (
    authorization_code,
    client_credentials,
    device_code,
    jwt_bearer,
    refresh_token,
    token_exchange,
)
from accounts.oauth_server.models.client import (
    AUTHORIZATION_CODE,
    CLIENT_CREDENTIALS,
    DEVICE_CODE,
    JWT_BEARER,
    REFRESH_TOKEN,
    TOKEN_EXCHANGE,
)
from accounts.oauth_server.tokens.issuing import TokenAnswer
from accounts.oauth_server.wire.form import Form

_GRANTS: dict[str, Callable[[Form], TokenAnswer]] = {
    AUTHORIZATION_CODE: authorization_code.answer,
    REFRESH_TOKEN: refresh_token.answer,
    CLIENT_CREDENTIALS: client_credentials.answer,
    DEVICE_CODE: device_code.answer,
    TOKEN_EXCHANGE: token_exchange.answer,
    JWT_BEARER: jwt_bearer.answer,
}


def answer(request: Form) -> TokenAnswer:
    """Return the answer of RFC 6749 section 5.1. Raises OAuth2Error, and LimitReached."""
    grant = _GRANTS.get(request.grant_type)
    if grant is None:
        raise _unknown(request)
    return grant(request)


def _unknown(request: Form) -> InvalidRequestError | UnsupportedGrantTypeError:
    if not request.grant_type:
        return InvalidRequestError(description="Missing grant_type parameter.", request=request)
    known = ", ".join(_GRANTS)
    description = f"grant_type must be one of these: {known}."
    return UnsupportedGrantTypeError(description=description, request=request)
