"""Who acted in each event, and its details, read out of the one text that said so until now.

In batches by the primary key, each a short transaction: a big table is not locked, and what was
interrupted goes on where it stopped. A text that cannot be understood without doubt is kept as
`old_text`, and is shown as before. What a person named (a token, a passkey) is only ever a name.

Backwards, the texts are not made again.
"""

import json
import re
from collections import Counter, defaultdict
from typing import Any

from django.db import migrations, transaction

_AT_ONCE = 1_000
_NEIGHBOURS = 2_000  # events of everybody: further away, nothing is of the same request
_CUT_AT = 200  # characters: a text of that length may have lost its end

_RECEIPT = re.compile(
    r"(?:(?:sessions|apps|access_tokens|refresh_tokens|codes|personal_tokens)=[0-9]{1,9} ?|"
    r"last_used=[0-9T:.+-]+ ?)+"
)
_THIRD_PARTY = re.compile(r"third_party ([^:]+)(?:: ([A-Za-z]+))?")
_DEVICE = re.compile(
    r"(Edge|Opera|Samsung Internet|Firefox|Chrome|Safari)"
    r"(?: on (iPhone|iPad|Android|Windows|ChromeOS|macOS|Linux))?"
)
_ADMIN = re.compile(r"(addition|change|deletion) of ([^“”]+) “([^“”]*)”\.(?: ([^“”]*))?")
_FIELDS = {
    *("name", "given_name", "family_name", "nickname", "birthdate", "zoneinfo", "phone_number"),
    *("street_address", "postal_code", "locality", "region", "country"),
}
_METHODS = {"password", "code", "password_reset", "webauthn", "totp", "recovery_codes", "mfa"}
_REFUSALS = {"password", "code", "second_factor", "passkey", "inactive", "closed"}
_CLIENT_REFUSALS = {
    "secret": "secret",
    "no secret": "no_secret",
    "assertion": "assertion",
    "unreadable header": "unreadable_header",
    "registration access token": "registration_access_token",
    "initial access token": "initial_access_token",
}
_REVOKED_BY = {"by you": "person", "by an admin": "admin", "by its holder": "unknown"}
_TOKENS_ENDED = {
    "by an admin": ("admin", {"code": "sign_in"}),
    "by the app itself": ("client", {"code": "sign_in"}),
    "signed out by the app": ("client", {"code": "session"}),
}

_BY_CLIENT = {
    *("code_redeemed", "token_issued", "token_refreshed", "client_registered", "client_changed"),
}
_ADMINS = {
    *("admin_client", "admin_scope", "admin_key", "admin_person", "admin_provider"),
    *("admin_other", "changed_by_admin", "second_factors_reset"),
}
_OWN_NO = {"consent_refused", "device_refused"}
_NAMED = {
    **dict.fromkeys(("email_added", "email_verified", "email_primary"), "email"),
    **dict.fromkeys(("email_removed", "taken_over"), "email"),
    **dict.fromkeys(("passkey_added", "passkey_renamed", "passkey_removed"), "name"),
    **dict.fromkeys(("passkey_refused", "personal_token_made"), "name"),
    **dict.fromkeys(("client_registered", "client_changed"), "name"),
    **dict.fromkeys(("connection_added", "connection_removed"), "provider"),
    "limit_hit": "limit",
    "changed_by_admin": "message",
}
_SCOPED = {"consent_given", "consent_refused", "code_issued", "device_approved"}
_FAILED = {
    *("sign_in", "sign_in_confirmed", "connection_added", "password_reset", "email_verified"),
    *("client_refused", "client_registered"),
}

Read = tuple[str, dict[str, Any] | None]  # None: it was not understood


def read(kind: str, outcome: str, why: str, models: dict[str, str]) -> Read:
    """Return who acted and the details of an event. `models`: labels by their verbose names."""
    actor = _actor(kind, outcome)
    if outcome == "failed" and kind in _FAILED:
        return actor, _refusal(why)
    if kind in _NAMED:
        return actor, {_NAMED[kind]: why} if why else {}
    if kind in _ADMINS:
        return actor, _admin_change(why, models) if kind != "second_factors_reset" else {}
    if kind in _ENDINGS:
        return _ENDINGS[kind](why)
    return actor, _READERS[kind](why) if kind in _READERS else _nothing(why)


def _actor(kind: str, outcome: str) -> str:
    if kind in _ADMINS:
        return "admin"
    if outcome == "failed":
        return "person" if kind in _OWN_NO else "unknown"
    return "client" if kind in _BY_CLIENT else "person"


def _nothing(why: str) -> dict[str, Any] | None:
    return None if why else {}


def _refusal(why: str) -> dict[str, Any] | None:
    if not why:
        return {}
    if third_party := _THIRD_PARTY.fullmatch(why):
        named = {"code": "third_party", "provider": third_party[1]}
        return named | ({"problem": third_party[2]} if third_party[2] else {})
    code = _CLIENT_REFUSALS.get(why, why if why in _REFUSALS else "")
    return {"code": code} if code else None


def _proof(why: str) -> dict[str, Any] | None:
    methods, provider = [], ""
    for each in why.split(" + ") if why else []:
        if third_party := _THIRD_PARTY.fullmatch(each):
            provider = third_party[1]
        elif each not in _METHODS:
            return None
        methods.append("third_party" if third_party else each)
    named = {"provider": provider} if provider else {}
    return ({"methods": methods} if methods else {}) | named


def _session(why: str) -> dict[str, Any] | None:
    if why == "all others":
        return {"is_rest": True}
    if why in ("", "an unknown device"):
        return {}
    device = _DEVICE.fullmatch(why)
    if device is None:
        return None
    return {"browser": device[1]} | ({"system": device[2]} if device[2] else {})


def _profile(why: str) -> dict[str, Any] | None:
    names = [name.replace(" ", "_") for name in why.split(", ")] if why else []
    return {"fields": names} if _FIELDS.issuperset(names) else None


def _codes_left(why: str) -> dict[str, Any] | None:
    left = re.fullmatch(r"([0-9]{1,4}) left", why)
    return {"left": int(left[1])} if left else _nothing(why)


def _scopes(why: str) -> dict[str, Any] | None:
    if len(why) >= _CUT_AT:
        return None
    return {"scopes": why.split()} if why else {}


def _redemption(why: str) -> dict[str, Any] | None:
    grant = {"": "authorization_code", "device": "device_code"}.get(why)
    return {"grant": grant} if grant else None


def _refresh(why: str) -> dict[str, Any] | None:
    return {"is_retry": True} if why == "retry" else _nothing(why)


def _replay(why: str) -> dict[str, Any] | None:
    return {"presented_by": why[3:]} if why.startswith("by ") else _nothing(why)


def _day(why: str) -> dict[str, Any] | None:
    return {"date": why} if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", why) else _nothing(why)


def _admin_change(why: str, models: dict[str, str]) -> dict[str, Any] | None:
    change = _ADMIN.fullmatch(why)
    label = models.get(change[2]) if change else None
    if change is None or label is None or len(why) >= _CUT_AT:
        return _nothing(why)
    found = {"action": change[1], "model": label, "object": change[3]}
    return found | ({"message": change[4]} if change[4] else {})


def _receipt(why: str) -> dict[str, Any] | None:
    if why == "nothing":
        return {}
    if not _RECEIPT.fullmatch(why):
        return None
    held = dict(part.split("=") for part in why.split())
    return {key: value if key == "last_used" else int(value) for key, value in held.items()}


def _ended(why: str) -> dict[str, Any] | None:
    receipt = _receipt(why)
    return _nothing(why) if receipt is None else {"ended": receipt}


def _app_removed(why: str) -> Read:
    return ("admin", {}) if why == "By an admin." else ("person", _ended(why))


def _tokens_ended(why: str) -> Read:
    ended = _ended(why)
    found = ("unknown", {"code": "client"} | ended if ended else ended)
    return _TOKENS_ENDED.get(why, found)


def _token_revoked(why: str) -> Read:
    by, _colon, name = why.partition(": ")
    return (_REVOKED_BY[by], {"name": name}) if by in _REVOKED_BY else ("unknown", _nothing(why))


def _client_removed(why: str) -> Read:
    if unused := re.fullmatch(r"unused for ([0-9]{1,6}) days", why):
        return "site", {"unused_days": int(unused[1])}
    return ("client", {}) if why == "by the app itself" else ("unknown", _nothing(why))


def _kept(why: str) -> Read:
    return ("admin", {}) if why == "by an admin" else ("person", _nothing(why))


def _deleted(why: str) -> Read:
    """Who did it was in the text alone, which went with the account."""
    return ("admin", {}) if why == "by an admin" else ("unknown", _nothing(why))


_READERS = {
    **dict.fromkeys(("sign_in", "sign_in_confirmed", "signed_up"), _proof),
    **dict.fromkeys(_SCOPED, _scopes),
    "session_ended": _session,
    "profile_changed": _profile,
    "recovery_code_used": _codes_left,
    "code_redeemed": _redemption,
    "token_refreshed": _refresh,
    "token_replayed": _replay,
    "deletion_asked": _day,
    "everything_ended": _ended,
}
_ENDINGS = {
    "app_removed": _app_removed,
    "token_revoked": _tokens_ended,
    "personal_token_revoked": _token_revoked,
    "client_removed": _client_removed,
    "deletion_cancelled": _kept,
    "account_deleted": _deleted,
}

# Who it was where the text never said so: what else happened in the same request tells.
_TOLD_BY_OTHERS = {
    "everything_ended": (
        ("admin", {"changed_by_admin", "second_factors_reset", "admin_person"}),
        ("person", {"sign_out", "password_reset", "deletion_asked", "taken_over"}),
        ("unknown", set()),
    ),
    "connection_removed": (
        ("site", {"email_verified", "taken_over"}),
        ("person", set()),
    ),
}


def _from_request(events: Any, row: Any) -> str:
    """Return who acted in `row`, by the other events of that person and request."""
    kinds: set[str] = set()
    if row.user_id and row.request_id:
        near = (row.pk - _NEIGHBOURS, row.pk + _NEIGHBOURS)
        of_person = events.filter(user_id=row.user_id, pk__range=near)
        kinds = set(of_person.filter(request_id=row.request_id).values_list("kind", flat=True))
    return next(
        actor for actor, tells in _TOLD_BY_OTHERS[row.kind] if not tells or kinds & tells
    )


def forwards(apps: Any, schema_editor: Any) -> None:
    events = apps.get_model("accounts", "SecurityEvent").objects.order_by("pk")
    models, last = _labels(apps), 0
    while rows := list(events.filter(pk__gt=last)[:_AT_ONCE]):
        with transaction.atomic(using=schema_editor.connection.alias):
            _convert(events, [row for row in rows if not row.actor], models)
        last = rows[-1].pk


def _convert(events: Any, rows: list[Any], models: dict[str, str]) -> None:
    """Write what was read of `rows`: those of the same words, which are most, by one statement."""
    alike = defaultdict(list)
    for row in rows:
        kind, actor, details = _converted(events, row, models)
        alike[kind, actor, json.dumps(details)].append(row.pk)
    for (kind, actor, details), keys in alike.items():
        found = events.order_by().filter(pk__in=keys)
        found.update(kind=kind, actor=actor, details=json.loads(details))


def _labels(apps: Any) -> dict[str, str]:
    """Return the models' labels by what Django admin calls them, where that is one model alone."""
    names = [(str(model._meta.verbose_name), model._meta.label_lower) for model in apps.get_models()]
    called = Counter(name for name, _ in names)
    return {name: label for name, label in names if called[name] == 1}


def _converted(events: Any, row: Any, models: dict[str, str]) -> tuple[str, str, dict[str, Any]]:
    actor, details = read(row.kind, row.outcome, row.why, models)
    if row.kind in _TOLD_BY_OTHERS and row.outcome == "succeeded":
        actor = _from_request(events, row)
    if row.kind == "connection_added" and row.outcome == "failed" and row.user_id:
        actor = "person"
    kind = "admin_other" if row.kind == "admin_scope" else row.kind  # a kind that is no more
    return kind, actor, {"old_text": row.why} if details is None else details


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("accounts", "0011_event_actor_and_details")]
    operations = [migrations.RunPython(forwards, migrations.RunPython.noop)]
