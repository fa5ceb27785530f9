"""The seventh step: what a third party's own API says about a connected person."""

from typing import Any

from allauth.socialaccount.models import SocialAccount


class ConnectionExpired(Exception):
    """The third party no longer accepts the stored tokens, or none are stored."""


class ThirdPartyRefused(Exception):
    """The third party's API answered with an error; `status` is its HTTP status."""

    status: int


class ThirdPartyUnavailable(Exception):
    """The third party did not answer in time or not sensibly."""


def list_connections(user_id: int) -> list[dict[str, Any]]:
    return []


def find_connection(user_id: int, connection_id: int) -> SocialAccount | None:
    return SocialAccount.objects.filter(user_id=user_id, pk=connection_id).first()


def read_profile(connection: SocialAccount) -> dict[str, Any]:
    raise ConnectionExpired
