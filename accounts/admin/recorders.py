"""Record what is changed in Django admin, from its own log: AccountsConfig.ready connects this."""

from typing import Any

from django.contrib.admin.models import LogEntry
from django.db.models.signals import post_save
from django.dispatch import receiver

from accounts.endings.second_factor_reset import LOGGED
from accounts.models import User
from accounts.models.event_kinds import Event
from accounts.oauth_server.models import Client
from accounts.security_events.record import record

_OF_MODEL = {
    "client": Event.ADMIN_CLIENT,
    "clientsecret": Event.ADMIN_CLIENT,
    "scope": Event.ADMIN_SCOPE,
    "signingkey": Event.ADMIN_KEY,
    "user": Event.ADMIN_PERSON,
    "socialaccount": Event.ADMIN_PERSON,
    "authorization": Event.ADMIN_PERSON,
    "personaltoken": Event.ADMIN_PERSON,
    "socialapp": Event.ADMIN_PROVIDER,
}


@receiver(post_save, sender=LogEntry)
def changed_in_admin(instance: LogEntry, created: bool, **_: Any) -> None:
    """Django admin's own record of a change. It names fields and objects, never what they hold."""
    if not created or instance.content_type is None:
        return
    model = instance.content_type.model
    what = f"{instance.content_type.name} “{instance.object_repr}”"
    did = instance.get_action_flag_display().lower()
    why = f"{did} of {what}. {instance.get_change_message()}".strip()
    client = _find(Client, instance) if model == "client" else None
    record(_OF_MODEL.get(model, Event.ADMIN_OTHER), user=instance.user, client=client, why=why)
    person = _find(User, instance) if model == "user" else None
    is_news = instance.get_change_message() != LOGGED
    if person and person != instance.user and is_news:
        record(Event.CHANGED_BY_ADMIN, user=person, why=instance.get_change_message() or did)


def _find(model: Any, entry: LogEntry) -> Any:
    return model.objects.filter(pk=entry.object_id).first()
