"""Say in words why something happened: made of an event's details, in its reader's language."""

import json
from collections.abc import Mapping
from functools import singledispatch

from django.apps import apps
from django.contrib.admin.models import LogEntry
from django.utils import formats
from django.utils.dateparse import parse_date
from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.models import SecurityEvent
from accounts.network import browser_names
from accounts.security_events import details as facts
from accounts.security_events.receipts import in_words

_FIELDS = {
    "name": gettext_lazy("name"),
    "given_name": gettext_lazy("first name"),
    "family_name": gettext_lazy("last name"),
    "nickname": gettext_lazy("nickname"),
    "birthdate": gettext_lazy("date of birth"),
    "zoneinfo": gettext_lazy("time zone"),
    "phone_number": gettext_lazy("phone number"),
    "street_address": gettext_lazy("street address"),
    "postal_code": gettext_lazy("postal code"),
    "locality": gettext_lazy("city"),
    "region": gettext_lazy("state or region"),
    "country": gettext_lazy("country"),
}
_DONE_IN_ADMIN = {
    facts.Action.ADDITION: gettext_lazy("added %(model)s “%(object)s”."),
    facts.Action.CHANGE: gettext_lazy("changed %(model)s “%(object)s”."),
    facts.Action.DELETION: gettext_lazy("deleted %(model)s “%(object)s”."),
}
_ACTIONS = {
    facts.Action.ADDITION: gettext_lazy("added"),
    facts.Action.CHANGE: gettext_lazy("changed"),
    facts.Action.DELETION: gettext_lazy("deleted"),
}


def told(event: SecurityEvent, provider_names: Mapping[str, str]) -> str:
    """Return why it happened, or of what it tells, as its person reads it; "" where nothing is to
    be said. See words.sentence for `provider_names`."""
    details = facts.details_of(event)
    if isinstance(details, facts.Connection):
        return provider_names.get(details.provider, details.provider)
    return _said(details)


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
def _assertion(details: facts.Assertion) -> str:
    return details.audience


@_said.register
def _exchange(details: facts.Exchange) -> str:
    return details.source


@_said.register
def _in_group(details: facts.InGroup) -> str:
    return details.group


@_said.register
def _refusal(details: facts.Refusal) -> str:
    return details.code


@_said.register
def _request_refusal(details: facts.RequestRefusal) -> str:
    if not details.parameter:
        return details.problem or details.error
    facts_of = {"parameter": details.parameter, "sent": details.sent}
    if not details.expected:
        words = _("%(parameter)s is “%(sent)s”") % facts_of
        return words if details.sent else details.problem or details.parameter
    quoted = [_("“%(value)s”") % {"value": each} for each in details.expected]
    facts_of["expected"] = get_text_list(quoted, _("or"))
    if not details.sent:
        return _("%(parameter)s is missing; expected: %(expected)s") % facts_of
    return _("%(parameter)s is “%(sent)s”; expected: %(expected)s") % facts_of


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
def _agents_ended(details: facts.AgentsEnded) -> str:
    ended = in_words(details.ended) if details.ended else ""
    if not details.host:
        return ended
    words = ngettext(
        "%(number)s agent of %(host)s.", "%(number)s agents of %(host)s.", details.agents
    )
    return f"{words % {'number': details.agents, 'host': details.host}} {ended}".strip()


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
        return changed or str(_ACTIONS.get(details.action, details.action))
    row = {"model": _model_name(details.model), "object": details.object}
    return f"{_DONE_IN_ADMIN[details.action] % row} {changed}".strip()


def _model_name(label: str) -> str:
    try:
        return str(apps.get_model(label)._meta.verbose_name)
    except (LookupError, ValueError):  # of a package that this site has no longer
        return label
