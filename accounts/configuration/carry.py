"""Write the whole file, and have this site be as a file says: all of it or nothing.

What is in the file and not here is made; what is here and not in the file stays as it is, so that a
file may say one client alone. Looking at the difference does it all and takes it back: what would
be refused is refused then, too.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import chain
from typing import Any

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import IntegrityError, transaction

from accounts.configuration import (
    clients,
    groups,
    policies,
    providers,
    resources,
    webhooks,
)
from accounts.configuration.difference import Difference
from accounts.configuration.document import BadDocument, Document, Path, Problem
from accounts.configuration.schema import VERSION, site_rule
from accounts.models.event_kinds import Actor, Event
from accounts.security_events.details import Action, AdminChange
from accounts.security_events.record import record

_KINDS = {
    "group": ("auth.group", Event.ADMIN_OTHER),
    "provider": ("socialaccount.socialapp", Event.ADMIN_PROVIDER),
    "client": ("oauth_server.client", Event.ADMIN_CLIENT),
    "resource": ("oauth_server.protectedresource", Event.ADMIN_CLIENT),
    "exchange_policy": ("oauth_server.exchangepolicy", Event.ADMIN_CLIENT),
    "cross_app_policy": ("oauth_server.crossapppolicy", Event.ADMIN_CLIENT),
    "webhook": ("accounts.webhook", Event.ADMIN_OTHER),
}

# In the order in which they need one another: a rule names a third party, a client names groups,
# a resource and a policy name clients.
_STEPS: tuple[tuple[str, Callable[[dict[str, Any]], Difference]], ...] = (
    ("groups", groups.apply),
    ("providers", providers.apply),
    ("groups", groups.apply_rules),
    ("clients", clients.apply),
    ("resources", resources.apply),
    ("exchange_policies", policies.apply_exchange),
    ("cross_app_policies", policies.apply_cross_app),
    ("webhooks", webhooks.apply),
)
_KEYS: dict[str, Callable[[dict[str, Any]], str]] = {
    "groups": lambda told: told["slug"],
    "providers": providers.key_of,
    "clients": lambda told: told["client_id"],
    "resources": lambda told: told["identifier"],
    "exchange_policies": policies.exchange_key,
    "cross_app_policies": policies.cross_app_key,
    "webhooks": lambda told: told["name"],
}


def export() -> dict[str, Any]:
    """Return what the file says of this site, without a secret."""
    return {
        "version": VERSION,
        "sign_up": site_rule(),
        "groups": groups.export(),
        "providers": providers.export(),
        "clients": clients.export(),
        "resources": resources.export(),
        "exchange_policies": policies.export_exchange(),
        "cross_app_policies": policies.export_cross_app(),
        "webhooks": webhooks.export(),
    }


def apply(document: Document, *, is_dry: bool = False) -> list[Difference]:
    """Have this site be as `document` says, and return what was not. Raises BadDocument, and
    nothing is changed then."""
    problems = [*_said_twice(document), *_sign_up_problems(document), *_sector_problems(document)]
    if problems:
        raise BadDocument(problems)
    try:
        with transaction.atomic():
            found = _apply(document)
            if is_dry:
                transaction.set_rollback(True)
    except IntegrityError as error:
        words = "Something was changed here in the same moment: run this again."
        raise BadDocument([Problem((), words)]) from error
    return found


def _apply(document: Document) -> list[Difference]:
    problems: dict[Path, list[Problem]] = {}
    found: dict[tuple[str, str], Difference] = {}
    for section, step in _STEPS:
        for path, told in _entries(document, section):
            if path in problems:
                continue  # what a later step needs of it is not there
            try:
                with transaction.atomic():
                    _add(found, step(told))
            except ValidationError as error:
                problems[path] = _problems(document, path, error)
    if problems:
        raise BadDocument(chain.from_iterable(problems.values()))
    differing = [each for each in found.values() if each.is_new or each.changed]
    for each in differing:
        _record(each)
    return differing


def _entries(document: Document, section: str) -> Iterator[tuple[Path, dict[str, Any]]]:
    for index, told in enumerate(document.told.get(section, ())):
        yield (section, index), told


def _add(found: dict[tuple[str, str], Difference], new: Difference) -> None:
    key = (new.kind, new.key)
    before = found.get(key, new)
    found[key] = replace(before, changed=before.changed | new.changed)


def _problems(document: Document, path: Path, error: ValidationError) -> list[Problem]:
    found = (
        error.message_dict if hasattr(error, "error_dict") else {NON_FIELD_ERRORS: error.messages}
    )
    return [
        document.problem((*path, name) if name != NON_FIELD_ERRORS else path, words)
        for name, said in found.items()
        for words in said
    ]


def _said_twice(document: Document) -> list[Problem]:
    problems = []
    for section, key_of in _KEYS.items():
        seen: set[str] = set()
        for path, told in _entries(document, section):
            if key_of(told) in seen:
                problems.append(document.problem(path, f"“{key_of(told)}” is there twice."))
            seen.add(key_of(told))
    return problems


def _sign_up_problems(document: Document) -> list[Problem]:
    """Say where the site states another rule: it is the environment's, and no file changes that."""
    told, here = document.told.get("sign_up"), site_rule()
    if told is None or (here["mode"], sorted(here["domains"])) == (
        told["mode"],
        sorted(told.get("domains", here["domains"])),
    ):
        return []
    words = (
        f"This site has SIGN_UP={here['mode']} and SIGN_UP_DOMAINS={','.join(here['domains'])} in "
        "its environment. Change it there, or here."
    )
    return [document.problem(("sign_up",), words)]


def _sector_problems(document: Document) -> list[Problem]:
    problems = []
    for path, told in _entries(document, "clients"):
        if not told.get("sector_identifier_uri"):
            continue
        try:
            said = clients.sector_problems(told)
        except ValidationError:
            continue  # said by what applies it
        problems += [document.problem((*path, "sector_identifier_uri"), words) for words in said]
    return problems


def _record(difference: Difference) -> None:
    model, kind = _KINDS[difference.kind]
    fields = {"changed": {"fields": sorted(difference.changed)}}
    details = AdminChange(
        Action.ADDITION if difference.is_new else Action.CHANGE,
        model,
        difference.key,
        object=difference.key,
        changes=() if difference.is_new else (fields,),
    )
    record(kind, actor=Actor.ADMIN, details=details)
