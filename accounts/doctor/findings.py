"""Say what was checked, what was found, and what to do."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise


class State(StrEnum):
    OK = "ok"
    SKIPPED = "skipped"  # there was nothing to look at, or no way to
    WARNING = "warning"  # it works, and should not stay like this
    BROKEN = "broken"  # somebody is already without something


_BY_WEIGHT = (State.SKIPPED, State.OK, State.WARNING, State.BROKEN)

_IN_WORDS = {
    State.OK: _("OK"),
    State.SKIPPED: _("Skipped"),
    State.WARNING: _("Warning"),
    State.BROKEN: _("Broken"),
}
_TITLES = {
    "database": _("Database"),
    "cache": _("Cache"),
    "keys": _("Keys"),
    "clock": _("Clock"),
    "tasks": _("Tasks"),
    "cleanup": _("Cleanup"),
    "webhooks": _("Webhooks"),
    "disk": _("Disk"),
    "settings": _("Settings"),
    "site": _("Site"),
    "proxies": _("Proxies"),
    "cookies": _("Cookies"),
    "mail": _("Mail"),
    "providers": _("Third parties"),
    "clients": _("Clients"),
}


@dataclass(frozen=True)
class Finding:
    """Hold one line, in the language that was spoken when it was found. `topic` is a name for
    programs. The texts hold no secret and no other program's words, which may."""

    topic: str
    checked: str
    state: State
    found: str
    remedy: str = ""

    @property
    def title(self) -> str:
        """Return the topic in words."""
        return str(_TITLES[self.topic])

    @property
    def said(self) -> str:
        """Return the state in words."""
        return str(_IN_WORDS[self.state])

    def as_json(self) -> dict[str, str]:
        return asdict(self)


@dataclass(frozen=True)
class Topic:
    """Make the findings about one topic."""

    name: str

    def ok(self, checked: "_StrOrPromise", found: "_StrOrPromise") -> Finding:
        return self._of(State.OK, checked, found)

    def skipped(self, checked: "_StrOrPromise", found: "_StrOrPromise") -> Finding:
        return self._of(State.SKIPPED, checked, found)

    def warning(
        self, checked: "_StrOrPromise", found: "_StrOrPromise", remedy: "_StrOrPromise"
    ) -> Finding:
        return self._of(State.WARNING, checked, found, remedy)

    def broken(
        self, checked: "_StrOrPromise", found: "_StrOrPromise", remedy: "_StrOrPromise"
    ) -> Finding:
        return self._of(State.BROKEN, checked, found, remedy)

    def _of(
        self,
        state: State,
        checked: "_StrOrPromise",
        found: "_StrOrPromise",
        remedy: "_StrOrPromise" = "",
    ) -> Finding:
        return Finding(self.name, str(checked), state, str(found), str(remedy))


def by_gravity(findings: Iterable[Finding]) -> list[Finding]:
    """Return `findings` with what is broken first, and otherwise in their order."""
    return sorted(findings, key=lambda each: -_BY_WEIGHT.index(each.state))


def counted(findings: Iterable[Finding]) -> str:
    """Return how many there are of each state, in words."""
    numbers = Counter(each.state for each in findings)
    named = (f"{_IN_WORDS[state]}: {numbers[state]}" for state in State if numbers[state])
    return " · ".join(named)


def worst(findings: Iterable[Finding]) -> State:
    """Return the gravest state among `findings`."""
    return max((each.state for each in findings), key=_BY_WEIGHT.index, default=State.SKIPPED)
