"""Find what stands behind a presented token: one statement for each kind, written by hand.

The person, the client and whether the person's address is verified come along, so that a guarded
answer needs no second statement; what few tokens have, such as apps that they came through, is
asked for where they have it. All of it is read anew for each request: nothing outlives a
revocation. The tests compare each statement with what the ORM finds.
"""

from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from typing import Any, NamedTuple, TypeVar

import jwt
from allauth.account.models import EmailAddress
from django.db import connection, models
from django.utils import timezone

from accounts.models import User
from accounts.oauth_server.models import (
    AccessToken,
    Authorization,
    Client,
    PersonalToken,
    ProtectedResource,
    RefreshToken,
)
from accounts.oauth_server.models.access import IS_OPEN, passes_on
from accounts.oauth_server.rules.credentials import Kind, digest, is_well_formed
from accounts.storage import last_used
from accounts.storage.rows import Rows, first_row

M = TypeVar("M", bound=models.Model)

# Of a client, what decides about a token and under which name it knows a person.
_KNOWN_BY = ("id", "client_id", "subject_type", "redirect_uris", "sector_identifier_uri")

_people = Rows(User, but=("password",))  # which nothing here is to see
_DECIDES = ("scopes", "profile")
_GROUPS = ("groups_claim", "groups_form", "groups_in")
_clients = Rows(
    Client,
    only=(*_KNOWN_BY, *_GROUPS, *_DECIDES, "userinfo_signed_response_alg", "recorded_until"),
)


class _OfToken(NamedTuple):
    user_id: int | None
    authorization_id: int | None
    scope: str
    auth_time: datetime | None
    amr: str
    claims: str
    key: str
    audience: str


class Grant(NamedTuple):
    """Describe what stands behind an access token: no authorization and no `person` where a client
    acts for itself. `key` is the thumbprint that the token is bound to, `audience` is for what
    it is."""

    user_id: int | None
    authorization_id: int | None
    scope: str
    auth_time: datetime | None
    amr: str
    claims: str
    key: str
    audience: str
    is_live: bool
    is_active: bool
    client: Client
    person: User | None


class PersonalGrant(NamedTuple):
    """Describe what stands behind a personal token; `is_news`: that it is used now has to be
    noted."""

    id: int
    scope: str
    is_live: bool
    is_news: bool
    person: User


class Introspected(NamedTuple):
    """Describe a token that somebody asks about. `is_active` says it of the person, the client and
    the token itself."""

    is_active: bool
    token: AccessToken | RefreshToken
    client: Client
    person: User | None


# No EXISTS: for a table that seems small PostgreSQL makes a hash of all verified addresses first.
_IS_VERIFIED = f"""
    (SELECT 1 FROM {EmailAddress._meta.db_table} AS address
     WHERE address.user_id = person.id AND address.verified
       AND lower(address.email) = lower(person.email) LIMIT 1)
"""  # noqa: S608 (a table's name, no input)
_BEHIND = f"""
    JOIN {Client._meta.db_table} AS client ON client.id = token.application_id
    LEFT JOIN {User._meta.db_table} AS person ON person.id = token.user_id
    WHERE token.token_checksum = %(digest)s
"""
_IS_ACTIVE = f"""
    client.is_active AND (token.user_id IS NULL OR (person.is_active AND {IS_OPEN}))
"""

# Asked by itself, of the few tokens that came through further apps: PostgreSQL opens each table
# that a statement names, at every turn, also where it then has nothing to look for there.
_PASSES_ON = f"SELECT {passes_on()} FROM {AccessToken._meta.db_table} AS token {_BEHIND}"  # noqa: S608

_GRANT = f"""
    SELECT token.user_id, token.authorization_id,
           token.scope, token.auth_time, token.amr, token.claims, token.key, token.audience,
           token.expires > %(now)s, {_IS_ACTIVE}, token.via,
           {_clients.columns("client")}, {_IS_VERIFIED}, {_people.columns("person")}
    FROM {AccessToken._meta.db_table} AS token {_BEHIND}
"""  # noqa: S608 (names of tables and columns, no input)


def grant(access_token: str) -> Grant | None:
    """Return what stands behind an access token, None where it is none of this site's."""
    if not is_well_formed(access_token, Kind.ACCESS_TOKEN):
        return None
    digested = digest(access_token)
    row = first_row(_GRANT, {"digest": digested, "now": _column(timezone.now())}, plain=True)
    if row is None:
        return None
    of_token = _OfToken(*islice(row, 8))
    is_live, is_active, via = islice(row, 3)
    client = _clients.read(row)
    person = _verified_or_not(row) if of_token.user_id else None
    is_active = bool(is_active) and (not via or _passes_on(digested))
    return Grant(*of_token, bool(is_live), is_active, client, person)


def _passes_on(digested: str) -> bool:
    """Return whether the apps that an access token came through may still act for its person."""
    row = first_row(_PASSES_ON, {"digest": digested}, plain=True)
    return row is not None and bool(next(row))


_ALLOWED = f"SELECT scope FROM {Authorization._meta.db_table} WHERE id = %(id)s"  # noqa: S608


def allowed(authorization_id: int) -> str:
    """Return the scopes that a person allowed a client in all, separated by spaces."""
    row = first_row(_ALLOWED, {"id": authorization_id}, plain=True)
    return str(next(row)) if row else ""


_PERSONAL = f"""
    SELECT token.id, token.scope, token.expires IS NULL OR token.expires > %(now)s,
           token.last_used IS NULL OR token.last_used < %(long_ago)s,
           {_IS_VERIFIED}, {_people.columns("person")}
    FROM {PersonalToken._meta.db_table} AS token
    JOIN {User._meta.db_table} AS person ON person.id = token.user_id
    WHERE token.digest = %(digest)s
"""  # noqa: S608 (names of tables and columns, no input)


def personal_grant(personal_token: str) -> PersonalGrant | None:
    """Return what stands behind a personal token, None where it is none of this site's."""
    if not is_well_formed(personal_token, Kind.PERSONAL_TOKEN):
        return None
    now = timezone.now()
    times = {"now": _column(now), "long_ago": _column(now - last_used.PRECISION)}
    row = first_row(_PERSONAL, {"digest": digest(personal_token), **times}, plain=True)
    if row is None:
        return None
    pk, scope, is_live, is_news = islice(row, 4)
    return PersonalGrant(pk, scope, bool(is_live), bool(is_news), _verified_or_not(row))


_TOLD = ("id", "application_id", "user_id", "scope", "created", "expires", "key", "audience")
_SIGN_IN = ("auth_time", "amr", "sid")
_access_tokens = Rows(AccessToken, only=(*_TOLD, *_SIGN_IN, "actor", "via"))
_refresh_tokens = Rows(RefreshToken, only=(*_TOLD, *_SIGN_IN, "family_expires"))
_apps = Rows(Client, only=(*_KNOWN_BY, *_GROUPS))
_subjects = Rows(User, only=("id", "sub", "email"))


_resource = ProtectedResource._meta.db_table
# Who asks of tokens of others: anybody who may introspect, or of some resources, of tokens for
# those; and of its own tokens each client. Of refresh tokens it alone: a resource that heard of one
# that it is active would take it from who has neither the client's secret nor its key.
_MAY_ASK = f"""
    (client.id = %(asking)s OR EXISTS (
        SELECT 1 FROM {_resource} AS asked WHERE asked.server_id = %(asking)s
        AND replace(' ' || token.audience || ' ', ' ' || asked.identifier || ' ', '')
            <> ' ' || token.audience || ' ')
     OR (%(asks_of_any)s AND NOT EXISTS (
        SELECT 1 FROM {_resource} AS asked WHERE asked.server_id = %(asking)s)))
"""  # noqa: S608 (a table's name, no input)


def _introspection(tokens: Rows[Any], is_live: str, may_ask: str) -> str:
    return f"""
        SELECT {_IS_ACTIVE} AND {is_live} AND {may_ask}, token.user_id,
               {tokens.columns("token")}, {_apps.columns("client")}, {_subjects.columns("person")}
        FROM {tokens.table} AS token {_BEHIND}
    """  # noqa: S608 (names of tables and columns, no input)


_INTROSPECTIONS: dict[Kind, tuple[Rows[Any], str]] = {
    Kind.ACCESS_TOKEN: (
        _access_tokens,
        _introspection(_access_tokens, "token.expires > %(now)s", _MAY_ASK),
    ),
    Kind.REFRESH_TOKEN: (
        _refresh_tokens,
        _introspection(
            _refresh_tokens,
            "token.expires > %(now)s AND token.family_expires > %(now)s"
            " AND token.revoked IS NULL AND token.superseded IS NULL",
            "client.id = %(asking)s",
        ),
    ),
}


def introspected(
    token: str, *, asking: int | None = None, asks_of_any: bool = True
) -> Introspected | None:
    """Return what an access or a refresh token says of itself, None where it is neither.

    `asking` is the client that wants to know: one that is the server of resources is told of tokens
    for those and of its own, another of its own, or of all where it `asks_of_any`.
    """
    kinds = (kind for kind in _INTROSPECTIONS if is_well_formed(token, kind))
    kind = Kind.ACCESS_TOKEN if _says_it_is_one(token) else next(kinds, None)
    if kind is None:
        return None
    tokens, statement = _INTROSPECTIONS[kind]
    values = {"digest": digest(token), "now": _column(timezone.now())}
    values |= {"asking": asking or 0, "asks_of_any": asks_of_any}
    row = first_row(statement, values, plain=True)
    if row is None:
        return None
    is_active, user_id = islice(row, 2)
    found, client = tokens.read(row), _apps.read(row)
    person = _subjects.read(row) if user_id else None
    if isinstance(found, AccessToken) and found.via:
        is_active = is_active and _passes_on(values["digest"])
    return Introspected(bool(is_active), found, client, person)


def _says_it_is_one(unverified: str) -> bool:
    """Return whether a JWT says that it is an access token (RFC 9068 section 2.1): no ID token,
    assertion or request object is looked for."""
    if unverified.count(".") != 2:
        return False
    try:
        kind = str(jwt.get_unverified_header(unverified).get("typ")).lower()
    except (jwt.PyJWTError, RecursionError):
        return False
    return kind.removeprefix("application/") == "at+jwt"


def _verified_or_not(row: Iterator[Any]) -> User:
    """Take a person and whether their address is verified from `row`."""
    is_verified = bool(next(row))
    person = _people.read(row)
    person.email_verified = is_verified
    return person


def _column(at: datetime) -> Any:
    return connection.ops.adapt_datetimefield_value(at)
