"""Find a person's own events by the words that they read.

Those are stored nowhere: they are made anew in the reader's language. So the events are read by the
index of their person, as many as one request can bear. A sentence, a device and an address are each
looked at once: a long list says the same few of each, over and over.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from django.db.models import TextField
from django.db.models.functions import Cast

from accounts.models import SecurityEvent
from accounts.models.security_event import SecurityEventQuerySet
from accounts.network import browser_names
from accounts.network.places import place
from accounts.security_events.words import sentence
from accounts.text.search import held, split

MOST = 10_000  # events that one search looks at, the newest ones
_NONE: frozenset[str] = frozenset()


class Found(NamedTuple):
    """Hold the events' primary keys, the newest first. `is_all` is false where older ones were
    left."""

    pks: list[int]
    is_all: bool


class _Row(NamedTuple):
    pk: int
    user_agent: str
    address: str
    kind: str
    outcome: str
    actor: str
    client_id: int | None
    facts: str

    @property
    def said(self) -> tuple[object, ...]:
        """Return what makes the sentence."""
        return self[3:]


def find(events: SecurityEventQuerySet, words: str, provider_names: Mapping[str, str]) -> Found:
    """Return those of `events` (the newest first) whose sentence, device, address or place has each
    of `words`; see words.sentence for `provider_names`."""
    wanted = split(words)
    columns = events.values_list(*_Row._fields[:-1], Cast("details", TextField()))
    rows = [_Row(*each) for each in columns[: MOST + 1]]
    said = {
        what: (held(wanted, sentence(event, provider_names)), event.is_by_an_admin)
        for what, event in _examples(rows).items()
    }
    devices = {
        agent: held(wanted, browser_names.describe(agent)) for agent in {r.user_agent for r in rows}
    }
    addresses = {each: held(wanted, _place(each)) for each in {row.address for row in rows}}

    def fits(row: _Row) -> bool:
        in_sentence, is_hidden = said.get(row.said, (_NONE, True))
        missing = wanted - in_sentence
        return not missing or not (
            is_hidden or missing - devices[row.user_agent] - addresses[row.address]
        )

    return Found([row.pk for row in rows[:MOST] if fits(row)], is_all=len(rows) <= MOST)


def _place(address: str) -> str:
    return f"{address} {place(address)}"


def _examples(rows: Iterable[_Row]) -> dict[tuple[object, ...], SecurityEvent]:
    """Return one event for each sentence, with its client."""
    of_each = {row.said: row.pk for row in rows}
    events = SecurityEvent.objects.select_related("client").in_bulk(list(of_each.values()))
    return {said: events[pk] for said, pk in of_each.items() if pk in events}
