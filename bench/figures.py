"""Reckon with what was measured: medians, spreads, ratios, percentiles."""

import math
import statistics
from dataclasses import dataclass, field


@dataclass
class Figures:
    """Collect what was measured of one row on one site, a round after the other."""

    rates: list[float] = field(default_factory=list)  # requests a second
    server: list[float] = field(default_factory=list)  # CPU milliseconds of a request
    database: list[float] = field(default_factory=list)  # likewise
    milliseconds: list[float] = field(default_factory=list)  # of each request at 70 % of the peak

    @property
    def rate(self) -> float:
        return statistics.median(self.rates)

    @property
    def cpu(self) -> float:
        """Return the CPU milliseconds of a request, of server and database together."""
        return statistics.median(map(sum, zip(self.server, self.database, strict=True)))

    @property
    def spread(self) -> float:
        """Return how far the rounds lie apart, as a part of their median."""
        return (max(self.rates) - min(self.rates)) / self.rate

    @property
    def p50(self) -> float:
        return percentile(self.milliseconds, 50)

    @property
    def p99(self) -> float:
        return percentile(self.milliseconds, 99)

    @property
    def tail(self) -> float:
        """Return how often p50 goes into p99."""
        return self.p99 / self.p50


def ratio(one: Figures, other: Figures) -> float:
    """Return how often the rate of `other` goes into that of `one`: the median of the rounds.

    Those of one round were measured one after the other, so that whatever slows the machine down
    for a while slows both down.
    """
    pairs = zip(one.rates, other.rates, strict=True)
    return statistics.median(mine / theirs for mine, theirs in pairs)


def percentile(values: list[float], percent: int) -> float:
    """Return the smallest value that `percent` of all are not above."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)]
