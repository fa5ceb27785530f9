"""Let a service client subscribe itself, for the API: each change is an event, and the client's
address is one of the public internet."""

from typing import Any
from urllib.parse import urlsplit

from django.db.models import QuerySet

from accounts.models import Webhook, WebhookDelivery
from accounts.models.event_kinds import Actor, Event
from accounts.oauth_server.models import Client
from accounts.security_events.details import WebhookEnd
from accounts.security_events.record import record
from accounts.webhooks import authorization, subscriptions

KINDS: tuple[str, ...] = tuple(Event.values)
FORMATS: tuple[str, ...] = tuple(name for name, _ in Webhook.FORMATS)
MOST = 20  # webhooks of a client


class TooMany(Exception):
    """Report that the client has as many as it may have."""


class HeaderOfElsewhere(Exception):
    """Refuse an address on another host than the one for which the webhook has an Authorization
    header, which has to be said again."""


def of(client: Client | None) -> QuerySet[Webhook]:
    """Return the client's webhooks: none, where a person's own script asks."""
    return Webhook.objects.filter(client=client) if client else Webhook.objects.none()


def deliveries_of(webhook: Webhook) -> QuerySet[WebhookDelivery]:
    return WebhookDelivery.objects.filter(webhook=webhook)


def address_problem(url: str) -> str:
    return subscriptions.address_problem(url, may_be_loopback=False)


def locked(client: Client | None) -> QuerySet[Webhook]:
    """Return the client's webhooks, to be locked as they are read. In a transaction."""
    return of(client).select_for_update(no_key=True)


def make(client: Client | None, **columns: Any) -> Webhook:
    """Make one. In a transaction. Raises TooMany."""
    if client is None:
        raise TooMany
    Client.objects.select_for_update(no_key=True).get(pk=client.pk)  # which counts them
    if of(client).count() >= MOST:
        raise TooMany
    webhook = Webhook(client=client, **columns)
    subscriptions.begin(webhook)
    webhook.save()
    _record(webhook, "made")
    return webhook


def change(webhook: Webhook, **columns: Any) -> Webhook:
    """Change what is given; the row is locked. Raises HeaderOfElsewhere."""
    url, is_said = columns.get("url", webhook.url), "authorization_header" in columns
    if not is_said and authorization.is_of_elsewhere(webhook, webhook.url, url):
        raise HeaderOfElsewhere
    if columns.get("is_active") and not webhook.is_active:
        subscriptions.reactivate(webhook)
    for name, value in columns.items():
        setattr(webhook, name, value)
    webhook.save(update_fields=[*columns, "failing_since", "disabled_at", "not_before"])
    _record(webhook, "changed")
    return webhook


def replace_secret(webhook: Webhook) -> Webhook:
    subscriptions.rotate(webhook)
    webhook.refresh_from_db()
    _record(webhook, "new_secret")
    return webhook


def delete(webhook: Webhook) -> None:
    _record(webhook, "deleted")
    webhook.delete()


def send_test(webhook: Webhook) -> WebhookDelivery:
    return subscriptions.send_test(webhook)


def send_again(delivery: WebhookDelivery) -> WebhookDelivery:
    subscriptions.send_again(delivery)
    delivery.refresh_from_db()
    return delivery


def _record(webhook: Webhook, what: str) -> None:
    details = WebhookEnd(webhook.name, urlsplit(webhook.url).hostname or "", what)
    client: Any = webhook.client
    record(Event.WEBHOOK_CHANGED, actor=Actor.CLIENT, client=client, details=details)
