"""Carry the third parties that are kept in the database; those of the environment are there."""

import hmac
from typing import Any

from allauth.socialaccount.models import SocialApp
from django.core.exceptions import ValidationError

from accounts.configuration import fields, secrets
from accounts.configuration.difference import SECRET, Changed, Difference, between
from accounts.endings import memberships
from accounts.models import GroupRule, ProviderSecret
from accounts.storage.sealed import unopened
from accounts.third_parties import registration

_SECRETS = {"client_secret": "secret", "private_key": "private_key"}
_OWN = {field.kept_in: field.name for field in fields.PROVIDER_SETTINGS}


def export() -> list[dict[str, Any]]:
    return [_identity(app) | _told_of(app) for app in SocialApp.objects.order_by("pk")]


def key_of(told: dict[str, Any]) -> str:
    return "/".join(filter(None, (told["provider"], told.get("provider_id", ""))))


def apply(told: dict[str, Any]) -> Difference:
    """Have the third party be as it is told. Raises ValidationError by the names of the file."""
    identity = {"provider": told["provider"], "provider_id": told.get("provider_id", "")}
    app = SocialApp.objects.filter(**identity).first() or SocialApp(**identity)
    before, is_new = _told_of(app) if app.pk else {}, not app.pk
    for field in fields.PROVIDER:
        setattr(app, field.kept_in, told.get(field.name, getattr(app, field.kept_in)))
    app.settings = _settings(app, told)
    _check(app)
    changed = between(before, _told_of(app)) | _secrets(app, told)
    if changed or is_new:
        given = {column: told[name] for name, column in _SECRETS.items() if name in changed}
        registration.save(app, **{name: secrets.read(where) for name, where in given.items()})
        _settle_rules_about(app)
    return Difference("provider", key_of(told), is_new, changed)


def _identity(app: SocialApp) -> dict[str, Any]:
    of_several = {"provider_id": app.provider_id} if app.provider_id else {}
    return {"provider": app.provider} | of_several


def _told_of(app: SocialApp) -> dict[str, Any]:
    told = {field.name: field.read(app) for field in fields.PROVIDER}
    stored = dict(app.settings)
    stored.pop(registration.PRIVATE_KEY, None)
    own = {_OWN[name]: stored.pop(name) for name in list(stored) if name in _OWN}
    told = {name: value for name, value in told.items() if value}
    return told | own | ({"settings": stored} if stored else {})


def _settings(app: SocialApp, told: dict[str, Any]) -> dict[str, Any]:
    """Return the settings with what is told: further ones are replaced as a whole."""
    stored = {name: value for name, value in app.settings.items() if name in _OWN}
    further = {name: value for name, value in app.settings.items() if name not in _OWN}
    own = {column: told[name] for column, name in _OWN.items() if name in told}
    further = told.get("settings", further)
    misplaced = sorted({*_OWN, *_OWN.values(), registration.PRIVATE_KEY} & further.keys())
    if misplaced:
        raise ValidationError({"settings": f"{misplaced[0]} has a name of its own beside this."})
    return further | stored | own


def _check(app: SocialApp) -> None:
    try:
        app.full_clean(exclude=["secret", "settings"])
        registration.check(app)
    except ValidationError as error:
        found = error.message_dict
        names = {"key": "team_id"}
        raise ValidationError(
            {names.get(name, name): said for name, said in found.items()}
        ) from error


def _secrets(app: SocialApp, told: dict[str, Any]) -> Changed:
    """Return which secrets are not those that are kept."""
    kept = ProviderSecret.objects.filter(app=app).first() if app.pk else None
    changed: Changed = {}
    for name, column in _SECRETS.items():
        if name not in told:
            continue
        secret = _read(name, told[name])
        old = getattr(kept, column) if kept and not unopened(kept) else ""
        if not hmac.compare_digest(secret.encode(), old.encode()):
            changed[name] = (SECRET if kept else None, SECRET)
    return changed


def _read(name: str, where: dict[str, str]) -> str:
    try:
        return secrets.read(where)
    except secrets.NoSecret as error:
        raise ValidationError({name: str(error)}) from error


def _settle_rules_about(app: SocialApp) -> None:
    about = GroupRule.objects.filter(provider=app.provider_id or app.provider)
    for group_id in set(about.values_list("group_id", flat=True)):
        memberships.settle_group_later(group_id)
