"""Answer what oauthlib asks about an authorization request by this site's rules, as DOT's
validator.

Clients, redirect URIs and scopes are answered by the Client model. The token endpoint's questions
are answered in accounts/oauth_server/grants instead.
"""

from typing import Any

from oauth2_provider.oauth2_validators import OAuth2Validator
from oauthlib.oauth2.rfc6749.errors import UnsupportedResponseTypeError

from accounts.oauth_server.rules import grant_types
from accounts.oauth_server.rules.scopes import Holder, to_set
from accounts.oauth_server.wire.asked_resources import asked_target
from accounts.oauth_server.wire.asked_scopes import asked_scopes, obtainable
from accounts.oauth_server.wire.own_request import TRIAL


class Validator(OAuth2Validator):
    def validate_response_type(
        self, client_id: str, response_type: str, client: Any, request: Any, *args: Any, **_: Any
    ) -> bool:
        if response_type != "code":
            raise UnsupportedResponseTypeError(request=request)
        return client.allows_grant_type(grant_types.AUTHORIZATION_CODE)

    def validate_redirect_uri(
        self, client_id: str, redirect_uri: str, request: Any, *args: Any, **_: Any
    ) -> bool:
        """Return whether it is registered, or the one of this very request of an admin
        (authorization/trials.py)."""
        own = request.headers.get(TRIAL)
        if own and redirect_uri == own:
            return True
        return bool(super().validate_redirect_uri(client_id, redirect_uri, request))

    def validate_scopes(
        self, client_id: str, scopes: list[str], client: Any, request: Any, *args: Any, **_: Any
    ) -> bool:
        request.target = asked_target(client, Holder.PERSON, request)
        beside = request.target.scopes
        request.scopes = list(asked_scopes(client, Holder.PERSON, request, beside))
        return True

    def is_pkce_required(self, client_id: str, request: Any) -> bool:
        """Return whether to refuse a request without a challenge; the scopes are those that it
        will get."""
        client = request.client
        sent = to_set(request._params.get("scope"))
        scopes = obtainable(client, Holder.PERSON, sent)
        needed: bool = client.is_pkce_needed(nonce=request.nonce or "", scopes=scopes)
        return needed
