"""Write access tokens as JWTs (RFC 9068), for resources that check them by this site's keys.

Each is listed, introspected and revoked here as every other is, by its digest. Who checks it by the
keys alone learns of its end when it expires, so it is short-lived (models/protected_resource.py).
"""

import secrets
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.utils import timezone

from accounts.oauth_server.claims import groups
from accounts.oauth_server.claims.subjects import subject_for
from accounts.oauth_server.models import AccessToken, Client, SigningKey
from accounts.oauth_server.rules.resources import told
from accounts.oauth_server.rules.scopes import to_set
from accounts.oauth_server.wire.asked_resources import Target
from accounts.sessions.sign_in import SignIn

if TYPE_CHECKING:
    from accounts.models import User

TYPE = "at+jwt"


def sign(row: AccessToken, client: Client, user: "User | None", target: Target) -> str:
    """Return the JWT that stands for `row`, which is about to be kept."""
    audience = told(row.audience)
    claims: dict[str, Any] = {
        "iss": settings.SITE_URL,
        "sub": subject_for(user, client) if user else client.client_id,
        "aud": audience[0] if len(audience) == 1 else audience,
        "client_id": client.client_id,
        "scope": row.scope,
        "jti": secrets.token_urlsafe(16),
        "iat": int(timezone.now().timestamp()),
        "exp": int(row.expires.timestamp()),
    }
    if row.key:
        claims["cnf"] = {"jkt": row.key}  # RFC 9449 section 6.1
    if row.actor:
        claims["act"] = row.acting  # RFC 8693 section 4.1
    if user and target.tells_groups and "groups" in to_set(row.scope):
        claims |= groups.claim(user, client)
    claims |= told_of(row.sign_in)
    return SigningKey.objects.sign(claims, target.algorithm, kind=TYPE)


def told_of(sign_in: SignIn) -> dict[str, Any]:
    """Return what section 2.2.1 has of the sign-in: nothing where none stands behind the token."""
    said = sign_in.claims()
    told = {"auth_time": said.get("auth_time"), "amr": said.get("amr"), "acr": sign_in.acr}
    return {name: value for name, value in told.items() if value}
