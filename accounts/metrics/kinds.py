"""Count and time what happens, where metrics are switched on; where they are not, do nothing.

Every process writes into files of its own, mapped into memory, and whichever is asked adds all of
them up: prometheus-client's multiprocess mode. A file is named after its writer, a place that a
worker holds rather than its process ID, so that restarted workers leave no files behind.
"""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

MOST_SERIES = 1_000  # of one metric in one process; what comes after them is counted as "other"

_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)  # seconds

METRICS: dict[str, "Metric"] = {}


class Metric:
    """Hold one metric: its name, its labels and, where metrics are on, a series for each of their
    values. A series is looked up once."""

    def __init__(self, name: str, meaning: str, *labels: str) -> None:
        self.name, self.meaning, self.labels = name, meaning, labels
        self._made: Any = None
        self._series: dict[tuple[str, ...], Any] = {}
        METRICS[name] = self

    def begin(self, registry: Any) -> None:
        """Count from now on, for the collectors of `registry`."""
        self._series, self._made = {}, self._make(registry)

    def end(self) -> None:
        self._series, self._made = {}, None

    def _make(self, registry: Any) -> Any:
        raise NotImplementedError

    def _of(self, labels: tuple[str, ...]) -> Any:
        series = self._series.get(labels)
        return self._add(labels) if series is None else series

    def _add(self, labels: tuple[str, ...]) -> Any:
        if len(self._series) >= MOST_SERIES:
            return self._made.labels(*["other" for _ in labels])
        series = self._made.labels(*labels) if labels else self._made
        self._series[labels] = series
        return series


class Counter(Metric):
    def _make(self, registry: Any) -> Any:
        from prometheus_client import Counter

        return Counter(self.name, self.meaning, self.labels, registry=registry)

    def count(self, *labels: str, by: float = 1) -> None:
        if self._made is not None:
            self._of(labels).inc(by)


class Timer(Metric):
    """Count by how many seconds something took."""

    def _make(self, registry: Any) -> Any:
        from prometheus_client import Histogram

        return Histogram(self.name, self.meaning, self.labels, buckets=_BUCKETS, registry=registry)

    def took(self, seconds: float, *labels: str) -> None:
        if self._made is not None:
            self._of(labels).observe(seconds)


class Level(Metric):
    """Show how much there is now: of all living processes together."""

    def _make(self, registry: Any) -> Any:
        from prometheus_client import Gauge

        mode: Any = "livesum"
        return Gauge(
            self.name, self.meaning, self.labels, registry=registry, multiprocess_mode=mode
        )

    def is_at(self, value: float, *labels: str) -> None:
        if self._made is not None:
            self._of(labels).set(value)

    def change(self, by: float, *labels: str) -> None:
        if self._made is not None:
            self._of(labels).inc(by)


class Reading(Metric):
    """Show what is read when somebody asks. `kind`: "gauge" or "counter"."""

    def __init__(self, name: str, meaning: str, *labels: str, kind: str = "gauge") -> None:
        super().__init__(name, meaning, *labels)
        self.kind = kind

    def _make(self, registry: Any) -> Any:
        return None

    def family(self, values: Iterable[tuple[tuple[str, ...], float]]) -> Any:
        """Return it with a value for each combination of labels."""
        from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

        kinds: dict[str, Any] = {"gauge": GaugeMetricFamily, "counter": CounterMetricFamily}
        family = kinds[self.kind](self.name, self.meaning, labels=self.labels)
        for labels, value in values:
            family.add_metric(labels, value)
        return family


class _State:
    """Hold where this process writes: its files' folder and name there. Neither: in itself."""

    registry: Any = None
    folder: Path | None = None
    writer = "start"


_state = _State()


def are_on() -> bool:
    return _state.registry is not None


def switch_on(folder: Path | None = None) -> None:
    """Measure from now on: in `folder`, together with the processes that are forked from this one,
    or in this process alone."""
    import prometheus_client
    from prometheus_client import values

    prometheus_client.disable_created_metrics()  # type: ignore[no-untyped-call]
    if folder:
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(folder)  # where the library looks for it
        made = values.MultiProcessValue(lambda: _state.writer)  # type: ignore[no-untyped-call]
        values.ValueClass = made
    else:
        values.ValueClass = values.MutexValue
    _state.folder, _state.registry = folder, prometheus_client.CollectorRegistry()
    for metric in METRICS.values():
        metric.begin(_state.registry)


def switch_off() -> None:
    from prometheus_client import values

    os.environ.pop("PROMETHEUS_MULTIPROC_DIR", None)
    values.close_all_multiprocess_files()  # type: ignore[no-untyped-call]
    _state.folder = _state.registry = None
    for metric in METRICS.values():
        metric.end()


def write_as(writer: str) -> None:
    """Write into files of that name, which no other living process does: after a fork."""
    _state.writer = writer


def writer_died(writer: str) -> None:
    """Take back what a process said of its present: it has none any more."""
    from prometheus_client import multiprocess

    multiprocess.mark_process_dead(writer)  # type: ignore[no-untyped-call]


def measured() -> list[Any]:
    """Return what was measured so far, by all processes that write into the same folder."""
    if _state.folder is None:
        return list(_state.registry.collect())
    from prometheus_client.multiprocess import MultiProcessCollector

    every: Any = MultiProcessCollector
    return list(every(None, str(_state.folder)).collect())
