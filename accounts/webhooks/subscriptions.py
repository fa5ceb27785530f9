"""Make webhooks, check their addresses, and change what they sign with."""

from datetime import timedelta
from urllib.parse import urlsplit

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import SecurityEvent, Webhook, WebhookDelivery
from accounts.network import loopback
from accounts.oauth_server.rules.redirect_uris import address_problems
from accounts.webhooks.signature import new_secret

FORMER_WORKS = timedelta(days=1)  # a secret that was replaced: receivers take over the new one
MOST = 100  # webhooks of a site


def address_problem(url: str, *, may_be_loopback: bool) -> str:
    """Say why `url` cannot be told of events, "" where it can. Where its host leads is looked at
    when it is called."""
    if any(not character.isprintable() or character.isspace() for character in url):
        return _("This is not an address.")
    try:
        parts = urlsplit(url)
        is_whole = bool(parts.hostname) and parts.port != 0
    except ValueError:
        return _("This is not an address.")
    is_local = parts.scheme == "http" and parts.hostname in loopback.HOSTS
    if parts.scheme != "https" and not (is_local and may_be_loopback):
        return _("The address has to begin with https://.")
    if parts.username or parts.password or parts.fragment or not is_whole:
        return _("The address must hold no name, no password and no fragment (#).")
    return " ".join(address_problems(url))


def begin(webhook: Webhook, secret: str = "") -> str:
    """Give a new webhook its secret, which is returned to be shown once, and have it be told of
    what happens from now on."""
    webhook.secret = secret or new_secret()
    webhook.read_to = _last_event()
    return webhook.secret


def rotate(webhook: Webhook, secret: str = "") -> str:
    """Replace the secret; return the new one. What is sent is signed by both for a day."""
    with transaction.atomic():
        row = Webhook.objects.select_for_update(no_key=True).get(pk=webhook.pk)
        row.former_secret, row.secret = row.secret, secret or new_secret()
        row.former_ends = timezone.now() + FORMER_WORKS
        row.save(update_fields=["secret", "former_secret", "former_ends"])
    return row.secret


def reactivate(webhook: Webhook) -> None:
    """Go on where it stopped, with a day to answer in. What happened meanwhile is told now."""
    webhook.is_active, webhook.failing_since, webhook.disabled_at = True, None, None
    webhook.not_before = None


def send_test(webhook: Webhook) -> WebhookDelivery:
    """Have a message without an event be sent."""
    _call_at_once(webhook.pk)
    return WebhookDelivery.objects.create(webhook=webhook)


def send_again(delivery: WebhookDelivery) -> int:
    """Send a delivery once more, whatever became of it, as the message that it was. Where that
    fails, it is tried as often as a new one. Return 1, or 0 where it is gone."""
    _call_at_once(delivery.webhook_id)
    return WebhookDelivery.objects.filter(pk=delivery.pk).update(
        due_at=timezone.now(), attempts=0, delivered_at=None
    )


def _call_at_once(pk: int) -> None:
    """Wait no longer for a time that the receiver asked for: somebody wants to see it answer."""
    Webhook.objects.filter(pk=pk, not_before__isnull=False).update(not_before=None)


def host_of(webhook: Webhook) -> str:
    return urlsplit(webhook.url).hostname or ""


def _last_event() -> int:
    last = SecurityEvent.objects.order_by("-pk").values_list("pk", flat=True).first()
    return last or 0
