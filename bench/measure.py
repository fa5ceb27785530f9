"""Measure rows on sites: in interleaved rounds at their peak, then at 70 % of it."""

import contextlib
import itertools
import math
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from bench import load, processes
from bench.figures import Figures
from bench.rows import CODES_A_SECOND, Row
from bench.site import Site

OF_PEAK = 0.7
AT_PEAK = 1  # seconds before and after, by the very tool that keeps the rate in between
TRIES = 3  # at a time in which the machine stays the same
_SAME = 1.1  # times, between the peaks before and after
PATIENCE_SECONDS = 6
SLOW_ONES = 4  # requests, in one round, where each takes so long that more would take for ever
_SPARE = 100  # codes, for what is asked beside

# Of each row, by the name of the site.
Results = dict[Row, dict[str, Figures]]


@dataclass(frozen=True)
class Plan:
    """Say how often and how long is measured. `steady` is at 70 % of the peak; 0: not at all."""

    rounds: int
    seconds: int
    steady: int

    @property
    def codes(self) -> int:
        """Return how many codes a site needs: for the code row, and for the tokens of others."""
        return int(CODES_A_SECOND * self._seconds_of_codes) + _SPARE

    @property
    def _seconds_of_codes(self) -> float:
        steady = TRIES * (self.steady + AT_PEAK) + AT_PEAK if self.steady else 0
        return (self.rounds + 1) * self.seconds + steady


@dataclass(frozen=True)
class Meter:
    """Measure. `database` is PostgreSQL's first process, None where the database is a file."""

    plan: Plan
    database: int | None
    report: Callable[[str], object] = sys.stdout.write

    def all(self, rows: Sequence[Row], sites: Sequence[Site]) -> Results:
        """Measure each of `rows` on each of `sites`, in turn."""
        results: Results = {row: {} for row in rows}
        for number in range(self.plan.rounds):
            for row, site in itertools.product(rows, sites):
                if not (row.is_slow and number):
                    self.peak(results, row, site)
            self.report(f"Round {number + 1} of {self.plan.rounds} is done.\n")
        if self.plan.steady:
            for row, site in itertools.product(rows, sites):
                if site.name in results[row] and not row.is_slow:
                    self.steady(results[row][site.name], row, site)
        return results

    def peak(self, results: Results, row: Row, site: Site) -> None:
        """Send as fast as answers come; for longer where none has come in so short a time, as where
        the machine does much else."""
        try:
            self._peak(results, row, site, self.plan.seconds)
        except load.NothingAnsweredError:
            self._peak(results, row, site, PATIENCE_SECONDS)

    def _peak(self, results: Results, row: Row, site: Site, seconds: int) -> None:
        sent = row.load(site, self.plan.seconds)
        if sent is None:
            return
        before = self._cpu(site)
        if row.is_slow:
            outcome = load.one_by_one(sent, site.port, SLOW_ONES)
        else:
            outcome = load.run(sent, site.port, seconds)
        server, database = (
            1000 * (now - then) / outcome.answered
            for now, then in zip(self._cpu(site), before, strict=True)
        )
        figures = results[row].setdefault(site.name, Figures())
        figures.rates.append(outcome.rate)
        figures.server.append(server)
        figures.database.append(database)

    def steady(self, figures: Figures, row: Row, site: Site) -> None:
        """Send 70 % of what the site can answer at this moment, and note how long each answer
        takes: in the first of some tries with the same peak before and after it, or in that where
        they differ least. A machine that others share may be half as fast a second later; of a rate
        beyond what it can do a queue comes about, and its length is all that would be measured."""
        with contextlib.suppress(load.NothingAnsweredError):  # it has no figures then
            before = self._rate(row, site, AT_PEAK, math.inf).rate
            found: list[tuple[float, load.Outcome]] = []
            while len(found) < TRIES and (not found or found[-1][0] > _SAME):
                rate = OF_PEAK * min(before, figures.rate)
                outcome = self._rate(row, site, self.plan.steady, rate)
                after = self._rate(row, site, AT_PEAK, math.inf).rate
                found.append((max(before, after) / min(before, after), outcome))
                before = after
            calmest = min(found, key=lambda each: each[0])[1]
            figures.milliseconds += calmest.milliseconds

    def _rate(self, row: Row, site: Site, seconds: int, rate: float) -> load.Outcome:
        sent = row.load(site, seconds)
        if sent is None:
            raise load.NothingAnsweredError(f"{site.name} has no such thing.")
        return load.run(sent, site.port, seconds, rate=rate)

    def _cpu(self, site: Site) -> Iterable[float]:
        server = processes.cpu_seconds(site.server)
        return server, processes.cpu_seconds(self.database) if self.database else 0.0
