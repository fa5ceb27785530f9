"""Count security events for the metrics: by kind all of them, and sign-ins and sign-ups by how."""

from collections.abc import Callable

from accounts.metrics import declared
from accounts.models import SecurityEvent
from accounts.models.event_kinds import Event, Outcome
from accounts.security_events.details import Reason

_NOT_KNOWN = "unknown"
# Which step of signing in said no.
_WAYS = {
    Reason.PASSWORD: "password",
    Reason.CODE: "code",
    Reason.PASSKEY: "webauthn",
    Reason.SECOND_FACTOR: "second_factor",
    Reason.THIRD_PARTY: "third_party",
}
_CLOSED = {Reason.INACTIVE, Reason.CLOSED}


def count(event: SecurityEvent) -> None:
    declared.SECURITY_EVENTS.count(str(event.kind), str(event.outcome))
    further = _FURTHER.get(event.kind)
    if further:
        further(event)


def _sign_in(event: SecurityEvent) -> None:
    facts = event.details
    provider = facts.get("provider", "")
    if event.outcome == Outcome.SUCCEEDED:
        declared.SIGN_INS.count(_first(event), provider, "succeeded")
        return
    reason = facts.get("code")
    outcome = "closed" if reason in _CLOSED else facts.get("problem", "refused")
    declared.SIGN_INS.count(_WAYS.get(reason, _NOT_KNOWN), provider, outcome)


def _signed_up(event: SecurityEvent) -> None:
    if event.outcome == Outcome.SUCCEEDED:
        declared.SIGN_UPS.count(_first(event), event.details.get("provider", ""))


def _first(event: SecurityEvent) -> str:
    """Return the first of the methods that proved who it was: "form" where none did yet."""
    return str(next(iter(event.details.get("methods", ())), "form"))


_FURTHER: dict[str, Callable[[SecurityEvent], None]] = {
    Event.SIGN_IN: _sign_in,
    Event.SIGNED_UP: _signed_up,
}
