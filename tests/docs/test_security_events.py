"""docs/security-events.md names the columns, actors, keys and codes that there are."""

from dataclasses import fields

from accounts.models import SecurityEvent
from accounts.models.event_kinds import Actor
from accounts.security_events.details import DONE, FAILED, Extent, Reason
from accounts.security_events.receipts import Receipt
from tests.documents import Document, quoted

DOCUMENT = Document("docs/security-events.md")


def test_the_columns_are_those_that_there_are() -> None:
    columns = {field.name for field in SecurityEvent._meta.fields} - {"id"}
    assert set(DOCUMENT.names("What an event has")) == columns


def test_the_actors_are_those_that_there_are() -> None:
    assert DOCUMENT.names("Who acts") == Actor.values


def test_the_keys_of_each_kind_are_those_that_are_stored() -> None:
    told = {
        (kind, outcome): quoted(keys)
        for kinds, outcome, keys, _ in DOCUMENT.rows("Details")
        for kind in quoted(kinds)
    }
    stored = {
        (kind.value, outcome): [field.name for field in fields(structure)]
        for of_outcome, outcome in ((DONE, "succeeded"), (FAILED, "failed"))
        for kind, structure in of_outcome.items()
    }
    assert told == stored


def test_what_was_ended_has_the_counts_that_a_receipt_has() -> None:
    (row,) = [row for row in DOCUMENT.rows("Details") if row[0].startswith("`everything_ended`")]
    assert quoted(row[3]) == [field.name for field in fields(Receipt)]


def test_the_codes_are_those_that_there_are() -> None:
    assert set(DOCUMENT.names("Codes")) == {*Reason, *Extent}
