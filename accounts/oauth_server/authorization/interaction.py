"""Decide what a request still wants of the person before they are asked for consent.

`prompt`, `max_age` and who it is about (OpenID Connect Core section 3.1.2.1). A person who is sent
to sign in comes back to the same request; so that it is known there what happened since, the
request carries along, signed, when it was first seen. Nothing of this is kept in the session,
which a new sign-in throws away.
"""

import hashlib
import time
from urllib.parse import urlencode

from django.http import HttpRequest, QueryDict
from django.urls import reverse

from accounts.oauth_server.authorization.request import AuthorizationRequest
from accounts.sessions.authentication import authenticated_at, signed_in_at
from accounts.way_back.app_request import FIRST_SEEN, LONGEST, Continuation
from accounts.way_back.packed import pack


def address(request: HttpRequest) -> str:
    """Return the address of this request, as it began."""
    return pack(_unpacked(request))


def continued(request: HttpRequest, asked: AuthorizationRequest, *, after: str = "") -> str:
    """Return the address at which this request goes on after the person has done something.

    `after` names what they are sent to do, where they are not to be sent there a second time.
    """
    seen = _seen(request)
    steps = seen.steps if seen else ()
    continuation = Continuation(
        digest=_digest(request),
        first_seen=seen.first_seen if seen else time.time(),
        steps=(*steps, after) if after else steps,
        max_age=asked.max_age,
    )
    return pack(f"{_unpacked(request)}&{urlencode({FIRST_SEEN: continuation.signed()})}")


def was_sent_to(request: HttpRequest, step: str) -> bool:
    """Return whether the person has come back from `step` of this request, whatever they did
    there."""
    seen = _seen(request)
    return seen is not None and step in seen.steps


def must_prove(request: HttpRequest, asked: AuthorizationRequest) -> bool:
    """Return whether the person has to sign in anew, although they are signed in."""
    if not _wants_proof(request, asked):
        return False
    return not has_proved(request)


def has_proved(request: HttpRequest) -> bool:
    """Return whether the person was asked who they are, and showed it, since this request was first
    seen."""
    first_seen = _first_seen(request)
    return first_seen is not None and authenticated_at(request) >= first_seen


def has_signed_in(request: HttpRequest) -> bool:
    """Return whether somebody has signed in since this request was first seen, be it by way of a
    third party that asked them for nothing."""
    first_seen = _first_seen(request)
    is_somebody = request.user.is_authenticated
    return is_somebody and first_seen is not None and signed_in_at(request) >= first_seen


def is_first_time(request: HttpRequest) -> bool:
    """Return whether the person has not been sent anywhere yet for this request."""
    return _first_seen(request) is None


def _wants_proof(request: HttpRequest, asked: AuthorizationRequest) -> bool:
    if asked.max_age is None:
        return False
    return asked.max_age == 0 or authenticated_at(request) < time.time() - asked.max_age


def _first_seen(request: HttpRequest) -> float | None:
    seen = _seen(request)
    return seen.first_seen if seen else None


def _seen(request: HttpRequest) -> Continuation | None:
    """Return how this very request was continued, None where it begins or has taken too long."""
    seen = Continuation.read(request.GET.get(FIRST_SEEN, ""))
    if seen is None or seen.digest != _digest(request):
        return None
    return seen if time.time() - seen.first_seen < LONGEST else None


def _unpacked(request: HttpRequest) -> str:
    return f"{reverse('oauth_server:authorize')}?{_original(request).urlencode()}"


def _original(request: HttpRequest) -> QueryDict:
    query = request.GET.copy()
    query.pop(FIRST_SEEN, None)
    return query


def _digest(request: HttpRequest) -> str:
    return hashlib.sha256(_original(request).urlencode().encode()).hexdigest()
