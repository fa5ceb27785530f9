"""Answer what oauthlib asks about an authorization request by this site's rules, as DOT's
validator.

Clients, redirect URIs and scopes are answered by the Client model. The token endpoint's questions
are answered in accounts/oauth_server/grants instead.
"""

from typing import Any

from oauth2_provider.oauth2_validators import OAuth2Validator
from oauthlib.oauth2.rfc6749.errors import UnsupportedResponseTypeError

from accounts.oauth_server.rules.scopes import Holder, to_set
from accounts.oauth_server.wire.endpoint import scope_error


class Validator(OAuth2Validator):
    def validate_response_type(
        self, client_id: str, response_type: str, client: Any, request: Any, *args: Any, **_: Any
    ) -> bool:
        if response_type != "code":
            raise UnsupportedResponseTypeError(request=request)
        return client.allows_grant_type("authorization_code")

    def validate_scopes(
        self, client_id: str, scopes: list[str], client: Any, request: Any, *args: Any, **_: Any
    ) -> bool:
        refused = set(scopes) - client.allowed_scopes(Holder.PERSON)
        if refused:
            raise scope_error(refused, request)
        return True

    def is_pkce_required(self, client_id: str, request: Any) -> bool:
        """Return whether to refuse a request without a challenge; the scopes are as it names
        them."""
        scopes = to_set(request._params.get("scope")) or to_set(request.client.default_scopes)
        needed: bool = request.client.is_pkce_needed(nonce=request.nonce or "", scopes=scopes)
        return needed
