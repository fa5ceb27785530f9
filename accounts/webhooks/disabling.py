"""Disable a webhook whose receiver took nothing for a day, or says that it is gone; and tell those
who answer for it."""

from datetime import datetime, timedelta
from functools import partial
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from accounts.mail import delivery, letter
from accounts.models import User, Webhook
from accounts.models.event_kinds import Actor, Event
from accounts.security_events.details import WebhookEnd
from accounts.security_events.mail import proven_addresses
from accounts.security_events.record import record
from accounts.site.language import language_of

PATIENCE = timedelta(days=1)
_MOST_TOLD = 10  # superusers


def judge(webhook: Webhook, now: datetime, *, is_well: bool, is_gone: bool) -> None:
    """See what an attempt says of `webhook`, whose row is locked."""
    if is_well:
        if webhook.failing_since:
            webhook.failing_since = None
            webhook.save(update_fields=["failing_since"])
        return
    if webhook.failing_since is None:
        webhook.failing_since = now
        webhook.save(update_fields=["failing_since"])
    if webhook.is_active and (is_gone or now - webhook.failing_since >= PATIENCE):
        _disable(webhook, now, "gone" if is_gone else "failing")


def _disable(webhook: Webhook, now: datetime, why: str) -> None:
    webhook.is_active, webhook.disabled_at = False, now
    webhook.save(update_fields=["is_active", "disabled_at"])
    details = WebhookEnd(webhook.name, urlsplit(webhook.url).hostname or "", why)
    record(Event.WEBHOOK_DISABLED, actor=Actor.SITE, client=webhook.client, details=details)
    transaction.on_commit(partial(_tell, webhook, why))


def _tell(webhook: Webhook, why: str) -> None:
    """Mail whoever made it, and who is responsible for its client; else the superusers."""
    told: dict[str, str] = {}
    if webhook.client and webhook.client.responsible_email:
        told[webhook.client.responsible_email] = settings.LANGUAGE_CODE
    person = webhook.made_by
    is_there = person is not None and person.is_active and person.is_staff
    people = [person] if is_there and person else []
    if not told and not people:
        people = list(User.objects.filter(is_superuser=True, is_active=True)[:_MOST_TOLD])
    for each in people:
        told |= dict.fromkeys(proven_addresses(each), language_of(each, is_asking=False))
    for address, language in told.items():
        with translation.override(language):
            message = letter.write("mail/notice", address, language, _words(webhook, why))
        delivery.post(message, Event.WEBHOOK_DISABLED)


def _words(webhook: Webhook, why: str) -> dict[str, object]:
    named = {"name": webhook.name, "site": settings.SITE_NAME}
    happened = (
        _("The receiver of the webhook “%(name)s” says that it is gone, so nothing is sent to it.")
        if why == "gone"
        else _("The receiver of the webhook “%(name)s” took nothing for a day, so it is disabled.")
    )
    advice = _(
        "When the receiver works again, tick “active” on the webhook’s page in admin: what "
        "happened meanwhile is sent then."
    )
    host = letter.Fact(_("Host"), urlsplit(webhook.url).hostname or "")
    return {
        "subject": _("The webhook “%(name)s” of %(site)s was disabled") % named,
        "happened": happened % named,
        "advice": advice,
        "facts": [host],
    }
