"""Making tokens. Callers hold the authorization's lock; see Authorization.lock."""

import uuid
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.utils import timezone

from accounts.network.client_address import current_address
from accounts.oauth_server.models import (
    AccessToken,
    Authorization,
    Client,
    RefreshToken,
)
from accounts.oauth_server.rules.credentials import Kind, digest, mint
from accounts.oauth_server.rules.scopes import to_set, to_text
from accounts.oauth_server.tokens import id_tokens
from accounts.storage.rows import Rows

TokenAnswer = dict[str, Any]

_access_tokens, _refresh_tokens = Rows(AccessToken), Rows(RefreshToken)
_authorizations = Rows(Authorization)


@dataclass(frozen=True)
class Issue:
    """What is to be issued. `nonce` goes into the ID token; `sign_in` is SignIn.sign_in();
    `claims` is the parameter of that name, as JSON (OpenID Connect Core section 5.5)."""

    authorization: Authorization
    scopes: frozenset[str]
    family: uuid.UUID
    sign_in: dict[str, Any] = field(default_factory=dict)
    nonce: str = ""
    claims: str = ""


def issue_pair(issue: Issue, *, previous: RefreshToken | None = None) -> TokenAnswer:
    """Issue an access token and what goes with it; return the answer of RFC 6749 section 5.1.

    A refresh token goes with it where the client may use one and the person did not decline
    that it stays, an ID token where `openid` was granted. `previous` is the refresh token that a
    rotation supersedes.
    """
    client = issue.authorization.client
    answer = _issue_access_token(
        client,
        issue.scopes,
        authorization=issue.authorization,
        user=issue.authorization.user,
        family=issue.family,
        claims=issue.claims,
        **issue.sign_in,
    )
    if may_stay_signed_in(issue.authorization):
        answer["refresh_token"] = _issue_refresh_token(issue, previous)
    if "openid" in issue.scopes:
        answer["id_token"] = id_tokens.sign(issue, answer["access_token"])
    _note_use(issue.authorization)
    return answer


def _note_use(authorization: Authorization) -> None:
    authorization.last_used = timezone.now()
    authorization.last_address = current_address()
    _authorizations.update(authorization, "last_used", "last_address")


def may_stay_signed_in(authorization: Authorization) -> bool:
    """Whether the client gets refresh tokens: its grant types say so, and the person did not
    switch offline_access off (OpenID Connect Core section 11)."""
    declined = "offline_access" in to_set(authorization.declined)
    return authorization.client.allows_grant_type("refresh_token") and not declined


def issue_to_client(client: Client, scopes: frozenset[str]) -> TokenAnswer:
    """Issue an access token to a client that acts for itself (RFC 6749 section 4.4)."""
    return _issue_access_token(client, scopes)


def _issue_access_token(client: Client, scopes: frozenset[str], **columns: Any) -> TokenAnswer:
    token = mint(Kind.ACCESS_TOKEN)
    lifetime = settings.ACCESS_TOKEN_LIFETIME
    row = AccessToken(
        application=client,
        token_checksum=digest(token),
        scope=to_text(scopes),
        expires=timezone.now() + lifetime,
        **columns,
    )
    _access_tokens.insert(row)
    return {
        "access_token": token,
        "token_type": "Bearer",
        "expires_in": int(lifetime.total_seconds()),
        "scope": row.scope,
    }


def _issue_refresh_token(issue: Issue, previous: RefreshToken | None) -> str:
    token = mint(Kind.REFRESH_TOKEN)
    now = timezone.now()
    row = RefreshToken(
        authorization=issue.authorization,
        user=issue.authorization.user,
        application=issue.authorization.client,
        token_checksum=digest(token),
        token_family=issue.family,
        claims=issue.claims,
        # A refresh may narrow the access token, never the refresh token (RFC 6749 section 6).
        scope=previous.scope if previous else to_text(issue.scopes),
        expires=now + settings.REFRESH_TOKEN_IDLE_LIFETIME,
        family_expires=(
            previous.family_expires if previous else now + settings.REFRESH_TOKEN_MAX_LIFETIME
        ),
        **issue.sign_in,
    )
    _refresh_tokens.insert(row)
    return token
