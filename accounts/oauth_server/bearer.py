"""Check a presented bearer token, and return what it allows. `api` comes in here and nowhere else.

A presented token becomes (person, client, scopes) in one query, or a refusal. The API takes access
tokens and personal tokens; endpoints of the oauth server itself take access tokens alone.
"""

import re
from dataclasses import dataclass, field

from django.conf import settings

from accounts.models import User
from accounts.oauth_server import presented
from accounts.oauth_server.models import Client, PersonalToken
from accounts.oauth_server.presented import Grant
from accounts.oauth_server.rules.credentials import Kind
from accounts.oauth_server.rules.scopes import Holder, held_by, to_set
from accounts.oauth_server.wire.cors import note_caller
from accounts.sessions.sign_in import SignIn

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

    There is no `sub`: a client may know people by names of its own, and claims.about has them.
    `person` and `client` are for it: as they were when the token was found.
    """

    user_id: int | None
    client_id: str
    scopes: frozenset[str]
    sign_in: SignIn = field(default_factory=SignIn)
    person: User | None = field(default=None, repr=False)
    client: Client | None = field(default=None, repr=False)


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
    return _access(find(token))


def find(token: str) -> Grant:
    """Return what stands behind the access token `token`. Raises Refused as `check` does."""
    grant = presented.grant(token)
    if grant is None:
        raise Refused("invalid_token", "The access token is not valid or has been revoked.")
    note_caller(grant.client.client_id)
    if not grant.is_live:
        raise Refused("invalid_token", "The access token has expired.")
    if not grant.is_active:
        raise Refused("invalid_token", "The access token is not valid or has been revoked.")
    return grant


def _access(grant: Grant) -> Access:
    return Access(
        grant.user_id,
        grant.client.client_id,
        to_set(grant.scope),
        SignIn.from_columns(grant.auth_time, grant.amr),
        grant.person,
        grant.client,
    )


def _check_personal(token: str, address: str) -> Access:
    grant = presented.personal_grant(token) if settings.PERSONAL_TOKENS else None
    if grant is None:
        raise Refused(
            "invalid_token", "The personal access token is not valid or has been revoked."
        )
    if not grant.is_live:
        raise Refused("invalid_token", "The personal access token has expired.")
    if not grant.person.is_active:
        raise Refused(
            "invalid_token", "The personal access token is not valid or has been revoked."
        )
    if grant.is_news:
        PersonalToken.objects.note_use(grant.id, address)
    scopes = to_set(grant.scope) & held_by(Holder.PERSONAL_TOKEN)
    return Access(grant.person.pk, "", scopes, person=grant.person)


def challenge(refused: Refused, *, realm: str, **parameters: str) -> str:
    """Return the WWW-Authenticate header that goes with a refusal (RFC 6750 section 3)."""
    said = {"realm": realm}
    if refused.error:
        said |= {"error": refused.error, "error_description": refused.description}
    return "Bearer " + ", ".join(f'{name}="{text}"' for name, text in (said | parameters).items())
