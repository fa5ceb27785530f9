"""Issue tokens. Callers hold the authorization's lock; see Authorization.lock.

What is issued is not written here: the rows go with the event that tells of them
(security_events/record.py, `beside`), so that there is no token without its event.
"""

from typing import Any, NamedTuple

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
from accounts.oauth_server.tokens.granted import Granted
from accounts.storage.rows import Rows
from accounts.storage.writes import Write

TokenAnswer = dict[str, Any]


class Issued(NamedTuple):
    """Hold an answer of RFC 6749 section 5.1, and what has to be written for it to be true."""

    answer: TokenAnswer
    writes: tuple[Write, ...]


_access_tokens, _refresh_tokens = Rows(AccessToken), Rows(RefreshToken)
_authorizations = Rows(Authorization)


def issue_pair(granted: Granted, *, previous: RefreshToken | None = None) -> Issued:
    """Issue an access token and what goes with it.

    A refresh token goes with it where the client may use one and the person did not decline
    that it stays, an ID token where `openid` was granted. `previous` is the refresh token that a
    rotation supersedes.
    """
    client = granted.authorization.client
    answer, writes = _issue_access_token(
        client,
        granted.scopes,
        authorization_id=granted.authorization.pk,
        user_id=granted.authorization.user_id,
        family=granted.family,
        claims=granted.claims.as_column(),
        **granted.sign_in.columns(),
    )
    if may_stay_signed_in(granted.authorization):
        answer["refresh_token"], inserting = _issue_refresh_token(granted, previous)
        writes += (inserting,)
    if "openid" in granted.scopes:
        answer["id_token"] = id_tokens.sign(granted, answer["access_token"])
    return Issued(answer, (*writes, _noting_use(granted.authorization)))


def _noting_use(authorization: Authorization) -> Write:
    authorization.last_used = timezone.now()
    authorization.last_address = current_address()
    return _authorizations.updating(authorization, "last_used", "last_address")


def may_stay_signed_in(authorization: Authorization) -> bool:
    """Return whether the client gets refresh tokens: its grant types say so, and the person did not
    switch offline_access off (OpenID Connect Core section 11)."""
    declined = "offline_access" in to_set(authorization.declined)
    return authorization.client.allows_grant_type("refresh_token") and not declined


def issue_to_client(client: Client, scopes: frozenset[str]) -> Issued:
    """Issue an access token to a client that acts for itself (RFC 6749 section 4.4)."""
    return _issue_access_token(client, scopes)


def _issue_access_token(client: Client, scopes: frozenset[str], **columns: Any) -> Issued:
    token = mint(Kind.ACCESS_TOKEN)
    lifetime = client.access_token_lifetime
    row = AccessToken(
        application_id=client.pk,
        token_checksum=digest(token),
        scope=to_text(scopes),
        expires=timezone.now() + lifetime,
        **columns,
    )
    answer = {
        "access_token": token,
        "token_type": "Bearer",
        "expires_in": int(lifetime.total_seconds()),
        "scope": row.scope,
    }
    return Issued(answer, (_access_tokens.inserting(row),))


def _issue_refresh_token(granted: Granted, previous: RefreshToken | None) -> tuple[str, Write]:
    token = mint(Kind.REFRESH_TOKEN)
    now, client = timezone.now(), granted.authorization.client
    row = RefreshToken(
        authorization_id=granted.authorization.pk,
        user_id=granted.authorization.user_id,
        application_id=client.pk,
        token_checksum=digest(token),
        token_family=granted.family,
        claims=granted.claims.as_column(),
        # A refresh may narrow the access token, never the refresh token (RFC 6749 section 6).
        scope=previous.scope if previous else to_text(granted.scopes),
        expires=now + client.refresh_token_idle_lifetime,
        family_expires=(
            previous.family_expires if previous else now + client.refresh_token_max_lifetime
        ),
        **granted.sign_in.columns(),
    )
    return token, _refresh_tokens.inserting(row)
