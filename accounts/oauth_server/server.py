"""Compose what oauthlib serves here: the authorization endpoint, with its one response type."""

from typing import Any

from oauthlib.oauth2 import AuthorizationEndpoint, BearerToken

from accounts.oauth_server.grants.authorization_code import AuthorizationCodeGrant


class Server(AuthorizationEndpoint):
    """Answer authorization requests. Implicit and hybrid do not exist here; token requests are
    dispatched by grants/dispatch.py."""

    def __init__(self, validator: Any, **_: Any) -> None:
        super().__init__(
            default_response_type="code",
            response_types={"code": AuthorizationCodeGrant(validator)},
            default_token_type=BearerToken(validator),
        )
