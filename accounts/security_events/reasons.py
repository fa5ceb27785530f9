"""Why something happened, in words: made of an event's details, in its reader's language."""

import json
from collections.abc import Mapping
from functools import singledispatch
from typing import Any

from django.apps import apps
from django.contrib.admin.models import LogEntry
from django.utils import formats
from django.utils.dateparse import parse_date
from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.models import SecurityEvent
from accounts.models.event_kinds import Actor, Event
from accounts.network import browser_names
from accounts.security_events import details as facts
from accounts.security_events.receipts import in_words

_FIELDS = {
    "name": gettext_lazy("name"),
    "given_name": gettext_lazy("given name"),
    "family_name": gettext_lazy("family name"),
    "nickname": gettext_lazy("what friends call you"),
    "birthdate": gettext_lazy("date of birth"),
    "zoneinfo": gettext_lazy("time zone"),
    "phone_number": gettext_lazy("phone number"),
    "street_address": gettext_lazy("street and number"),
    "postal_code": gettext_lazy("postal code"),
    "locality": gettext_lazy("city"),
    "region": gettext_lazy("state or region"),
    "country": gettext_lazy("country"),
}
_DONE_IN_ADMIN = {
    facts.Action.ADDITION: gettext_lazy("addition of %(model)s “%(object)s”."),
    facts.Action.CHANGE: gettext_lazy("change of %(model)s “%(object)s”."),
    facts.Action.DELETION: gettext_lazy("deletion of %(model)s “%(object)s”."),
}
# By whom, where that says more than what was ended.
_ENDED_BY: dict[tuple[str, str, str], Any] = {
    (Event.APP_REMOVED, Actor.ADMIN, ""): gettext_lazy("By an admin."),
    (Event.TOKEN_REVOKED, Actor.ADMIN, facts.Extent.SIGN_IN): gettext_lazy("by an admin"),
    (Event.TOKEN_REVOKED, Actor.CLIENT, facts.Extent.SIGN_IN): gettext_lazy("by the app itself"),
    (Event.TOKEN_REVOKED, Actor.CLIENT, facts.Extent.SESSION): gettext_lazy(
        "signed out by the app"
    ),
    (Event.CLIENT_REMOVED, Actor.CLIENT, ""): gettext_lazy("by the app itself"),
}


def told(event: SecurityEvent, provider_names: Mapping[str, str]) -> str:
    """Return why it happened, or of what it tells, as its person reads it; "" where nothing is to
    be said. See words.sentence for `provider_names`."""
    details = facts.details_of(event)
    if isinstance(details, facts.Connection):
        return provider_names.get(details.provider, details.provider)
    code = details.code if isinstance(details, facts.TokensEnded) else ""
    by = _ENDED_BY.get((event.kind, event.actor, code))
    return str(by) if by else _said(details)


@singledispatch
def _said(details: facts.Details) -> str:
    return ""


@_said.register
def _old_text(details: facts.OldText) -> str:
    return details.old_text


@_said.register
def _address(details: facts.Address) -> str:
    return details.email


@_said.register
def _name(details: facts.Name) -> str:
    return details.name


@_said.register
def _refusal(details: facts.Refusal) -> str:
    return details.code


@_said.register
def _sessions(details: facts.SessionsEnded) -> str:
    if details.is_rest:
        return _("all others")
    if details.browser and details.system:
        both = {"browser": details.browser, "system": details.system}
        return _("%(browser)s on %(system)s") % both
    device = details.browser or browser_names.describe(details.user_agent)
    return device or _("an unknown device")


@_said.register
def _profile_fields(details: facts.ProfileFields) -> str:
    names = [str(_FIELDS.get(name, name)) for name in details.fields]
    return get_text_list(names, _("and"))


@_said.register
def _codes_left(details: facts.CodesLeft) -> str:
    return ngettext("%(number)s left", "%(number)s left", details.left) % {"number": details.left}


@_said.register
def _ended(details: facts.Ended) -> str:
    return in_words(details.ended) if details.ended else ""


@_said.register
def _client_removal(details: facts.ClientRemoval) -> str:
    days = details.unused_days
    words = ngettext("unused for %(days)s day", "unused for %(days)s days", days)
    return words % {"days": days} if days else ""


@_said.register
def _deletion(details: facts.Deletion) -> str:
    date = parse_date(details.date)
    return formats.date_format(date) if date else ""


@_said.register
def _admin_change(details: facts.AdminChange) -> str:
    log = LogEntry(change_message=json.dumps(details.changes) if details.changes else "")
    changed = details.message or log.get_change_message()
    if not details.model:
        return changed or details.action
    row = {"model": _model_name(details.model), "object": details.object}
    return f"{_DONE_IN_ADMIN[details.action] % row} {changed}".strip()


def _model_name(label: str) -> str:
    try:
        return str(apps.get_model(label)._meta.verbose_name)
    except (LookupError, ValueError):  # of a package that this site has no longer
        return label
