"""docs/metrics.md, the dashboard and the alert rules, held to the metrics that there are."""

import json
import re
from typing import Any

import pytest

from accounts.metrics.kinds import METRICS, Counter, Reading, Timer
from config.instance import BASE_DIR
from tests.documents import METRICS as DOCUMENT
from tests.documents import quoted

DASHBOARD = json.loads((BASE_DIR / "docs/grafana/latchkey.json").read_text())
RULES = (BASE_DIR / "docs/prometheus/latchkey.rules.yml").read_text()
SECTIONS = ("Every process counts", "The database says")
OF_PROMETHEUS = {"instance", "job", "le"}  # labels that it adds, or that a histogram has

_METRIC = re.compile(r"\b(latchkey_\w+)(?:\{([^}]*)\})?")
_GROUPED = re.compile(r"\bby \(([^)]*)\)")


def panels() -> list[dict[str, Any]]:
    return [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]


def expressions() -> list[str]:
    shown = [target["expr"] for panel in panels() for target in panel["targets"]]
    asked = [each["definition"] for each in DASHBOARD["templating"]["list"] if "definition" in each]
    return [*shown, *asked, *re.findall(r"^ +expr: (.+)$", RULES, re.MULTILINE)]


def series_of(name: str) -> list[str]:
    """What a metric's series are called."""
    if isinstance(METRICS[name], Timer):
        return [f"{name}_{part}" for part in ("bucket", "count", "sum")]
    return [name]


SERIES = {series: METRICS[name] for name in METRICS for series in series_of(name)}


@pytest.mark.parametrize("expression", expressions())
def test_each_expression_names_metrics_and_labels_that_there_are(expression: str) -> None:
    used = _METRIC.findall(expression)
    assert used or "up{" in expression
    assert {name for name, _ in used} <= SERIES.keys()
    for name, selected in used:
        labels = set(re.findall(r"(\w+)(?:=~|!=|!~|=)\"", selected))
        assert labels <= {*SERIES[name].labels, *OF_PROMETHEUS}, name
    grouped = {each.strip() for group in _GROUPED.findall(expression) for each in group.split(",")}
    for name, _ in used:
        assert grouped <= {*SERIES[name].labels, *OF_PROMETHEUS}, name


def test_every_metric_is_shown() -> None:
    shown = {name for each in expressions() for name, _ in _METRIC.findall(each)}
    assert {SERIES[name].name for name in shown} == set(METRICS)


def test_the_document_lists_every_metric_with_its_kind_and_labels() -> None:
    told = [row for section in SECTIONS for row in DOCUMENT.rows(section)]
    assert {quoted(row[0])[0]: (row[1], tuple(quoted(row[2]))) for row in told} == {
        name: (kind_of(metric), metric.labels) for name, metric in METRICS.items()
    }
    assert len(told) == len(METRICS)


def kind_of(metric: Any) -> str:
    if isinstance(metric, Timer):
        return "histogram"
    is_counter = isinstance(metric, Counter) or getattr(metric, "kind", "") == "counter"
    return "counter" if is_counter else "gauge"


def test_names_say_their_kind_and_unit() -> None:
    for name, metric in METRICS.items():
        assert name.endswith("_total") is (kind_of(metric) == "counter"), name
        assert re.fullmatch(r"latchkey(_[a-z]+)+", name)
        assert metric.meaning.endswith(".")


def test_what_the_database_says_is_never_summed_over_nodes() -> None:
    read = [n for n, metric in METRICS.items() if isinstance(metric, Reading)]
    for expression in expressions():
        for name in set(read) & {name for name, _ in _METRIC.findall(expression)}:
            summed = re.search(rf"\bsum(?: by \([^)]*\))? \(?{name}", expression)
            assert not summed, expression


def test_the_dashboard_is_one_that_grafana_takes() -> None:
    ids = [panel["id"] for panel in DASHBOARD["panels"]]
    assert len(ids) == len(set(ids)) > 20
    assert DASHBOARD["schemaVersion"] >= 36
    assert [each["name"] for each in DASHBOARD["templating"]["list"]] == ["datasource", "instance"]
    for panel in panels():
        assert panel["fieldConfig"]["defaults"]["unit"], panel["title"]
        sources = [panel["datasource"], *(target["datasource"] for target in panel["targets"])]
        assert {source["uid"] for source in sources} == {"${datasource}"}
        refs = [target["refId"] for target in panel["targets"]]
        assert len(refs) == len(set(refs))


def test_no_two_panels_lie_over_one_another() -> None:
    taken: set[tuple[int, int]] = set()
    for panel in DASHBOARD["panels"]:
        at = panel["gridPos"]
        assert at["x"] + at["w"] <= 24
        columns = range(at["x"], at["x"] + at["w"])
        cells = {(x, y) for x in columns for y in range(at["y"], at["y"] + at["h"])}
        assert not cells & taken, panel["title"]
        taken |= cells


def test_each_alert_says_what_to_do() -> None:
    alerts = re.findall(r"- alert: (\w+)\n(.*?)(?=\n\n|\Z)", RULES, re.DOTALL)
    assert len(alerts) == len(set(dict(alerts))) >= 8
    for name, rule in alerts:
        assert name.startswith("Latchkey")
        for key in ("expr", "severity", "summary", "description"):
            assert re.search(rf"\b{key}: \S", rule), (name, key)
