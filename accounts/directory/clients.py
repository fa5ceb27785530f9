"""List and register client apps, and make secrets for them, where a superuser let a client do so.

One that is a superuser's to manage (Client.is_privileged), or has a scope that only a superuser
gives, is beyond its reach: whoever makes a secret for such a client has what it has.
"""

from datetime import timedelta
from typing import Any

from oauthlib.oauth2.rfc6749.errors import OAuth2Error

from accounts.models.event_kinds import Actor, Event
from accounts.oauth_server.models import Client, ClientSecret
from accounts.oauth_server.models.client_secret import MOST as MOST_SECRETS
from accounts.oauth_server.models.client_secret import TooManySecrets
from accounts.oauth_server.models.software import APP
from accounts.oauth_server.registration import registration
from accounts.oauth_server.registration.serializer import Metadata
from accounts.oauth_server.rules.credentials import digest
from accounts.security_events.details import ClientName
from accounts.security_events.record import record

__all__ = ["MOST_SECRETS", "TooManySecrets"]


class OfSuperusers(Exception):
    """Refuse to touch a client that only a superuser manages."""


class Refused(Exception):
    """Refuse metadata: `parameter` names what is wrong, "" where it is all of it."""

    def __init__(self, parameter: str, why: str) -> None:
        super().__init__(why)
        self.parameter = parameter


class HasNoSecret(Exception):
    """Report a client that proves itself otherwise, or not at all."""


def all_of_them() -> Any:
    return Client.objects.all()


def register(said: Metadata, *, by: Client) -> dict[str, Any]:
    """Register a client by what `said` says of it, as one that registers itself: not verified, and
    with no scope beyond REGISTRATION_SCOPES until an admin gives it one. Returns its answer (RFC
    7591 section 3.2.1). Raises Refused.
    """
    try:
        return registration.register(said, None, kind=APP, by=by)
    except OAuth2Error as error:
        name, _, why = (error.description or "").partition(": ")
        raise Refused(name if why else "", why or name) from error


def make_secret(client: Client, *, by: Client, days: int | None) -> tuple[ClientSecret, str]:
    """Make one more secret for `client`, which lasts for so many days; others work on. In a
    transaction. Raises OfSuperusers, HasNoSecret and TooManySecrets."""
    if client.is_privileged:
        raise OfSuperusers
    if not client.has_secrets:
        raise HasNoSecret
    lifetime = timedelta(days=days) if days else None
    secret = ClientSecret.objects.issue(client, lifetime=lifetime)
    _record(Event.CLIENT_SECRET_MADE, client, by)
    return ClientSecret.objects.get(digest=digest(secret)), secret


def locked() -> Any:
    """Return every client app, to be locked as it is read. In a transaction."""
    return Client.objects.select_for_update(no_key=True)


def secrets_of(client: Client) -> Any:
    return ClientSecret.objects.filter(client=client)


def end_secret(secret: ClientSecret, *, by: Client) -> None:
    """End a secret. In a transaction. Raises OfSuperusers."""
    if secret.client.is_privileged:
        raise OfSuperusers
    _record(Event.CLIENT_SECRET_ENDED, secret.client, by)
    secret.delete()


def _record(kind: Event, client: Client, by: Client) -> None:
    details = ClientName(client.name, client.client_id)
    record(kind, actor=Actor.CLIENT, client=by, details=details)
