"""The one door from a presented token to what it allows. `api` comes in here and nowhere else.

A presented access token becomes (person, client, scopes) in one query, or a refusal.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone

from accounts.oauth_server.credentials import Kind, digest, is_well_formed
from accounts.oauth_server.models import AccessToken
from accounts.oauth_server.scopes import to_set

# RFC 6750 section 2.1.
_HEADER = re.compile(r"Bearer +([A-Za-z0-9\-._~+/]+=*)", re.IGNORECASE)


class Refused(Exception):
    """The token does not open anything. `error` is RFC 6750's code, empty where no token came."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(description)
        self.error = error
        self.description = description


@dataclass(frozen=True)
class Access:
    """What a valid token allows: `user_id` and `sub` are None for a client that acts for itself."""

    user_id: int | None
    sub: str | None
    client_id: str
    scopes: frozenset[str]
    expires: datetime


def token_in_header(header: str | None) -> str:
    """Return the bearer token in an Authorization header. Raises Refused where there is none."""
    if not header or header.partition(" ")[0].lower() != "bearer":
        raise Refused("", "This needs an access token in the Authorization header.")
    match = _HEADER.fullmatch(header)
    if match is None:
        raise Refused("invalid_request", "The Authorization header cannot be read.")
    return match[1]


def check(token: str) -> Access:
    """Return what `token` allows. Raises Refused for one that is wrong, expired or revoked."""
    row = _find(token) if is_well_formed(token, Kind.ACCESS_TOKEN) else None
    if row is None:
        raise Refused("invalid_token", "The access token is not valid or has been revoked.")
    if row["expires"] <= timezone.now():
        raise Refused("invalid_token", "The access token has expired.")
    if not row["application__is_active"] or row["user__is_active"] is False:
        raise Refused("invalid_token", "The access token is not valid or has been revoked.")
    return Access(
        user_id=row["user_id"],
        sub=row["user__sub"],
        client_id=row["application__client_id"],
        scopes=to_set(row["scope"]),
        expires=row["expires"],
    )


def _find(token: str) -> Any:
    # Values, not objects: this runs for every API request, and building three model instances
    # costs several times the query.
    return (
        AccessToken.objects.filter(token_checksum=digest(token))
        .values(
            "user_id",
            "user__sub",
            "user__is_active",
            "application__client_id",
            "application__is_active",
            "scope",
            "expires",
        )
        .first()
    )


def challenge(refused: Refused, *, realm: str, **parameters: str) -> str:
    """Return the WWW-Authenticate header that goes with a refusal (RFC 6750 section 3)."""
    said = {"realm": realm}
    if refused.error:
        said |= {"error": refused.error, "error_description": refused.description}
    return "Bearer " + ", ".join(f'{name}="{text}"' for name, text in (said | parameters).items())
