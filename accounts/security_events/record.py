"""Record a security event: a row, and a log line of the same facts. There is no other way to write
one.

When: in the transaction of what it tells of, so that what is committed has its record and what is
rolled back has none. What was refused is recorded outside the transaction that the refusal rolled
back. The log line follows the commit. (allauth's flows are in no transaction: there the record is
the next thing that is written.)

Failing: a row that cannot be written fails the action that it belongs to, loudly. No action goes
unrecorded, and no event is lost without a trace.

From where: callers that have no Django request, such as the grants, need not know one. allauth's
middleware keeps the current one in a context variable (`allauth.core.context`).
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Protocol

import structlog
from allauth.core import context
from django.db import transaction
from django.http import HttpRequest

from accounts.models import SecurityEvent
from accounts.models.event_kinds import Actor, Event, Outcome
from accounts.models.security_event import USER_AGENT_LENGTH
from accounts.network.client_address import client_address
from accounts.security_events import figures, mail
from accounts.security_events.details import Details, Limit, Nothing, structure_of
from accounts.site import request_id
from accounts.storage.rows import Rows
from accounts.storage.writes import Write, write
from accounts.text.cleaning import clean

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from accounts.models import User

log = structlog.get_logger("security")

_events = Rows(SecurityEvent)
_NOTHING = Nothing()
# Keys of details.
_NAMES = {"name", "object", "message", "email", "old_text", "values", "filtered"}


class RecordedClient(Protocol):
    """Describe the client of an event: the oauth server's Client, which stands above this
    package."""

    pk: Any
    client_id: str


def record(
    kind: Event,
    *,
    actor: Actor,
    details: Details = _NOTHING,
    request: HttpRequest | None = None,
    user: "User | AnonymousUser | None" = None,
    client: RecordedClient | None = None,
    client_id: str = "",
    outcome: Outcome = Outcome.SUCCEEDED,
    is_told: bool = True,
    also_tell: Iterable[str] = (),
    beside: Iterable[Write] = (),
) -> SecurityEvent:
    """Write one event with one INSERT, and return it.

    `beside` is what it tells of, where that is yet to be written: it is written with the event, all
    or none, by one statement where the database can.

    `user` is whose account it is about, and `actor` who acted: the caller knows, and nobody can
    find it out later. `details` are of the structure that details.py names for the kind.

    The person is told by mail, where notices.py has words for it, unless `is_told` is false: it is
    no news to them. `also_tell` are further addresses of theirs, such as one that is gone now.

    `client_id` is for a client that was named but not found to be there. Raises TypeError for
    details of another structure or a client that acts unnamed, and DatabaseError where the row
    cannot be written.
    """
    _check_structure(kind, outcome, details)
    if actor == Actor.CLIENT and client is None:
        raise TypeError(f"Which client app acted is missing of {kind}.")
    request = request or context.request
    headers = request.META if request else {}
    person = user if user is not None and user.is_authenticated else None
    event = SecurityEvent(
        request_id=request_id.current(),
        user=person,
        sub=person.sub if person else "",
        client=client,  # type: ignore[misc]  # its model stands above this package
        client_public_id=clean(client.client_id if client else client_id, 100),
        address=client_address(request) if request else "",
        user_agent=clean(headers.get("HTTP_USER_AGENT", ""), USER_AGENT_LENGTH),
        kind=kind,
        outcome=outcome,
        actor=actor,
        details=details.as_json(),
    )
    event.pk = write(*beside, _events.inserting(event))
    event._state.adding = False
    transaction.on_commit(lambda: _publish(event), robust=True)
    if person and is_told:
        mail.notify(event, person, also_tell)
    return event


def limit_hit(
    request: HttpRequest,
    what: str,
    *,
    user: "User | AnonymousUser | None" = None,
    client: RecordedClient | None = None,
    client_id: str = "",
) -> SecurityEvent:
    """Record that a limit was passed; `what` names it, as settings.RATE_LIMITS does. Limits are
    counted before anybody proved who they are: `user` and `client_id` are whom it is about.

    Call it when a limit is first passed in its window, not for each request that is refused: else
    whoever floods the site floods this table.
    """
    return record(
        Event.LIMIT_HIT,
        request=request,
        user=user,
        client=client,
        client_id=client_id,
        outcome=Outcome.FAILED,
        actor=Actor.UNKNOWN,
        details=Limit(what),
    )


def _check_structure(kind: Event, outcome: Outcome, details: Details) -> None:
    wanted = structure_of(kind, outcome)
    if type(details) is not wanted:
        found = type(details).__name__
        raise TypeError(f"The details of {kind}, {outcome} are {wanted.__name__}, not {found}.")


def _without_names(details: Any) -> Any:
    """Leave out of a log line what people call themselves and their things: the table has it."""
    if isinstance(details, list):
        return [_without_names(each) for each in details]
    if not isinstance(details, dict):
        return details
    kept = {key: each for key, each in details.items() if key not in _NAMES}
    return {key: _without_names(each) for key, each in kept.items()}


def _publish(event: SecurityEvent) -> None:
    """Log and count what is committed."""
    figures.count(event)
    _write_log_line(event)


def _write_log_line(event: SecurityEvent) -> None:
    facts: dict[str, Any] = {
        "request_id": event.request_id,
        "sub": event.sub,
        "client_id": event.client_public_id,
        "address": event.address,
        "user_agent": event.user_agent,
        "outcome": str(event.outcome),
        "actor": str(event.actor),
        "details": _without_names(event.details),
    }
    write = log.info if event.outcome == Outcome.SUCCEEDED else log.warning
    write(str(event.kind), **{name: value for name, value in facts.items() if value})
