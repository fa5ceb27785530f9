"""Say what was checked, what was found, and what to do."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from enum import StrEnum


class State(StrEnum):
    OK = "ok"
    SKIPPED = "skipped"  # there was nothing to look at, or no way to
    WARNING = "warning"  # it works, and should not stay like this
    BROKEN = "broken"  # somebody is already without something


_BY_WEIGHT = (State.SKIPPED, State.OK, State.WARNING, State.BROKEN)


@dataclass(frozen=True)
class Finding:
    """Hold one line. Its texts hold no secret and no other program's words, which may."""

    topic: str
    checked: str
    state: State
    found: str
    remedy: str = ""

    def as_json(self) -> dict[str, str]:
        return asdict(self)


@dataclass(frozen=True)
class Topic:
    """Make the findings about one topic."""

    name: str

    def ok(self, checked: str, found: str) -> Finding:
        return Finding(self.name, checked, State.OK, found)

    def skipped(self, checked: str, found: str) -> Finding:
        return Finding(self.name, checked, State.SKIPPED, found)

    def warning(self, checked: str, found: str, remedy: str) -> Finding:
        return Finding(self.name, checked, State.WARNING, found, remedy)

    def broken(self, checked: str, found: str, remedy: str) -> Finding:
        return Finding(self.name, checked, State.BROKEN, found, remedy)


def by_gravity(findings: Iterable[Finding]) -> list[Finding]:
    """Return `findings` with what is broken first, and otherwise in their order."""
    return sorted(findings, key=lambda each: -_BY_WEIGHT.index(each.state))


def counted(findings: Iterable[Finding]) -> str:
    """Return how many there are of each state, in words."""
    numbers = Counter(each.state for each in findings)
    return ", ".join(f"{numbers[state]} {state}" for state in State if numbers[state])


def worst(findings: Iterable[Finding]) -> State:
    """Return the gravest state among `findings`."""
    return max((each.state for each in findings), key=_BY_WEIGHT.index, default=State.SKIPPED)
