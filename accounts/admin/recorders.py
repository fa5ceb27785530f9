"""Record what is changed in Django admin, from its own log: AccountsConfig.ready connects this."""

import json
from typing import Any

from django.contrib.admin.models import ADDITION, CHANGE, DELETION, LogEntry
from django.db.models.signals import post_save
from django.dispatch import receiver

from accounts.endings import memberships
from accounts.endings.second_factor_reset import LOGGED
from accounts.models import User
from accounts.models.event_kinds import Actor, Event
from accounts.oauth_server.models import Client
from accounts.security_events.details import Action, AdminChange
from accounts.security_events.record import record

_OF_MODEL = {
    "client": Event.ADMIN_CLIENT,
    "clientsecret": Event.ADMIN_CLIENT,
    "protectedresource": Event.ADMIN_CLIENT,
    "blockedhost": Event.ADMIN_CLIENT,
    "signingkey": Event.ADMIN_KEY,
    "user": Event.ADMIN_PERSON,
    "socialaccount": Event.ADMIN_PERSON,
    "authorization": Event.ADMIN_PERSON,
    "personaltoken": Event.ADMIN_PERSON,
    "socialapp": Event.ADMIN_PROVIDER,
    "invitation": Event.ADMIN_INVITATION,
}
_ACTIONS = {ADDITION: Action.ADDITION, CHANGE: Action.CHANGE, DELETION: Action.DELETION}


@receiver(post_save, sender=LogEntry)
def changed_in_admin(instance: LogEntry, created: bool, **_: Any) -> None:
    """Record a change that Django admin logs. Of fields it tells
    what they held and hold now, but of secrets (accounts/staff/changes.py)."""
    if not created or instance.content_type is None:
        return
    model = instance.content_type.model
    action, changed = _ACTIONS[instance.action_flag], _changed(instance.change_message)
    change = AdminChange(
        action,
        f"{instance.content_type.app_label}.{model}",
        str(instance.object_id or ""),
        instance.object_repr,
        **changed,
    )
    client = _find(Client, instance) if model == "client" else None
    kind = _OF_MODEL.get(model, Event.ADMIN_OTHER)
    record(kind, actor=Actor.ADMIN, user=instance.user, client=client, details=change)
    if client:
        memberships.end_closed_later([client.pk])  # it may be open to fewer people now
    person = _find(User, instance) if model == "user" else None
    if person and person != instance.user and instance.change_message != LOGGED:
        own = AdminChange(action, **changed)
        record(Event.CHANGED_BY_ADMIN, actor=Actor.ADMIN, user=person, details=own)


def _changed(message: str) -> dict[str, Any]:
    """Read Django's list of changes; whatever is none is words of an action of ours."""
    try:
        changes = json.loads(message) if message.startswith("[") else None
    except ValueError:
        changes = None
    return {"message": message} if changes is None else {"changes": tuple(changes)}


def _find(model: Any, entry: LogEntry) -> Any:
    return model.objects.filter(pk=entry.object_id).first()
