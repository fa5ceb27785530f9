"""Check a presented bearer token, and return what it allows. `api` comes in here and nowhere else.

A presented token becomes (person, client, scopes) in one query, or a refusal. The API takes access
tokens and personal tokens; endpoints of the oauth server itself take access tokens alone.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from django.conf import settings
from django.http import HttpResponse

from accounts.models import User
from accounts.models.event_kinds import Actor
from accounts.oauth_server import presented
from accounts.oauth_server.models import Client, PersonalToken
from accounts.oauth_server.presented import Grant
from accounts.oauth_server.rules.credentials import Kind
from accounts.oauth_server.rules.resources import opens_own
from accounts.oauth_server.rules.scopes import Holder, held_by, to_set
from accounts.oauth_server.wire import dpop, told
from accounts.oauth_server.wire.cors import note_caller
from accounts.sessions.sign_in import SignIn

BEARER, DPOP = "Bearer", "DPoP"

# RFC 6750 section 2.1, RFC 9449 section 7.1.
_HEADER = re.compile(r"(?:Bearer|DPoP) +([A-Za-z0-9\-._~+/]+=*)", re.IGNORECASE)


class Refused(Exception):
    """Refuse a token that opens nothing. `error` is RFC 6750's or RFC 9449's code, empty where no
    token came; `scheme`, how one has to be sent."""

    def __init__(self, error: str, description: str, scheme: str = BEARER) -> None:
        super().__init__(description)
        self.error = error
        self.description = description
        self.scheme = scheme


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
    """Return the token in an Authorization header, of either scheme: `find` looks at which it is.
    Raises Refused where there is none."""
    if not header or header.partition(" ")[0].lower() not in ("bearer", "dpop"):
        raise Refused("", "This needs an access token in the Authorization header.")
    match = _HEADER.fullmatch(header)
    if match is None:
        raise Refused("invalid_request", "The Authorization header cannot be read.")
    return match[1]


def check_at_api(token: str, sent: Mapping[str, Any], *, address: str) -> Access:
    """Return what `token`, an access token or a personal token, allows at the API. Raises Refused.

    `sent` is the META of its request; `address` is remembered as the place where a personal token
    was last used.
    """
    if not token.startswith(Kind.PERSONAL_TOKEN):
        return check(token, sent)
    if _is_dpop(sent):
        raise _NOT_BOUND
    return _check_personal(token, address)


def check(token: str, sent: Mapping[str, Any]) -> Access:
    """Return what the access token `token` allows whoever sent it with the META `sent`. Raises
    Refused for one that is wrong, expired or revoked, and for every other kind of token."""
    return _access(find(token, sent))


def find(token: str, sent: Mapping[str, Any]) -> Grant:
    """Return what stands behind the access token `token`. Raises Refused as `check` does."""
    grant = presented.grant(token)
    if grant is None:
        raise Refused("invalid_token", "The access token is not valid or has been revoked.")
    note_caller(grant.client.client_id)
    told.note_client(grant.client)
    if not opens_own(grant.audience):
        raise Refused("invalid_token", "The access token is for another API.")
    if not grant.is_live:
        raise Refused("invalid_token", "The access token has expired.")
    if not grant.is_active:
        raise Refused("invalid_token", "The access token is not valid or has been revoked.")
    _check_key(grant, token, sent)
    return grant


_NOT_BOUND = Refused("invalid_token", "The token is bound to no key: send it as Bearer.")


def _is_dpop(sent: Mapping[str, Any]) -> bool:
    return bool(sent.get("HTTP_AUTHORIZATION", "")[:5].lower() == "dpop ")


def _check_key(grant: Grant, token: str, sent: Mapping[str, Any]) -> None:
    """Check that who sends a token that is bound to a key shows the key (RFC 9449 section 7)."""
    if not grant.key:
        if _is_dpop(sent):
            raise _NOT_BOUND
        return
    if not _is_dpop(sent):
        raise Refused("invalid_token", "The token is bound to a key: send it as DPoP.", DPOP)
    try:
        proof = dpop.read(sent, token=token)
        if proof is None:
            raise dpop.ProofRefused("This token needs a proof in the DPoP header.")
        if proof.key != grant.key:
            raise Refused("invalid_token", "The token is bound to another key.", DPOP)
        proof.check_profile(grant.client)
        proof.use()
    except dpop.ProofRefused as refused:
        raise Refused(refused.error, refused.description, DPOP) from refused


class Lifetime(NamedTuple):
    """Say since when a token is there, and until when; None: it has no end."""

    created: datetime
    expires: datetime | None


def lifetime(token: str) -> Lifetime | None:
    """Return how long a token lasts that `check_at_api` has let in; None where it just ended."""
    if token.startswith(Kind.PERSONAL_TOKEN):
        personal = PersonalToken.objects.presented(token)
        return Lifetime(personal.created, personal.expires) if personal else None
    found = presented.introspected(token)
    return Lifetime(found.token.created, found.token.ends) if found else None


def within_reach(access: Access) -> frozenset[str]:
    """Return the scopes that the token has, and those that its client may ask its person for."""
    more = access.client.allowed_scopes(Holder.PERSON) if access.client else frozenset()
    return access.scopes | more


def actor_of(access: Access) -> Actor:
    """Return who acts by a token: the client that got it, or the person by a script of theirs."""
    return Actor.CLIENT if access.client_id else Actor.PERSON


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


def tell_nonce(sent: Mapping[str, Any], response: HttpResponse) -> None:
    """Give who sends proofs of possession the nonce for the next (RFC 9449 section 9)."""
    dpop.tell_nonce(sent, response)


def challenge(refused: Refused, *, realm: str, **parameters: str) -> str:
    """Return the WWW-Authenticate header that goes with a refusal (RFC 6750 section 3)."""
    said = {"realm": realm}
    if refused.error:
        said |= {"error": refused.error, "error_description": refused.description}
    if refused.scheme == DPOP:
        said["algs"] = " ".join(dpop.ALGORITHMS)  # RFC 9449 section 7.1
    return f"{refused.scheme} " + ", ".join(
        f'{name}="{text}"' for name, text in (said | parameters).items()
    )
