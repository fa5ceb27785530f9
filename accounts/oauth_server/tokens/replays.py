"""Handle the replay of a code or a refresh token: one of its two presenters is not the client.

RFC 9700 sections 2.1.1, 4.5 and 4.14.2. What it earned ends, and the person is told.
"""

from django.db import transaction

from accounts.models.event_kinds import Actor, Event, Outcome
from accounts.oauth_server.models import AuthorizationCode, RefreshToken
from accounts.oauth_server.tokens import revocation
from accounts.security_events.details import Details
from accounts.security_events.record import record


def end(
    kind: Event,
    presented: AuthorizationCode | RefreshToken,
    *,
    details: Details,
) -> None:
    """End the family, record it and tell the person, all or none.

    To be called outside the transaction that the refusal rolled back. The person is told once:
    whoever presents the same thing again and again must not fill their mailbox.
    """
    user, client = presented.user, presented.application
    with transaction.atomic():
        ended = revocation.revoke_family(presented.authorization_id, presented.family)
        record(
            kind,
            actor=Actor.UNKNOWN,
            user=user,
            client=client,
            outcome=Outcome.FAILED,
            details=details,
            is_told=bool(ended),
        )
