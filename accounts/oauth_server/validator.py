"""DOT's validator: what oauthlib asks about an authorization request, by this site's rules.

Clients, redirect URIs and scopes are answered by the Client model. The token endpoint's questions
are answered in accounts/oauth_server/grants instead.
"""

from typing import Any

from oauth2_provider.oauth2_validators import OAuth2Validator
from oauthlib.oauth2.rfc6749.errors import UnsupportedResponseTypeError


class Validator(OAuth2Validator):
    def validate_response_type(
        self, client_id: str, response_type: str, client: Any, request: Any, *args: Any, **_: Any
    ) -> bool:
        if response_type != "code":
            raise UnsupportedResponseTypeError(request=request)
        return client.allows_grant_type("authorization_code")
