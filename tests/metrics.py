"""Metrics, switched on for a test, and read as a scrape would read them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from accounts.metrics import kinds


class Metrics:
    """What was measured since the test began, in files of a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(self, name: str, **labels: str) -> float:
        """Return the sum of all series of `name` that have these labels."""
        found = value_of(kinds.measured(), name, **labels)
        return found or 0.0

    def series(self, name: str) -> dict[tuple[str, ...], float]:
        """Return the values of a metric by its labels' values, in the order of their names."""
        return {
            tuple(each.labels[key] for key in sorted(each.labels)): each.value
            for family in kinds.measured()
            for each in family.samples
            if each.name == name
        }


def value_of(families: list[Any], name: str, **labels: str) -> float | None:
    found = [
        each.value
        for family in families
        for each in family.samples
        if each.name == name and labels.items() <= each.labels.items()
    ]
    return sum(found) if found else None


@pytest.fixture
def metrics(tmp_path: Path) -> Iterator[Metrics]:
    folder = tmp_path / "metrics"
    folder.mkdir()
    kinds.switch_on(folder)
    yield Metrics(folder)
    kinds.switch_off()
