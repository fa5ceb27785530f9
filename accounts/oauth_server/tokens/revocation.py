"""Revoke what was issued, at once and in one transaction, with a receipt of what that was.

Whoever ends something locks its authorizations first, in the order of their keys: nothing can be
issued beside a revocation, and two revocations cannot block each other.
"""

import uuid
from dataclasses import replace

from django.db import transaction
from django.db.models import Max, QuerySet
from django.utils import timezone

from accounts.models import User
from accounts.models.event_kinds import Actor, Event
from accounts.oauth_server.models import (
    AccessToken,
    Authorization,
    AuthorizationCode,
    Client,
    DeviceGrant,
    PersonalToken,
    RefreshToken,
)
from accounts.security_events.details import Extent, Name, TokensEnded
from accounts.security_events.receipts import Receipt
from accounts.security_events.record import record


def revoke_authorizations(
    authorizations: QuerySet[Authorization], *, keep_consent: bool = False
) -> Receipt:
    """Revoke all that hangs from `authorizations`, and the consent itself unless it is kept."""
    with transaction.atomic():
        locked = authorizations.select_for_update(of=("self",), no_key=True).order_by("pk")
        found = Authorization.objects.filter(pk__in=[row.pk for row in locked])
        receipt = Receipt(
            apps=found.count(),
            codes=_end_codes(found),
            access_tokens=AccessToken.objects.filter(authorization__in=found).delete()[0],
            refresh_tokens=_revoke(RefreshToken.objects.filter(authorization__in=found)),
            last_used=found.aggregate(at=Max("last_used"))["at"],
        )
        if not keep_consent:
            found.delete()
    return receipt


def revoke_client(client: Client, *, actor: Actor) -> Receipt:
    """Revoke everything that a client holds, of every person and of its own."""
    with transaction.atomic():
        own = AccessToken.objects.filter(application=client, authorization=None).delete()[0]
        ended = revoke_authorizations(Authorization.objects.filter(client=client))
        receipt = replace(ended, access_tokens=ended.access_tokens + own)
        everything = TokensEnded(receipt, code=Extent.CLIENT)
        record(Event.TOKEN_REVOKED, actor=actor, client=client, details=everything)
    return receipt


def revoke_short_lived(client: Client) -> None:
    """Revoke the client's access tokens, and codes that were not redeemed. What it refreshes has
    the scopes that it may have by then (grants/refresh_token.py)."""
    with transaction.atomic():
        held = Authorization.objects.filter(client=client)
        list(held.select_for_update(of=("self",), no_key=True).order_by("pk").values_list("pk"))
        AccessToken.objects.filter(application=client).delete()
        AuthorizationCode.objects.filter(application=client, redeemed=None).delete()
        DeviceGrant.objects.filter(application=client).delete()


def revoke_session_at(client: Client, user: User, sid: str) -> None:
    """Revoke what one client earned from one session of a person, and nothing else."""
    with transaction.atomic():
        authorizations = Authorization.objects.select_for_update(no_key=True)
        authorization = authorizations.filter(user=user, client=client).first()
        if authorization is None:
            return
        of_session = {"authorization": authorization, "sid": sid}
        AuthorizationCode.objects.filter(**of_session, redeemed=None).delete()
        receipt = Receipt(
            access_tokens=AccessToken.objects.filter(**of_session).delete()[0],
            refresh_tokens=_revoke(RefreshToken.objects.filter(**of_session)),
        )
        if receipt != Receipt():
            record(
                Event.TOKEN_REVOKED,
                actor=Actor.CLIENT,
                user=user,
                client=client,
                details=TokensEnded(receipt, code=Extent.SESSION),
            )


def revoke_sign_in_of(token: AccessToken | RefreshToken, *, actor: Actor) -> None:
    """Revoke every token of the sign-in that `token` belongs to."""
    with transaction.atomic():
        if token.authorization_id:
            revoke_family(token.authorization_id, token.family)
        else:
            token.delete()  # of a client that acts for itself
        record(
            Event.TOKEN_REVOKED,
            actor=actor,
            user=token.user,
            client=token.application,
            details=TokensEnded(code=Extent.SIGN_IN),
        )


def revoke_personal_token(token: PersonalToken, *, actor: Actor) -> None:
    """Revoke a personal token. An unknown `actor` is somebody who holds it."""
    with transaction.atomic():
        ended, _ = PersonalToken.objects.filter(pk=token.pk).delete()
        if ended:
            name = Name(token.name)
            record(Event.PERSONAL_TOKEN_REVOKED, actor=actor, user=token.user, details=name)


def revoke_family(authorization_id: int, family: uuid.UUID) -> int:
    """Revoke every token of one sign-in at one client, at once; return how many still worked."""
    with transaction.atomic():
        # Also under the lock: a rotation that runs beside this one is seen by the deletes below.
        Authorization.objects.select_for_update(no_key=True).filter(pk=authorization_id).first()
        tokens = AccessToken.objects.filter(family=family).delete()[0]
        tokens += _revoke(RefreshToken.objects.filter(token_family=family))
        # Found by the authorization: of codes, `family` has no index.
        codes = AuthorizationCode.objects.filter(authorization_id=authorization_id, redeemed=None)
        codes.filter(family=family).delete()
    return tokens


def _end_codes(found: QuerySet[Authorization]) -> int:
    devices = DeviceGrant.objects.filter(authorization__in=found).delete()[0]
    codes = AuthorizationCode.objects.filter(authorization__in=found, redeemed=None).delete()[0]
    return devices + codes


def _revoke(tokens: QuerySet[RefreshToken]) -> int:
    """Revoke them all, and count those that still worked."""
    unrevoked = tokens.filter(revoked=None)
    live = unrevoked.filter(superseded=None, expires__gt=timezone.now()).count()
    unrevoked.update(revoked=timezone.now(), sealed_answer=b"")
    return live
