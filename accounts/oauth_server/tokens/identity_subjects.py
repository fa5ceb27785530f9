"""Find whose sign-in a client proves by an ID token or a refresh token of its own, where it asks
this site to vouch for that person elsewhere."""

import time
from dataclasses import dataclass
from typing import Any

from django.utils import timezone
from oauthlib.oauth2.rfc6749.errors import InvalidRequestError

from accounts.models import Session
from accounts.oauth_server.claims.subjects import person_of
from accounts.oauth_server.clients import bound_keys
from accounts.oauth_server.models import Authorization, Client, RefreshToken
from accounts.oauth_server.models.access import is_open
from accounts.oauth_server.rules.token_types import ID_TOKEN, REFRESH_TOKEN
from accounts.oauth_server.tokens import access_tokens, id_tokens
from accounts.oauth_server.tokens.locked import Presented
from accounts.oauth_server.wire.form import Form

_refresh_tokens = Presented(RefreshToken, "token_checksum")
_OF_SIGN_IN = ("auth_time", "amr", "acr")


@dataclass(frozen=True)
class Signed:
    """Name whose sign-in it is, at which client, and what is told of it: auth_time, amr, acr."""

    authorization: Authorization
    told: dict[str, Any]


def lock(client: Client, key: str, request: Form) -> Signed:
    """Lock the authorization behind the subject token for the rest of the transaction. Raises
    InvalidRequestError for a token that proves nothing (RFC 8693 section 2.2.2)."""
    readers = {ID_TOKEN: _by_id_token, REFRESH_TOKEN: _by_refresh_token}
    if request.subject_token is None or request.subject_token_type is None:
        raise InvalidRequestError(
            description="subject_token and subject_token_type are both needed.", request=request
        )
    read = readers.get(request.subject_token_type)
    if read is None:
        names = " or ".join(readers)
        raise InvalidRequestError(
            description=f"subject_token_type must be {names}.", request=request
        )
    return read(client, key, request)


def _by_id_token(client: Client, key: str, request: Form) -> Signed:
    claims = id_tokens.read(request.subject_token, audience=client.client_id)
    if claims is None or "events" in claims or claims["aud"] != client.client_id:
        raise _refusal("it is no ID token that this site issued to this client", request)
    if not isinstance(claims.get("exp"), int) or claims["exp"] <= time.time():
        raise _refusal("it has expired", request)
    person = person_of(claims["sub"], client)
    pks = Authorization.objects.filter(user=person, client=client).values_list("pk", flat=True)
    authorization = Authorization.objects.lock(pks[0]) if person and pks else None
    if authorization is None or not is_open(client, authorization.user):
        raise _refusal("the person no longer uses this client", request)
    if not _holds(authorization, claims.get("sid", "")):
        raise _refusal("the person has signed out since", request)
    told = {name: claims[name] for name in _OF_SIGN_IN if name in claims}
    return Signed(authorization, told)


def _holds(authorization: Authorization, sid: str) -> bool:
    """Return whether the sign-in still stands: the browser's session, or what keeps the client
    signed in beyond it."""
    if not sid:
        return True
    now = timezone.now()
    if Session.objects.filter(user=authorization.user, sid=sid, expire_date__gt=now).exists():
        return True
    return authorization.refresh_tokens.live().filter(sid=sid).exists()


def _by_refresh_token(client: Client, key: str, request: Form) -> Signed:
    token = _refresh_tokens.lock(request.subject_token)
    if token is None or token.application_id != client.pk or not token.is_live():
        raise _refusal("it is no refresh token of this client that works", request)
    bound_keys.check(token.key, key, request)
    return Signed(token.authorization, access_tokens.told_of(token.sign_in))


def _refusal(why: str, request: Form) -> InvalidRequestError:
    return InvalidRequestError(description=f"The subject_token is refused: {why}.", request=request)
