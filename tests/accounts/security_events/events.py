"""How these tests ask what was recorded, and record something themselves."""

from typing import Any

from accounts.models import SecurityEvent
from accounts.models.event_kinds import DONE_AS_ADMIN, Actor, Event, Outcome
from accounts.security_events import details as facts
from accounts.security_events.details import Details, structure_of
from accounts.security_events.receipts import Receipt
from accounts.security_events.record import record

# Of each structure one that says something.
EXAMPLES: dict[type[Details], Details] = {
    type(example): example
    for example in (
        facts.Nothing(),
        facts.Proof(("password", "totp")),
        facts.Refusal(facts.Reason.PASSWORD),
        facts.SessionsEnded(sessions=1, user_agent="Firefox/130.0"),
        facts.Address("second@example.com"),
        facts.Name("My phone"),
        facts.ClientName("Album", "album"),
        facts.ClientChange("Album", ("is_verified",)),
        facts.CodesLeft(9),
        facts.Connection("example"),
        facts.ProfileFields(("nickname", "birthdate")),
        facts.AdminChange(facts.Action.CHANGE, "oauth_server.client", "1", "Album", message="x"),
        facts.EventExport("csv", ("outcome: failed",)),
        facts.Scopes(("openid", "email")),
        facts.Redemption("authorization_code"),
        facts.Refresh(is_retry=True),
        facts.Exchange("Album", ("openid",)),
        facts.Assertion("https://chat.example", ("chat.read",)),
        facts.Vouched("example", ("openid",)),
        facts.Replay("another-client"),
        facts.Ended(Receipt(sessions=2)),
        facts.AppEnded(Receipt(sessions=2), "agent", "Agent"),
        facts.AgentsEnded(Receipt(access_tokens=1), 2, ("album", "agent"), "agents.example"),
        facts.TokensEnded(Receipt(access_tokens=1), code=facts.Extent.SESSION),
        facts.Deletion("2030-12-31"),
        facts.InGroup("Staff", "domain: example.com"),
        facts.ClientRemoval(30),
        facts.WebhookEnd("Collector", "log.example", "failing"),
        facts.ResourceChange("Calendar", "https://calendar.example", "made"),
        facts.RequestRefusal("authorize", "invalid_scope", "Why.", "scope", "x", ("openid",)),
        facts.Limit("token"),
    )
}
_BY_ADMINS = {*DONE_AS_ADMIN, Event.CHANGED_BY_ADMIN, Event.SECOND_FACTORS_RESET}


def happens(
    kind: Event, outcome: Outcome = Outcome.SUCCEEDED, *, actor: Actor | None = None, **more: Any
) -> SecurityEvent:
    """Record such an event, with an example of its details where none are given."""
    details = more.pop("details", None) or EXAMPLES[structure_of(kind, outcome)]
    by = actor or (Actor.ADMIN if kind in _BY_ADMINS else Actor.PERSON)
    return record(kind, actor=by, outcome=outcome, details=details, **more)


def unsaved(kind: Event, outcome: str = "succeeded", **columns: Any) -> SecurityEvent:
    """Return such an event without a row, by the person unless `columns` say otherwise."""
    return SecurityEvent(**{"kind": kind, "outcome": outcome, "actor": Actor.PERSON, **columns})


def recorded(kind: Event, **filters: Any) -> list[tuple[str, str | None, str, dict[str, Any]]]:
    """Outcome, person, actor and details of each event of `kind`, the oldest first."""
    events = SecurityEvent.objects.filter(kind=kind, **filters).order_by("pk")
    return [(event.outcome, _name(event), event.actor, event.details) for event in events]


def _name(event: SecurityEvent) -> str | None:
    assert event.sub == (event.user.sub if event.user else "")
    return event.user.name if event.user else None
