"""Say what applying the file changes, or would change."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Changed = dict[str, tuple[Any, Any]]

_EMPTY: tuple[Any, ...] = (None, "", [], {})
_NONE_IS_ALL = ("groups",)  # null is everybody, an empty list nobody

SECRET = "(a secret)"  # noqa: S105 (shown in place of one)


@dataclass(frozen=True)
class Difference:
    """Describe one client, third party, group or webhook that is not as the file says it."""

    kind: str  # "client", "provider", "group", "webhook"
    key: str
    is_new: bool
    changed: Changed = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        changed = {name: {"from": old, "to": new} for name, (old, new) in self.changed.items()}
        return {"kind": self.kind, "key": self.key, "created": self.is_new, "changed": changed}


def between(before: Mapping[str, Any], after: Mapping[str, Any]) -> Changed:
    """Return what is not the same in both, by name: what is empty in both is."""
    pairs = {name: (before.get(name), value) for name, value in after.items()}
    gone = {name: (value, None) for name, value in before.items() if name not in after}
    both = (pairs | gone).items()
    return {name: (old, new) for name, (old, new) in both if not _same(name, old, new)}


def _same(name: str, old: Any, new: Any) -> bool:
    return old == new or (name not in _NONE_IS_ALL and old in _EMPTY and new in _EMPTY)
