"""Help with “This wasn't me”: what an event means if somebody else did it, and what to do about
that."""

from enum import StrEnum

from accounts.models import SecurityEvent
from accounts.models.event_kinds import Event, Outcome


class Worry(StrEnum):
    """Name what somebody else may have: each has its words in templates/accounts/not_me.html."""

    NOBODY_GOT_IN = "nobody_got_in"
    INSIDE = "inside"  # somebody else is, or was, signed in
    CREDENTIALS = "credentials"  # and changed what one signs in with
    APP = "app"  # an app has access
    TOKEN = "token"  # noqa: S105 (a personal token was made)
    BY_ADMIN = "by_admin"


_OF_AN_APP = {
    *(Event.CONSENT_GIVEN, Event.CONSENT_REFUSED, Event.APP_REMOVED, Event.CODE_ISSUED),
    *(Event.CODE_REDEEMED, Event.CODE_REPLAYED, Event.TOKEN_ISSUED, Event.TOKEN_REFRESHED),
    *(Event.TOKEN_REPLAYED, Event.TOKEN_REVOKED, Event.DEVICE_APPROVED, Event.DEVICE_REFUSED),
    *(Event.CLIENT_REFUSED, Event.REQUEST_REFUSED, Event.TOKEN_EXCHANGED),
    *(Event.IDENTITY_ASSERTED, Event.ASSERTION_REDEEMED),
}
_SEEN_FROM_INSIDE = {Event.SIGN_IN, Event.SIGN_OUT, Event.SESSION_ENDED, Event.PROFILE_CHANGED}
_SEEN_FROM_INSIDE |= {Event.AGENTS_REMOVED}


def worry(event: SecurityEvent) -> Worry:
    """Return what `event` is to be feared for. What is not known is taken for the worst."""
    if event.is_by_an_admin:
        return Worry.BY_ADMIN
    if event.kind in _OF_AN_APP:
        return Worry.APP
    if event.kind == Event.CONFIRMED:
        return Worry.INSIDE  # whoever failed at it was signed in
    if event.outcome == Outcome.FAILED:
        return Worry.NOBODY_GOT_IN
    if event.kind == Event.PERSONAL_TOKEN_MADE:
        return Worry.TOKEN
    return Worry.INSIDE if event.kind in _SEEN_FROM_INSIDE else Worry.CREDENTIALS
