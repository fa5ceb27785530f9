"""Name everything that tokens are issued for: the consent, its scopes, the sign-in behind them."""

import uuid
from dataclasses import dataclass, field
from typing import Any

from accounts.oauth_server.models import Authorization


@dataclass(frozen=True)
class Granted:
    """Describe what a grant earned. `nonce` goes into the ID token; `sign_in` is
    SignIn.sign_in(); `claims` is the parameter of that name, as JSON (OpenID Connect Core
    section 5.5)."""

    authorization: Authorization
    scopes: frozenset[str]
    family: uuid.UUID
    sign_in: dict[str, Any] = field(default_factory=dict)
    nonce: str = ""
    claims: str = ""
