"""Refuse grant types that do not exist here."""

from typing import Any

from oauthlib.oauth2.rfc6749.errors import InvalidRequestError, UnsupportedGrantTypeError

from accounts.oauth_server.grants import Answer


class UnknownGrant:
    def create_token_response(self, request: Any, token_handler: Any) -> Answer:
        if not request.grant_type:
            raise InvalidRequestError(description="Missing grant_type parameter.", request=request)
        raise UnsupportedGrantTypeError(request=request)
