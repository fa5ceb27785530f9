"""Look whether webhooks are told what happens, and whether their receivers take it."""

from collections.abc import Iterator
from datetime import timedelta

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.doctor.findings import Finding, Topic
from accounts.models import SecurityEvent, Webhook, WebhookDelivery
from accounts.storage.sealed import unopened

topic = Topic("webhooks")

_WAITS_TOO_LONG = timedelta(minutes=5)
_NAMED = 5


def examine() -> Iterator[Finding]:
    yield _read()
    yield _taken()
    yield _opened()


def _read() -> Finding:
    checked = _("A worker tells them what happens")
    active = Webhook.objects.told()
    read_to = active.order_by("read_to").values_list("read_to", flat=True).first()
    if read_to is None:
        return topic.skipped(checked, _("There are none."))
    before = timezone.now() - _WAITS_TOO_LONG
    is_read = not SecurityEvent.objects.filter(pk__gt=read_to, at__lt=before).exists()
    due = WebhookDelivery.objects.filter(
        due_at__lt=before, webhook__in=active.order_by().values("pk")
    )
    if is_read and not due.exists():
        return topic.ok(checked, _("Nothing waits for long."))
    return topic.broken(
        checked,
        _("Messages have waited for more than five minutes."),
        _("Start manage.py db_worker, and see its log. It tells them whatever TASKS_BACKEND says."),
    )


def _taken() -> Finding:
    checked = _("Their receivers take it")
    disabled = list(Webhook.objects.filter(is_active=False, disabled_at__isnull=False)[:_NAMED])
    failing = list(Webhook.objects.filter(is_active=True, failing_since__isnull=False)[:_NAMED])
    remedy = _("See their deliveries in Django admin, and mend the receiver.")
    if disabled:
        found = _("Disabled after a day in vain: %(names)s.") % {"names": _names(disabled)}
        return topic.broken(checked, found, remedy)
    if failing:
        found = _("Nothing arrives at: %(names)s.") % {"names": _names(failing)}
        return topic.warning(checked, found, remedy)
    return topic.ok(checked, _("The last message of each arrived."))


def _opened() -> Finding:
    checked = _("What they are signed and sent with opens")
    shut = [each for each in Webhook.objects.told() if unopened(each)]
    if not shut:
        return topic.ok(checked, _("ENCRYPTION_KEYS open all of it."))
    return topic.broken(
        checked,
        _("ENCRYPTION_KEYS do not open the secrets of: %(names)s.")
        % {"names": _names(shut[:_NAMED])},
        _("Put the key back under which they were sealed, or enter them anew in Django admin."),
    )


def _names(webhooks: list[Webhook]) -> str:
    return ", ".join(each.name for each in webhooks)
