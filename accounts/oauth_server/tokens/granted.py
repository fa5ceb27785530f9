"""Name everything that tokens are issued for: the consent, its scopes, the sign-in behind them."""

import uuid
from dataclasses import dataclass, field

from accounts.oauth_server.models import Authorization
from accounts.oauth_server.wire.asked_resources import OWN_API, Target
from accounts.sessions.sign_in import SignIn
from accounts.way_back.claims_request import ClaimsRequest


@dataclass(frozen=True)
class Granted:
    """Describe what a grant earned. `nonce` goes into the ID token; `claims` asks for
    claims one by one (OpenID Connect Core section 5.5); `key` is the thumbprint of the one that the
    tokens are bound to (RFC 9449), "" for none; `audience`
    is what they are for in all, and `target` what the access token is for."""

    authorization: Authorization
    scopes: frozenset[str]
    family: uuid.UUID
    sign_in: SignIn
    nonce: str = ""
    key: str = ""
    audience: str = ""
    target: Target = OWN_API
    claims: ClaimsRequest = field(default_factory=ClaimsRequest)
