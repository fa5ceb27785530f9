"""Revoke what was issued, at once and in one transaction, with a receipt of what that was.

Whoever ends something locks its authorizations first, in the order of their keys: nothing can be
issued beside a revocation, and two revocations cannot block each other.
"""

import uuid
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from typing import Any

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
    Delegation,
    DeviceGrant,
    PersonalToken,
    RefreshToken,
)
from accounts.oauth_server.models.tokens import RefreshTokenQuerySet
from accounts.security_events.details import Extent, Name, TokensEnded
from accounts.security_events.receipts import Receipt
from accounts.security_events.record import record

_AT_ONCE = 5_000  # authorizations or clients of one statement: PostgreSQL takes 65,535 values


def revoke_authorizations(
    authorizations: QuerySet[Authorization], *, keep_consent: bool = False
) -> Receipt:
    """Revoke all that hangs from `authorizations`, and the consent itself unless it is kept."""
    with transaction.atomic():
        locked = authorizations.select_for_update(of=("self",), no_key=True).order_by("pk")
        pks = list(locked.values_list("pk", flat=True))
        return _sum(
            _revoke_some(pks[at : at + _AT_ONCE], keep_consent=keep_consent)
            for at in range(0, len(pks), _AT_ONCE)
        )


def _revoke_some(pks: list[int], *, keep_consent: bool) -> Receipt:
    """Revoke what hangs from some authorizations, locked already: one statement takes no more
    values than fit into it."""
    found = Authorization.objects.filter(pk__in=pks)
    receipt = Receipt(
        apps=len(pks),
        codes=_end_codes(found),
        access_tokens=_end(AccessToken.objects.filter(authorization__in=pks)),
        refresh_tokens=_revoke(RefreshToken.objects.filter(authorization__in=pks)),
        last_used=found.aggregate(at=Max("last_used"))["at"],
    )
    if not keep_consent:
        found.delete()
    return receipt


def _sum(receipts: Iterable[Receipt]) -> Receipt:
    total = Receipt()
    for each in receipts:
        used = [at for at in (total.last_used, each.last_used) if at]
        total = Receipt(
            apps=total.apps + each.apps,
            codes=total.codes + each.codes,
            access_tokens=total.access_tokens + each.access_tokens,
            refresh_tokens=total.refresh_tokens + each.refresh_tokens,
            last_used=max(used, default=None),
        )
    return total


def revoke_client(client: Client, *, actor: Actor) -> Receipt:
    """Revoke everything that a client holds, of every person and of its own."""
    with transaction.atomic():
        receipt = revoke_clients([client.pk])
        everything = TokensEnded(receipt, code=Extent.CLIENT)
        record(Event.TOKEN_REVOKED, actor=actor, client=client, details=everything)
    return receipt


def revoke_clients(pks: Sequence[int]) -> Receipt:
    """Revoke everything that several clients hold. The caller records it."""
    with transaction.atomic():
        return _sum(_revoke_clients(pks[at : at + _AT_ONCE]) for at in range(0, len(pks), _AT_ONCE))


def _revoke_clients(pks: Sequence[int]) -> Receipt:
    ended = revoke_authorizations(Authorization.objects.filter(client__in=pks))
    # Their own, and those by which they acted for people of other clients.
    own = end_handed_on(AccessToken.objects.filter(application__in=pks), pks)
    Delegation.objects.filter(client__in=pks).delete()
    return replace(ended, access_tokens=ended.access_tokens + own)


def end_handed_on(held: QuerySet[AccessToken], clients: Collection[int]) -> int:
    """Revoke the access tokens `held`, which are of `clients`, by their keys, and those that others
    got for them by exchange; return how many still worked. The caller holds the locks."""
    of_them = frozenset(clients)
    families = AccessToken.objects.filter(family__in=held.order_by().values("family"))
    handed_on = families.exclude(via="").only("via").iterator()
    pks = [token.pk for token in handed_on if token.came_through & of_them]
    ended = _end(held)
    for at in range(0, len(pks), _AT_ONCE):
        ended += _end(AccessToken.objects.filter(pk__in=pks[at : at + _AT_ONCE]))
    return ended


def revoke_short_lived(client: Client) -> None:
    """Revoke the client's access tokens, and codes that were not redeemed. What it refreshes has
    the scopes that it may have by then (grants/refresh_token.py)."""
    with transaction.atomic():
        held = Authorization.objects.filter(client=client)
        list(held.select_for_update(of=("self",), no_key=True).order_by("pk").values_list("pk"))
        end_handed_on(AccessToken.objects.filter(application=client), [client.pk])
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
            access_tokens=_end(AccessToken.objects.filter(**of_session)),
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
    """Revoke every token of the sign-in that `token` belongs to. One that was exchanged goes with
    those that others got by way of its client: the sign-in is another client's."""
    with transaction.atomic():
        allowed = token.authorization
        if allowed and allowed.client_id == token.application_id:
            revoke_family(allowed.pk, token.family)
        elif allowed:
            Authorization.objects.select_for_update(no_key=True).filter(pk=allowed.pk).first()
            this = AccessToken.objects.filter(pk=token.pk)
            end_handed_on(this, [token.application.pk])
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
        tokens = _end(AccessToken.objects.filter(family=family))
        tokens += _revoke(RefreshToken.objects.filter(token_family=family))
        # Found by the authorization: of codes, `family` has no index.
        codes = AuthorizationCode.objects.filter(authorization_id=authorization_id, redeemed=None)
        codes.filter(family=family).delete()
    return tokens


def _end_codes(found: QuerySet[Authorization]) -> int:
    devices = DeviceGrant.objects.filter(authorization__in=found)
    codes = AuthorizationCode.objects.filter(authorization__in=found, redeemed=None)
    return _end(devices) + _end(codes)


def _end(found: QuerySet[Any]) -> int:
    """Delete codes or access tokens, and count those that still worked."""
    live = found.filter(expires__gt=timezone.now()).count()
    found.delete()
    return live


def _revoke(tokens: RefreshTokenQuerySet) -> int:
    """Revoke them all, and count those that still worked."""
    live = tokens.live().count()
    tokens.filter(revoked=None).update(revoked=timezone.now(), sealed_answer=b"")
    return live
