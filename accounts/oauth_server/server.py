"""Compose the server: the response types and grant types that exist here."""

from typing import Any

from oauthlib.oauth2 import AuthorizationEndpoint, BearerToken, TokenEndpoint

from accounts.oauth_server.grants.authorization_code import AuthorizationCodeGrant
from accounts.oauth_server.grants.client_credentials import ClientCredentialsGrant
from accounts.oauth_server.grants.device_code import DeviceCodeGrant
from accounts.oauth_server.grants.refresh_token import RefreshTokenGrant
from accounts.oauth_server.grants.unknown import UnknownGrant
from accounts.oauth_server.models.client import DEVICE_CODE


class Server(AuthorizationEndpoint, TokenEndpoint):
    """Combine oauthlib's endpoints with our grants. Implicit, hybrid and password do not exist
    here."""

    def __init__(self, validator: Any, **_: Any) -> None:
        bearer = BearerToken(validator)
        code = AuthorizationCodeGrant(validator)
        AuthorizationEndpoint.__init__(
            self,
            default_response_type="code",
            response_types={"code": code},
            default_token_type=bearer,
        )
        TokenEndpoint.__init__(
            self,
            default_grant_type="unknown",
            grant_types={
                "authorization_code": code,
                "refresh_token": RefreshTokenGrant(),
                "client_credentials": ClientCredentialsGrant(),
                DEVICE_CODE: DeviceCodeGrant(),
                "unknown": UnknownGrant(),
            },
            default_token_type=bearer,
        )
