"""`make test`: which share of lines and branches the tests cover, and that it does not sink.

Reads what SlipCover wrote (`[tool.slipcover]` in pyproject.toml).
"""

import json
import sys
from collections.abc import Iterable
from typing import NamedTuple

from config.instance import BASE_DIR

RESULT = BASE_DIR / ".coverage.json"
# In per cent. What strangers can reach is covered nearly whole.
FLOORS = {
    "": 97.5,
    "accounts/oauth_server/": 98.5,
    "accounts/entrance/": 98.5,
    "api/": 98.5,
}
HELD_TO_FLOORS = "--floors"  # of a run of all tests


class Count(NamedTuple):
    """Lines and branches, counted alike: those that some test ran, and all of them."""

    covered: int
    all: int

    @property
    def percent(self) -> float:
        return 100 * self.covered / self.all if self.all else 100.0


def read() -> dict[str, Count]:
    """Return the count of each file, by its path from the project's folder."""
    files = json.loads(RESULT.read_text())["files"]
    return {path: _count(file) for path, file in files.items()}


def total(counts: dict[str, Count], folder: str = "") -> Count:
    """Add up the counts of the files in a folder (`""`: all)."""
    inside = [count for path, count in counts.items() if path.startswith(folder)]
    return Count(sum(each.covered for each in inside), sum(each.all for each in inside))


def below(counts: dict[str, Count]) -> Iterable[str]:
    """Say of each folder that is below its floor which files bring it there."""
    for folder, floor in FLOORS.items():
        reached = total(counts, folder).percent
        if reached < floor:
            yield f"{folder or 'All'}: {reached:.1f} % of lines and branches, {floor} % wanted"
            yield from _least_covered(counts, folder)


def main(arguments: list[str]) -> int:
    """Print the totals, and with `--floors` fail where one is too low."""
    counts = read()
    told = ", ".join(f"{folder} {total(counts, folder).percent:.1f}" for folder in FLOORS if folder)
    sys.stdout.write(f"Lines and branches covered: {total(counts).percent:.1f} % ({told})\n")
    faults = list(below(counts)) if HELD_TO_FLOORS in arguments else []
    sys.stderr.writelines(f"{fault}\n" for fault in faults)
    return 1 if faults else 0


def _count(file: dict[str, list[object]]) -> Count:
    covered = len(file["executed_lines"]) + len(file["executed_branches"])
    missing = len(file["missing_lines"]) + len(file["missing_branches"])
    return Count(covered, covered + missing)


def _least_covered(counts: dict[str, Count], folder: str) -> Iterable[str]:
    missing = {
        path: count.all - count.covered
        for path, count in counts.items()
        if path.startswith(folder) and count.covered < count.all
    }
    for path in sorted(missing, key=missing.__getitem__, reverse=True)[:10]:
        yield f"  {path}: {missing[path]} of {counts[path].all} not covered"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
