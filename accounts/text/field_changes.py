"""Read what Django admin logged of a change: which fields, from what to what.

Its message is Django's own list (django.contrib.admin.utils.construct_change_message), in which the
values stand beside the names of the fields: accounts/staff/changes.py writes them.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

VALUES = "values"  # in what "changed" holds: {field: [old, new]}, or {field: []} of a secret


class Change(NamedTuple):
    """Describe how a field changed, of the row `of` on the page where it is not the page's own."""

    field: str
    old: str
    new: str
    of: str
    is_secret: bool


def read(changes: Iterable[Mapping[str, Any]]) -> Iterator[Change]:
    for change in changes:
        changed = change.get("changed", {})
        for field, values in changed.get(VALUES, {}).items():
            old, new = values if len(values) == 2 else ("", "")
            yield Change(field, old, new, changed.get("object", ""), not values)


def in_words(change: Change) -> str:
    of = f" of {change.of}" if change.of else ""
    if change.is_secret:
        return f"{change.field}{of}: changed"
    return f"{change.field}{of}: {change.old or 'empty'} → {change.new or 'empty'}"


def in_short(value: Any) -> str:
    return " ".join(map(str, value)) if isinstance(value, list) else str(value)
