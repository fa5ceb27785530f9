"""Tell the rest of the site of a person's connections, and of their profile at one."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from allauth.socialaccount.models import SocialAccount, SocialApp

from accounts.models import ConnectionToken
from accounts.third_parties import calls, claims, tokens
from accounts.third_parties.errors import (
    ThirdPartyMisbehaved,
    ThirdPartyRefused,
    ThirdPartyUnavailable,
)
from accounts.third_parties.tokens import ConnectionExpired

__all__ = [
    "Connection",
    "ConnectionExpired",
    "ThirdPartyRefused",
    "ThirdPartyUnavailable",
    "describe",
    "find_connection",
    "of_person",
    "read_profile",
]


@dataclass(frozen=True)
class Connection:
    """Describe a third-party account. `provider` is the third party's ID here, `name` its name,
    `account` the person's account there, as they know it."""

    id: int
    provider: str
    name: str
    account: str
    connected: datetime


def of_person(user_id: int) -> Any:
    """Return the third-party accounts that are connected to a person."""
    return SocialAccount.objects.filter(user_id=user_id)


def describe(account: SocialAccount) -> Connection:
    """Return a third-party account as its person knows it."""
    try:
        name, label = account.get_provider().name, account.get_provider_account().to_str()
    except SocialApp.DoesNotExist:  # the provider was taken away; the connection may come back
        name, label = account.provider, account.uid
    return Connection(account.pk, account.provider, name, label, account.date_joined)


def find_connection(user_id: int, connection_id: int) -> SocialAccount | None:
    """Return a connection of this person, None where it is nobody's or somebody else's."""
    return SocialAccount.objects.filter(user_id=user_id, pk=connection_id).first()


def read_profile(connection: SocialAccount) -> dict[str, Any]:
    """Call the third party's own API endpoint with the stored token and return the profile.

    The token is refreshed when it has less than a minute left, and once when it is refused.

    Raises ConnectionExpired (the person must connect once more), ThirdPartyRefused (`.status` is
    what the third party answered) and ThirdPartyUnavailable, nonsense for an answer included.
    """
    try:
        profile = _read(connection, tokens.of(connection))
    except ThirdPartyMisbehaved as error:
        raise ThirdPartyUnavailable(str(error)) from error
    cleaned: dict[str, Any] = claims.without_secrets(profile)
    return cleaned


def _read(connection: SocialAccount, stored: ConnectionToken) -> dict[str, Any]:
    try:
        return calls.fetch_profile(connection, stored.access_token)
    except ThirdPartyRefused as refusal:
        if refusal.status != 401:
            raise
    fresh = tokens.refresh(stored)
    try:
        return calls.fetch_profile(connection, fresh.access_token)
    except ThirdPartyRefused as refusal:
        if refusal.status == 401:
            raise ConnectionExpired from refusal
        raise
