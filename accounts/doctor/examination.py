"""Examine the whole site: what can be told at once, and what others have to be called for."""

from collections.abc import Callable, Collection, Iterable

from django.db import DatabaseError
from django.utils.translation import gettext_lazy as _

from accounts.doctor import (
    background,
    cache,
    clients,
    clock,
    configuration,
    database,
    disk,
    keys,
    mail,
    providers,
    site,
    webhooks,
)
from accounts.doctor import calls as outgoing
from accounts.doctor.findings import Finding, State, Topic

Examine = Callable[[], Iterable[Finding]]

_AT_ONCE: tuple[tuple[frozenset[str], Examine], ...] = (
    (frozenset({"cache"}), cache.examine),
    (frozenset({"keys"}), keys.examine),
    (frozenset({"clock"}), clock.examine),
    (frozenset({"tasks", "cleanup"}), background.examine),
    (frozenset({"webhooks"}), webhooks.examine),
)
_WITHOUT_DATABASE = (
    (configuration.TOPICS, configuration.examine),
    (frozenset({"disk"}), disk.examine),
)
_CALLS = (site.calls, mail.calls)
_CALLS_FROM_DATABASE = (providers.calls, clients.calls)

TOPICS = (
    *("database", "cache", "keys", "clock", "tasks", "cleanup", "webhooks", "disk", "settings"),
    *("site", "proxies", "cookies", "mail", "providers", "clients"),
)


def at_once(topics: Collection[str] = TOPICS) -> list[Finding]:
    """Look at everything that needs nobody else's answer."""
    found = [database.answers()]
    is_there = found[0].state is State.OK
    parts = ((frozenset({"database"}), database.examine), *_AT_ONCE) if is_there else ()
    for about, examine in (*parts, *_WITHOUT_DATABASE):
        if about.intersection(topics):
            found += _safely(examine, next(iter(about)))
    return [each for each in found if each.topic in topics]


def by_calls(topics: Collection[str] = TOPICS) -> list[Finding]:
    """Call this site, the mail server, the third parties and the clients. Not in a transaction."""
    is_there = database.answers().state is State.OK
    sources = _CALLS + (_CALLS_FROM_DATABASE if is_there else ())
    due = [call for calls in sources for call in calls() if call.topic.name in topics]
    return outgoing.make(due)


def _safely(examine: Examine, topic: str) -> list[Finding]:
    """Return what is found; that nothing can be, where that fails as on a database half made."""
    try:
        return list(examine())
    except (DatabaseError, OSError) as error:
        found = _("It could not be looked at (%(error)s).") % {"error": type(error).__name__}
        remedy = _("Mend what is above, and look again.")
        return [Topic(topic).broken(_("It can be looked at"), found, remedy)]
