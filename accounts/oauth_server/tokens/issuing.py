"""Issue tokens. Callers hold the authorization's lock; see Authorization.lock.

What is issued is not written here: the rows go with the event that tells of them
(security_events/record.py, `beside`), so that there is no token without its event.
"""

import json
from datetime import datetime
from typing import Any, NamedTuple

from django.utils import timezone

from accounts.network.client_address import current_address
from accounts.oauth_server.models import (
    AccessToken,
    Authorization,
    Client,
    RefreshToken,
)
from accounts.oauth_server.models.tokens import ANY_KEY
from accounts.oauth_server.rules import grant_types, token_types
from accounts.oauth_server.rules.credentials import Kind, digest, mint
from accounts.oauth_server.rules.scopes import to_set, to_text
from accounts.oauth_server.tokens import access_tokens, id_tokens
from accounts.oauth_server.tokens.granted import Granted
from accounts.oauth_server.wire.asked_resources import OWN_API, Target
from accounts.storage.rows import Rows
from accounts.storage.writes import Write

TokenAnswer = dict[str, Any]


class Issued(NamedTuple):
    """Hold an answer of RFC 6749 section 5.1, and what has to be written for it to be true."""

    answer: TokenAnswer
    writes: tuple[Write, ...]


_access_tokens, _refresh_tokens = Rows(AccessToken), Rows(RefreshToken)
_authorizations = Rows(Authorization)


def issue_pair(
    granted: Granted,
    *,
    previous: RefreshToken | None = None,
    keeps: RefreshToken | None = None,
) -> Issued:
    """Issue an access token and what goes with it.

    A refresh token goes with it where the client may use one and the person did not decline
    that it stays, an ID token where `openid` was granted. `previous` is the refresh token that a
    rotation supersedes, `keeps` one that stays as it is, with its idle limit moved on.
    """
    client = granted.authorization.client
    answer, writes = _issue_access_token(
        client,
        granted.scopes,
        authorization_id=granted.authorization.pk,
        user_id=granted.authorization.user_id,
        family=granted.family,
        claims=granted.claims.as_column(),
        key=granted.key,
        target=granted.target,
        user=granted.authorization.user,
        **granted.sign_in.columns(),
    )
    if keeps is not None:
        writes += (_moving_on(keeps, client),)
    elif may_stay_signed_in(granted.authorization):
        answer["refresh_token"], inserting = _issue_refresh_token(granted, previous)
        writes += (inserting,)
    if "openid" in granted.scopes:
        answer["id_token"] = id_tokens.sign(granted, answer["access_token"])
    return Issued(answer, (*writes, _noting_use(granted.authorization)))


def _moving_on(token: RefreshToken, client: Client) -> Write:
    token.expires = timezone.now() + client.refresh_token_idle_lifetime
    return _refresh_tokens.updating(token, "expires")


def _noting_use(authorization: Authorization) -> Write:
    authorization.last_used = timezone.now()
    authorization.last_address = current_address()
    return _authorizations.updating(authorization, "last_used", "last_address")


def may_stay_signed_in(authorization: Authorization) -> bool:
    """Return whether the client gets refresh tokens: its grant types say so, and the person did not
    switch offline_access off (OpenID Connect Core section 11)."""
    declined = "offline_access" in to_set(authorization.declined)
    return authorization.client.allows_grant_type(grant_types.REFRESH_TOKEN) and not declined


def issue_to_client(
    client: Client, scopes: frozenset[str], *, key: str = "", target: Target = OWN_API
) -> Issued:
    """Issue an access token to a client that acts for itself (RFC 6749 section 4.4)."""
    return _issue_access_token(client, scopes, key=key, target=target)


def issue_exchanged(
    subject: AccessToken,
    client: Client,
    scopes: frozenset[str],
    *,
    actor: str,
    key: str,
    target: Target,
) -> Issued:
    """Issue `client` an access token for the person of `subject`, that `actor` acts by (RFC 8693
    section 2.2). It hangs from the same authorization, is of the same family and lasts no longer:
    whatever ends `subject` ends it too."""
    answer, writes = _issue_access_token(
        client,
        scopes,
        authorization_id=subject.authorization_id,
        user_id=subject.user_id,
        family=subject.family,
        actor=actor,
        key=key,
        target=target,
        user=subject.user,
        via=_via(subject, client),
        no_later=subject.expires,
        **subject.sign_in.columns(),
    )
    kind = token_types.JWT if target.is_jwt else token_types.ACCESS_TOKEN
    return Issued({"issued_token_type": kind, **answer}, writes)


def _via(subject: AccessToken, client: Client) -> str:
    """Return the clients whose tokens one comes from that `client` gets for `subject`; "" where a
    client narrows what is its own."""
    if subject.application_id == client.pk and not subject.via:
        return ""
    return json.dumps(sorted({*subject.came_through, subject.application_id}))


def issue_by_assertion(
    authorization: Authorization, scopes: frozenset[str], *, key: str, target: Target
) -> Issued:
    """Issue an access token for whom a third party vouched, and nothing that outlasts it: no
    sign-in stands behind it, and the third party is asked again."""
    answer, writes = _issue_access_token(
        authorization.client,
        scopes,
        authorization_id=authorization.pk,
        user_id=authorization.user_id,
        key=key,
        target=target,
        user=authorization.user,
    )
    return Issued(answer, (*writes, _noting_use(authorization)))


def _issue_access_token(
    client: Client,
    scopes: frozenset[str],
    *,
    target: Target,
    user: Any = None,
    no_later: datetime | None = None,
    **columns: Any,
) -> Issued:
    now = timezone.now()
    expires = now + target.lifetime_for(client)
    if no_later:
        expires = min(expires, no_later)
    scopes = target.within(scopes)
    row = AccessToken(
        application_id=client.pk,
        scope=to_text(scopes),
        audience=target.audience,
        expires=expires,
        **columns,
    )
    if target.is_jwt:
        token = access_tokens.sign(row, client, user, target)
    else:
        token = mint(Kind.ACCESS_TOKEN)
    row.token_checksum = digest(token)
    answer = {
        "access_token": token,
        "token_type": "DPoP" if row.key else "Bearer",
        "expires_in": max(0, int((expires - now).total_seconds())),
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
        key=_binding(client, granted.key),
        audience=granted.audience,
        # A refresh may narrow the access token, never the refresh token (RFC 6749 section 6).
        scope=previous.scope if previous else to_text(granted.scopes),
        expires=now + client.refresh_token_idle_lifetime,
        family_expires=(
            previous.family_expires if previous else now + client.refresh_token_max_lifetime
        ),
        **granted.sign_in.columns(),
    )
    return token, _refresh_tokens.inserting(row)


def _binding(client: Client, key: str) -> str:
    return ANY_KEY if key and not client.is_public else key
