"""Write an event as a security event token (RFC 8417), signed by the site's keys, for a receiver to
which it is pushed (RFC 8935).

Where a type of OpenID's CAEP 1.0 or RISC 1.0 says exactly what happened, that is its type; else the
type is an address of this site. The token has no `sub` and no `exp` and says in its header what it
is, so that nothing takes it for an ID token or an access token (RFC 8417 section 4.6).
"""

from typing import Any, NamedTuple

from django.conf import settings

from accounts.models import SecurityEvent, WebhookDelivery
from accounts.models.event_kinds import Actor, Event, Outcome
from accounts.oauth_server.models import SigningKey
from accounts.webhooks import payload

KIND = "secevent+jwt"
CONTENT_TYPE = f"application/{KIND}"
PAGE = "/developers/events/"  # names every type: accounts/developers/events.py

_CAEP = "https://schemas.openid.net/secevent/caep/event-type/"
_RISC = "https://schemas.openid.net/secevent/risc/event-type/"
_BEGUN_BY = {
    Actor.PERSON: "user",
    Actor.ADMIN: "admin",
    Actor.CLIENT: "system",
    Actor.SITE: "system",
}


class Type(NamedTuple):
    """Name a type that others have published, and what its payload has to say."""

    name: str
    members: dict[str, str]


def _credential(kind: str, change: str) -> Type:
    return Type(f"{_CAEP}credential-change", {"credential_type": kind, "change_type": change})


_DISABLED, _ENABLED = Type(f"{_RISC}account-disabled", {}), Type(f"{_RISC}account-enabled", {})
PUBLISHED = {
    Event.EVERYTHING_ENDED: Type(f"{_CAEP}session-revoked", {}),
    Event.PASSWORD_SET: _credential("password", "create"),
    Event.PASSWORD_CHANGED: _credential("password", "update"),
    Event.PASSWORD_RESET: _credential("password", "update"),
    Event.AUTHENTICATOR_APP_ADDED: _credential("app", "create"),
    Event.AUTHENTICATOR_APP_REMOVED: _credential("app", "delete"),
    Event.DELETION_ASKED: _DISABLED,
    Event.DELETION_CANCELLED: _ENABLED,
    Event.ACCOUNT_REACTIVATED: _ENABLED,
    Event.ACCOUNT_DELETED: Type(f"{_RISC}account-purged", {}),
}


def sign(delivery: WebhookDelivery, event: SecurityEvent | None) -> bytes:
    """Return the token, the same at each attempt but for its key. Raises CannotOpen."""
    return SigningKey.objects.sign(_claims(delivery, event), kind=KIND).encode()


def _claims(delivery: WebhookDelivery, event: SecurityEvent | None) -> dict[str, Any]:
    webhook = delivery.webhook
    claims: dict[str, Any] = {
        "iss": settings.SITE_URL,
        "aud": webhook.audience or webhook.url,
        "iat": int(delivery.made_at.timestamp()),
        "jti": delivery.message_id,
    }
    if event is None:
        return claims | {"events": {own_type(payload.TEST): {}}}
    claims["toe"] = int(event.at.timestamp())
    told = payload.data_of(webhook, event)
    sub, request_id = told.pop("sub", ""), told.pop("request_id", "")
    if request_id:
        claims["txn"] = request_id
    if sub:  # RFC 9493 section 3.2.3
        claims["sub_id"] = {"format": "iss_sub", "iss": settings.SITE_URL, "sub": sub}
    published = published_type(event)
    name = published.name if published else own_type(payload.type_of(event))
    members = _members(published, event) if published else {}
    return claims | {"events": {name: members | {"kind": event.kind} | told}}


def own_type(name: str) -> str:
    return f"{settings.SITE_URL}{PAGE}#{name}"


def published_type(event: SecurityEvent) -> Type | None:
    """Return the type of others that says exactly this, None where there is none."""
    if event.outcome != Outcome.SUCCEEDED:
        return None
    if event.kind == Event.EVERYTHING_ENDED and event.actor == Actor.CLIENT:
        return _DISABLED  # a client ends everything by that alone: endings/activation.py
    return PUBLISHED.get(Event(event.kind)) if event.kind in Event.values else None


def _members(published: Type, event: SecurityEvent) -> dict[str, str]:
    begun_by = _BEGUN_BY.get(Actor(event.actor)) if published.name.startswith(_CAEP) else None
    return published.members | ({"initiating_entity": begun_by} if begun_by else {})
