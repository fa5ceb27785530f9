"""Carry the webhooks that admins made: those of services are their own."""

from typing import Any

from django.core.exceptions import ValidationError

from accounts.configuration import fields, secrets
from accounts.configuration.difference import SECRET, Changed, Difference, between
from accounts.models import Webhook
from accounts.storage.sealed import unopened
from accounts.webhooks import authorization, subscriptions
from accounts.webhooks.signature import is_secret

_HEADER = "authorization_header"


def export() -> list[dict[str, Any]]:
    return [_told_of(webhook) for webhook in Webhook.objects.filter(client=None)]


def apply(told: dict[str, Any]) -> Difference:
    """Have the webhook be as it is told. Raises ValidationError by the names of the file."""
    found = list(Webhook.objects.select_for_update().filter(client=None, name=told["name"])[:2])
    if len(found) > 1:
        raise ValidationError({"name": "Two webhooks are called so. Rename one in Django admin."})
    webhook, is_new = (found[0], False) if found else (Webhook(), True)
    before, was_active = ({} if is_new else _told_of(webhook)), webhook.is_active
    for field in fields.WEBHOOK:
        if field.name in told:
            setattr(webhook, field.kept_in, told[field.name])
    if problem := subscriptions.address_problem(webhook.url, may_be_loopback=True):
        raise ValidationError({"url": problem})
    if webhook.is_active and not was_active:
        subscriptions.reactivate(webhook)
    if is_new:
        subscriptions.begin(webhook)
    is_said, former = _HEADER in told, before.get("url", "")
    if not is_said and authorization.is_of_elsewhere(webhook, former, webhook.url):
        raise ValidationError({_HEADER: authorization.AGAIN})
    header = _header(webhook, told)
    webhook.save()
    changed = between(before, _told_of(webhook)) | header
    changed |= _secret(webhook, told, is_new=is_new)
    return Difference("webhook", webhook.name, is_new, changed)


def _told_of(webhook: Webhook) -> dict[str, Any]:
    return {field.name: getattr(webhook, field.kept_in) for field in fields.WEBHOOK}


def _secret(webhook: Webhook, told: dict[str, Any], *, is_new: bool) -> Changed:
    """Have it sign with the secret that is referred to: beside the former one, for a day."""
    if "secret" not in told:
        return {}
    secret = _read("secret", told)
    if not is_secret(secret):
        raise ValidationError({"secret": "It has to be whsec_ and 24 to 64 bytes in base64."})
    if "secret" not in unopened(webhook) and webhook.secret == secret:
        return {}
    if is_new:
        webhook.secret = secret
        webhook.save(update_fields=["secret"])
    else:
        subscriptions.rotate(webhook, secret)
    return {"secret": (None, SECRET)}


def _header(webhook: Webhook, told: dict[str, Any]) -> Changed:
    """Have it send the Authorization header that is referred to."""
    if _HEADER not in told:
        return {}
    header = _read(_HEADER, told)
    if not authorization.is_header(header):
        raise ValidationError({_HEADER: authorization.TAKES})
    had = webhook.has_authorization_header
    if _HEADER not in unopened(webhook) and webhook.authorization_header == header:
        return {}
    webhook.authorization_header = header
    return {_HEADER: (SECRET if had else None, SECRET)}


def _read(name: str, told: dict[str, Any]) -> str:
    try:
        return secrets.read(told[name])
    except secrets.NoSecret as error:
        raise ValidationError({name: str(error)}) from error
