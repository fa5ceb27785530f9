"""Record why a client's request was refused, so that an admin can say why a sign-in failed.

Anybody can send such requests, in anybody's name: they are recorded so many times an hour, and of
what was sent only what is known to hold no secret.
"""

import re
from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

from django.http import HttpRequest
from oauthlib.oauth2.rfc6749.errors import OAuth2Error

from accounts.limits import rate_limits
from accounts.models.event_kinds import Actor, Event, Outcome
from accounts.oauth_server.models import Client
from accounts.oauth_server.rules.response_modes import RESPONSE_MODES
from accounts.oauth_server.rules.scopes import Holder
from accounts.oauth_server.wire import told
from accounts.security_events.details import RequestRefusal
from accounts.security_events.record import record
from accounts.text.cleaning import is_storable

# No refusals: what a device is told while it waits, and what has an event of its own.
_TOLD_OTHERWISE = {
    *("authorization_pending", "slow_down", "expired_token", "access_denied"),
    *("invalid_client", "temporarily_unavailable", "use_dpop_nonce"),
}
_BY_ERROR = {
    "invalid_scope": "scope",
    "unsupported_response_type": "response_type",
    "unsupported_grant_type": "grant_type",
    "request_not_supported": "request",
    "request_uri_not_supported": "request_uri",
    "mismatching_state": "state",
    "invalid_request_object": "request",
    "invalid_request_uri": "request_uri",
    "invalid_dpop_proof": "DPoP",
}
# oauthlib writes of these in words of its own.
_BY_WORDS = {
    "Code challenge required": "code_challenge",
    "Transform algorithm": "code_challenge_method",
    "redirect URI": "redirect_uri",
    "redirect_uri": "redirect_uri",
}
# Of these, what was sent can be kept: no secret stands there.
_PLAIN = (
    *("response_type", "response_mode", "code_challenge_method", "prompt", "max_age", "scope"),
    *("grant_type", "client_id", "claims_locales", "display"),
)
_ADDRESSES = ("redirect_uri", "post_logout_redirect_uri")
_NAMED = re.compile(
    r"\b(response_type|response_mode|code_challenge_method|code_challenge|code_verifier|prompt"
    r"|max_age|scope|grant_type|client_id|redirect_uri|nonce|claims|id_token_hint|request_uri"
    r"|request|refresh_token|device_code|code)\b"
)

_EXPECTED: dict[str, Callable[[Client], list[str]]] = {
    "redirect_uri": lambda client: client.redirect_uris.split(),
    "post_logout_redirect_uri": lambda client: client.post_logout_redirect_uris.split(),
    "scope": lambda client: sorted(client.allowed_scopes(Holder.PERSON)),
    "response_type": lambda _: ["code"],
    "response_mode": lambda _: list(RESPONSE_MODES),
    "code_challenge": lambda _: ["S256"],
    "code_challenge_method": lambda _: ["S256"],
    "grant_type": lambda client: client.grant_types.split(),
}


def note_error(
    request: HttpRequest, endpoint: str, sent: Mapping[str, str], error: OAuth2Error
) -> None:
    """Record the error that a client or its person is told, unless an event already tells it."""
    told.note_refusal(error)
    is_replay = error.error == "invalid_grant" and error.__cause__ is not None
    if error.error in _TOLD_OTHERWISE or is_replay:
        return
    note(request, endpoint, sent, error.error, error.description or "", _parameter(error))


def note(
    request: HttpRequest,
    endpoint: str,
    sent: Mapping[str, str],
    error: str,
    problem: str,
    parameter: str,
) -> None:
    """Record a refusal, and its limit where it was one too many."""
    client_id = sent.get("client_id") or ""
    client = _client(client_id)
    if client:
        told.note_client(client)
    try:
        rate_limits.hit(request, "refused_requests", client_id=client_id)
        whose = str(client.pk) if client else "nobody"
        rate_limits.hit(request, "refused_requests_of_client", whose, client_id=client_id)
    except rate_limits.LimitReached:
        return
    record(
        Event.REQUEST_REFUSED,
        actor=Actor.UNKNOWN,
        request=request,
        client=client,
        client_id=client_id,
        outcome=Outcome.FAILED,
        details=RequestRefusal(
            endpoint=endpoint,
            error=error,
            problem=problem,
            parameter=parameter,
            sent=_shown(parameter, sent.get(parameter) or ""),
            expected=_expected(parameter, client),
        ),
    )


def _client(client_id: str) -> Client | None:
    if not client_id or not is_storable(client_id):
        return None
    return Client.objects.filter(client_id=client_id).first()


def _parameter(error: OAuth2Error) -> str:
    """Return what the error is about, "" where it does not say."""
    if error.error in _BY_ERROR:
        return _BY_ERROR[error.error]
    words = error.description or ""
    for begins, parameter in _BY_WORDS.items():
        if begins in words:
            return parameter
    named = _NAMED.search(words)
    return named[0] if named else ""


def _shown(parameter: str, sent: str) -> str:
    if parameter in _ADDRESSES:
        return _without_query(sent)
    return sent if parameter in _PLAIN else ""


def _expected(parameter: str, client: Client | None) -> tuple[str, ...]:
    of = _EXPECTED.get(parameter)
    if of is None or client is None:
        return ()
    expected = of(client)
    return tuple(map(_without_query, expected) if parameter in _ADDRESSES else expected)


def _without_query(address: str) -> str:
    """Leave out of an address where a secret may stand: who logs in at it, query and fragment."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return ""
    netloc = parts.netloc.rpartition("@")[2]
    return parts._replace(netloc=netloc, query="", fragment="").geturl()
