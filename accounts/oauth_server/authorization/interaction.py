"""What a request still wants of the person before they are asked for consent.

`prompt`, `max_age` and who it is about (OpenID Connect Core section 3.1.2.1). A person who is sent
to sign in comes back to the same request; so that it is known there what happened since, the
request carries along, signed, when it was first seen. Nothing of this is kept in the session,
which a new sign-in throws away.
"""

import hashlib
import time
from urllib.parse import parse_qs, urlencode, urlsplit

from django.core import signing
from django.http import HttpRequest, QueryDict
from django.urls import reverse

from accounts.oauth_server.authorization.request import (
    AuthorizationRequest,
    acr_values_in,
    parse_claims,
)
from accounts.oauth_server.models import Client
from accounts.sessions.authentication import authenticated_at

FIRST_SEEN = "first_seen"  # the parameter that a request is continued with
LONGEST = 3600  # seconds that a person may take

_SALT = "when an authorization request was first seen"


def address(request: HttpRequest) -> str:
    """Return the address of this request, as it began."""
    return f"{reverse('oauth_server:authorize')}?{_original(request).urlencode()}"


def continued(request: HttpRequest, *, after: str = "") -> str:
    """Return the address at which this request goes on after the person has done something.

    `after` names what they are sent to do, where they are not to be sent there a second time.
    """
    first_seen, done = _seen(request) or (time.time(), [])
    steps = [*done, after] if after else done
    seen = signing.dumps([_digest(request), first_seen, steps], salt=_SALT)
    return f"{address(request)}&{urlencode({FIRST_SEEN: seen})}"


def was_sent_to(request: HttpRequest, step: str) -> bool:
    """Whether the person has come back from `step` of this request, whatever they did there."""
    seen = _seen(request)
    return seen is not None and step in seen[1]


def must_prove(request: HttpRequest, asked: AuthorizationRequest) -> bool:
    """Whether the person has to sign in anew, although they are signed in."""
    if not _wants_proof(request, asked):
        return False
    return not has_proved(request)


def has_proved(request: HttpRequest) -> bool:
    """Whether the person has signed in since this request was first seen."""
    first_seen = _first_seen(request)
    return first_seen is not None and authenticated_at(request) >= first_seen


def is_first_time(request: HttpRequest) -> bool:
    """Whether the person has not been sent anywhere yet for this request."""
    return _first_seen(request) is None


def is_continued(next_url: str) -> bool:
    """Whether `next_url` leads on to a request that sent its person to sign in.

    The sign-in page asks this, and then shows itself also to people who are signed in.
    """
    return FIRST_SEEN in _continued_query(next_url)


def demands_proof(next_url: str) -> bool:
    """Whether `next_url` leads on to a request that no earlier sign-in will do for.

    A third party asks this, that may itself remember the person.
    """
    query = _continued_query(next_url)
    prompt = query.get("prompt", [""])[0].split()
    if FIRST_SEEN not in query:
        return False
    return "login" in prompt or "max_age" in query or _has_default_max_age(query)


def demands_authentication_context(next_url: str) -> bool:
    """Whether the client that `next_url` leads to lets nobody in whose sign-in reaches none of the
    classes that it names (Core section 5.5.1.1), where others only wish for one."""
    parameter = _continued_query(next_url).get("claims", ["{}"])[0]
    return bool(acr_values_in(parse_claims(parameter) or {}, essential=True))


def login_hint(next_url: str) -> str:
    """Return whom the client that `next_url` leads to expects, for the sign-in form."""
    return _continued_query(next_url).get("login_hint", [""])[0]


def ui_locales(next_url: str) -> list[str]:
    """Return the languages (BCP 47) that the client which `next_url` leads to prefers, in order."""
    return _continued_query(next_url).get("ui_locales", [""])[0].split()


def _wants_proof(request: HttpRequest, asked: AuthorizationRequest) -> bool:
    if "login" in asked.prompt or asked.max_age == 0:
        return True
    return asked.max_age is not None and authenticated_at(request) < time.time() - asked.max_age


def _first_seen(request: HttpRequest) -> float | None:
    seen = _seen(request)
    return seen[0] if seen else None


def _seen(request: HttpRequest) -> tuple[float, list[str]] | None:
    """Return when this request was first seen, and the steps that it has been continued after."""
    try:
        digest, at, steps = signing.loads(request.GET.get(FIRST_SEEN, ""), salt=_SALT)
    except (signing.BadSignature, ValueError):
        return None
    is_current = digest == _digest(request) and time.time() - at < LONGEST
    return (float(at), list(steps)) if is_current else None


def _has_default_max_age(query: dict[str, list[str]]) -> bool:
    client_id = query.get("client_id", [""])[0]
    return Client.objects.filter(client_id=client_id, default_max_age__isnull=False).exists()


def _original(request: HttpRequest) -> QueryDict:
    query = request.GET.copy()
    query.pop(FIRST_SEEN, None)
    return query


def _digest(request: HttpRequest) -> str:
    return hashlib.sha256(_original(request).urlencode().encode()).hexdigest()


def _continued_query(next_url: str) -> dict[str, list[str]]:
    try:
        parts = urlsplit(next_url)
    except ValueError:
        return {}
    return parse_qs(parts.query) if parts.path == reverse("oauth_server:authorize") else {}
