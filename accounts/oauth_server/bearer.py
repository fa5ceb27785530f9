"""Check a presented bearer token, and return what it allows. `api` comes in here and nowhere else.

A presented token becomes (person, client, scopes) in one query, or a refusal. The API takes access
tokens and personal tokens; endpoints of the oauth server itself take access tokens alone.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.db import connection
from django.utils import timezone

from accounts.models import User
from accounts.oauth_server.models import AccessToken, Client, PersonalToken
from accounts.oauth_server.rules.credentials import Kind, digest, is_well_formed
from accounts.oauth_server.rules.scopes import Holder, held_by, to_set
from accounts.oauth_server.wire.cors import note_caller
from accounts.sessions.sign_in import SignIn
from accounts.storage import last_used
from accounts.storage.rows import first_row

# RFC 6750 section 2.1.
_HEADER = re.compile(r"Bearer +([A-Za-z0-9\-._~+/]+=*)", re.IGNORECASE)


class Refused(Exception):
    """Refuse a token that opens nothing. `error` is RFC 6750's code, empty where no token came."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(description)
        self.error = error
        self.description = description


@dataclass(frozen=True)
class Access:
    """Describe what a valid token allows: `user_id` is None for a client that acts for itself,
    `client_id` is empty for a personal token. No sign-in stands behind a personal token or a
    client's own; one by way of a third party that does not say when it asked has no `auth_time`.

    There is no `sub`: where `is_pairwise`, the client knows people by names of its own, and
    claims.about has them.
    """

    user_id: int | None
    client_id: str
    scopes: frozenset[str]
    sign_in: SignIn = field(default_factory=SignIn)
    is_pairwise: bool = False


def token_in_header(header: str | None) -> str:
    """Return the bearer token in an Authorization header. Raises Refused where there is none."""
    if not header or header.partition(" ")[0].lower() != "bearer":
        raise Refused("", "This needs an access token in the Authorization header.")
    match = _HEADER.fullmatch(header)
    if match is None:
        raise Refused("invalid_request", "The Authorization header cannot be read.")
    return match[1]


def check_at_api(token: str, *, address: str) -> Access:
    """Return what `token`, an access token or a personal token, allows at the API. Raises Refused.

    `address` is remembered as the place where a personal token was last used.
    """
    if token.startswith(Kind.PERSONAL_TOKEN):
        return _check_personal(token, address)
    return check(token)


def check(token: str) -> Access:
    """Return what the access token `token` allows. Raises Refused for one that is wrong, expired or
    revoked, and for every other kind of token."""
    row = _find(token) if is_well_formed(token, Kind.ACCESS_TOKEN) else None
    if row is None:
        raise Refused("invalid_token", "The access token is not valid or has been revoked.")
    client_id, user_id, is_active, is_live, scope, auth_time, amr, subject_type = row
    note_caller(client_id)
    if not is_live:
        raise Refused("invalid_token", "The access token has expired.")
    if not is_active:
        raise Refused("invalid_token", "The access token is not valid or has been revoked.")
    sign_in, is_pairwise = SignIn.from_columns(auth_time, amr), subject_type == Client.PAIRWISE
    return Access(user_id, client_id, to_set(scope), sign_in, is_pairwise)


_FIND = f"""
    SELECT client.client_id, token.user_id,
           client.is_active AND (token.user_id IS NULL OR person.is_active),
           token.expires > %s, token.scope, token.auth_time, token.amr, client.subject_type
    FROM {AccessToken._meta.db_table} AS token
    JOIN {Client._meta.db_table} AS client ON client.id = token.application_id
    LEFT JOIN {User._meta.db_table} AS person ON person.id = token.user_id
    WHERE token.token_checksum = %s
"""  # noqa: S608 (tables' names, no input)


def _find(token: str) -> Iterator[Any] | None:
    now = connection.ops.adapt_datetimefield_value(timezone.now())
    return first_row(_FIND, [now, digest(token)])


def _check_personal(token: str, address: str) -> Access:
    is_possible = settings.PERSONAL_TOKENS and is_well_formed(token, Kind.PERSONAL_TOKEN)
    row = _find_personal(token) if is_possible else None
    if row is None:
        raise Refused(
            "invalid_token", "The personal access token is not valid or has been revoked."
        )
    pk, user_id, user_is_active, scope, is_live, is_stale = row
    if not is_live:
        raise Refused("invalid_token", "The personal access token has expired.")
    if not user_is_active:
        raise Refused(
            "invalid_token", "The personal access token is not valid or has been revoked."
        )
    if is_stale:
        PersonalToken.objects.note_use(pk, address)
    scopes = to_set(scope) & held_by(Holder.PERSONAL_TOKEN)
    return Access(user_id=user_id, client_id="", scopes=scopes)


_FIND_PERSONAL = f"""
    SELECT token.id, token.user_id, person.is_active, token.scope,
           token.expires IS NULL OR token.expires > %s,
           token.last_used IS NULL OR token.last_used < %s
    FROM {PersonalToken._meta.db_table} AS token
    JOIN {User._meta.db_table} AS person ON person.id = token.user_id
    WHERE token.digest = %s
"""  # noqa: S608 (tables' names, no input)


def _find_personal(token: str) -> Iterator[Any] | None:
    now = timezone.now()
    times = [
        connection.ops.adapt_datetimefield_value(at) for at in (now, now - last_used.PRECISION)
    ]
    return first_row(_FIND_PERSONAL, [*times, digest(token)])


def challenge(refused: Refused, *, realm: str, **parameters: str) -> str:
    """Return the WWW-Authenticate header that goes with a refusal (RFC 6750 section 3)."""
    said = {"realm": realm}
    if refused.error:
        said |= {"error": refused.error, "error_description": refused.description}
    return "Bearer " + ", ".join(f'{name}="{text}"' for name, text in (said | parameters).items())
