"""Check the tokens that a client brings to be exchanged (RFC 8693 section 2.1): whose they are, and
who acts by them.

A token that does not do is an invalid request, not an invalid grant (section 2.2.2).
"""

import json
from typing import Any

from django.conf import settings
from oauthlib.oauth2.rfc6749.errors import InvalidRequestError

from accounts.oauth_server import presented
from accounts.oauth_server.claims.subjects import subject_for
from accounts.oauth_server.clients import bound_keys
from accounts.oauth_server.models import AccessToken, Client
from accounts.oauth_server.models.access import all_act_for, is_open
from accounts.oauth_server.rules.credentials import Kind
from accounts.oauth_server.rules.token_types import ACCESS_TOKEN, JWT
from accounts.oauth_server.tokens.locked import Presented
from accounts.oauth_server.wire.form import Form

LONGEST_CHAIN = 5  # of who acts for whom

_tokens = Presented(AccessToken, "token_checksum")


def lock(request: Form) -> AccessToken:
    """Lock the subject token for the rest of the transaction, and its authorization first. Both
    come along with the person. Raises InvalidRequestError."""
    _check_type(request, "subject_token")
    if request.subject_token.startswith(Kind.PERSONAL_TOKEN):
        raise _refusal("a personal access token is for its person’s own scripts", request)
    token = _tokens.lock(request.subject_token)
    if token is None or not _acts(token):
        raise _refusal("it is not valid, has been revoked, or stands for no person", request)
    if not token.is_live():
        raise _refusal("it has expired", request)
    return token


def _acts(token: AccessToken) -> bool:
    """Return whether the client that it is of, and those that it came through, may act by it."""
    return all_act_for({*token.came_through, token.application.pk}, token.user)


def check_person(token: AccessToken, client: Client, request: Form) -> None:
    """Raise InvalidRequestError where `client` is not open to the person of the token."""
    if not is_open(client, token.user):
        raise _refusal("this client is not open to its person", request)


def check_key(token: AccessToken, client: Client, key: str, request: Form) -> None:
    """Check that a token that is bound to a key (RFC 9449) becomes no token that anybody may use.
    Raises InvalidRequestError."""
    is_own = token.application_id == client.pk
    if not token.key or (key and not is_own) or key == token.key:
        return
    words = "it is bound to a key: send a DPoP proof by "
    raise _refusal(words + ("that key" if is_own else "a key of your own"), request)


def actor(token: AccessToken, client: Client, key: str, request: Form) -> dict[str, Any]:
    """Return who acts by a token that `client` gets for `token` (RFC 8693 section 4.1): who the
    actor token names or else the client itself, then who did so before; {} where nobody does but
    the client that the token is of. Raises InvalidRequestError."""
    before = token.acting
    if request.actor_token is None:
        if request.actor_token_type is not None:
            raise InvalidRequestError(
                description="actor_token_type has no meaning without actor_token.", request=request
            )
        if token.application_id == client.pk:
            return before
        acts = client.client_id
    else:
        acts = _named_by_actor_token(client, key, request)
    told = {"iss": settings.SITE_URL, "sub": acts} | ({"act": before} if before else {})
    if _length(told) > LONGEST_CHAIN:
        words = f"more than {LONGEST_CHAIN} would act for one another"
        raise _refusal(words, request)
    return told


def _named_by_actor_token(client: Client, key: str, request: Form) -> str:
    _check_type(request, "actor_token")
    found = presented.introspected(request.actor_token, asking=client.pk, asks_of_any=False)
    if (
        found is None
        or not (found.is_active and isinstance(found.token, AccessToken))
        or found.client.pk != client.pk
    ):
        raise _refusal("it is no valid access token of this client", request, "actor_token")
    bound_keys.check(found.token.key, key, request)
    return subject_for(found.person, client) if found.person else client.client_id


def as_column(acting: dict[str, Any]) -> str:
    """Return what is stored of who acts."""
    return json.dumps(acting, separators=(",", ":")) if acting else ""


def _length(acting: dict[str, Any]) -> int:
    return 1 + _length(acting["act"]) if "act" in acting else 1


def _check_type(request: Form, name: str) -> None:
    for missing in (name, f"{name}_type"):
        if getattr(request, missing) is None:
            raise InvalidRequestError(description=f"Missing {missing} parameter.", request=request)
    if getattr(request, f"{name}_type") not in (ACCESS_TOKEN, JWT):
        raise InvalidRequestError(
            description=f"{name}_type must be {ACCESS_TOKEN}: a token that this site issued.",
            request=request,
        )


def _refusal(why: str, request: Form, name: str = "subject_token") -> InvalidRequestError:
    return InvalidRequestError(description=f"The {name} is refused: {why}.", request=request)
