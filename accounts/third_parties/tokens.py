"""Keep third parties' tokens, sealed, for calls on a person's behalf."""

import time
from datetime import datetime, timedelta

from allauth.socialaccount.models import SocialAccount, SocialLogin
from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from accounts.models import ConnectionToken
from accounts.third_parties import calls
from accounts.third_parties.errors import RefreshTokenDead, ThirdPartyUnavailable

_DUE_WITHIN = timedelta(seconds=60)
_POLLED_EVERY = 0.1  # seconds


class ConnectionExpired(Exception):
    """Report that the third party no longer honours the connection: connect once more."""


class NoTokenStored(ConnectionExpired):
    """Report that the third party gave no token for this connection, or none that was kept."""


def store(login: SocialLogin) -> None:
    """Keep the tokens of `login`, whose connection is saved already."""
    if login.token is None or not login.token.token:
        return
    kept = {"access_token": login.token.token, "expires": login.token.expires_at}
    if login.token.token_secret:  # many give a refresh token at the first sign-in only
        kept["refresh_token"] = login.token.token_secret
    ConnectionToken.objects.update_or_create(
        connection=login.account, defaults=kept | {"refreshing_until": None}
    )


def of(connection: SocialAccount) -> ConnectionToken:
    """Return the connection's tokens, refreshed if they are due. Raises as `refresh` does."""
    stored = ConnectionToken.objects.filter(connection=connection).first()
    if stored is None:
        raise NoTokenStored
    if stored.expires is None or stored.expires > timezone.now() + _DUE_WITHIN:
        return stored
    return refresh(stored)


def refresh(stale: ConnectionToken) -> ConnectionToken:
    """Trade the refresh token for new tokens, once however many requests ask at a time.

    The one that takes the lease asks the third party; the others wait for what it gets. A lease
    is a column and not a row lock, because a row lock would hold a transaction open, and on
    SQLite every other writer, for as long as the third party takes. It runs out by itself.

    Raises ConnectionExpired, ThirdPartyUnavailable, ThirdPartyMisbehaved.
    """
    if not stale.refresh_token:
        raise ConnectionExpired
    if not _take_lease(stale):
        return _wait_for_another(stale)
    try:
        return _keep(stale, calls.refresh(stale.connection, stale.refresh_token))
    except RefreshTokenDead as refusal:
        ConnectionToken.objects.filter(pk=stale.pk).update(refresh_token="")
        raise ConnectionExpired from refusal
    finally:
        ConnectionToken.objects.filter(pk=stale.pk).update(refreshing_until=None)


def _keep(stale: ConnectionToken, answer: calls.TokenAnswer) -> ConnectionToken:
    stale.access_token = answer.access_token
    stale.refresh_token = answer.refresh_token or stale.refresh_token  # rotated or not
    stale.expires = answer.expires
    stale.updated = timezone.now()
    kept = ConnectionToken.objects.filter(pk=stale.pk).update(
        access_token=stale.access_token,
        refresh_token=stale.refresh_token,
        expires=stale.expires,
        updated=stale.updated,
    )
    if not kept:  # disconnected meanwhile
        raise ConnectionExpired
    return stale


def _take_lease(stale: ConnectionToken) -> bool:
    now = timezone.now()
    free = Q(refreshing_until=None) | Q(refreshing_until__lt=now)
    # `updated` moves with every new token: who read the row before that is too late to refresh.
    unchanged = ConnectionToken.objects.filter(pk=stale.pk, updated=stale.updated)
    return bool(unchanged.filter(free).update(refreshing_until=now + _lease_time()))


def _lease_time() -> timedelta:
    return timedelta(seconds=settings.SOCIALACCOUNT_REQUESTS_TIMEOUT + 2)


def _wait_for_another(stale: ConnectionToken) -> ConnectionToken:
    until: datetime = timezone.now() + _lease_time()
    while timezone.now() < until:
        fresh = ConnectionToken.objects.filter(pk=stale.pk).first()
        if fresh is None or not fresh.refresh_token:
            raise ConnectionExpired
        if fresh.updated != stale.updated:
            return fresh
        if fresh.refreshing_until is None:
            raise ThirdPartyUnavailable("another request failed to refresh")
        time.sleep(_POLLED_EVERY)
    raise ThirdPartyUnavailable("another request is still refreshing")
