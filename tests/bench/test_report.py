"""The page that the bench writes, and the plan that it hands to wrk."""

from pathlib import Path

import pytest

from bench import load, report, rows
from bench.figures import Figures
from bench.measure import Results
from bench.targets import Target, worst_tail

ONE = Figures([1000, 1200, 1100], [1, 1, 1], [0.5, 0.5, 0.5], [2, 2, 9])
OTHER = Figures([500, 600, 550], [2, 2, 2], [1, 1, 1])
RESULTS: Results = {rows.HELLO: {"here": ONE, "there": OTHER}, rows.DOCUMENTED: {"there": OTHER}}


def test_a_table_shows_both_sites_and_leaves_out_what_one_does_not_have() -> None:
    hello, documented = report.table(RESULTS, "here", "there").splitlines()[2:]
    assert hello == (
        "| a view that says hello | 1,100 ± 9% | 550 ± 9% | 2.00 | 1.00 + 0.50 | 2.00 + 1.00 "
        "| 2.0 · 9.0 | – |"
    )
    assert documented.split(" | ")[1:] == ["–", "550 ± 9%", "–", "–", "2.00 + 1.00", "–", "– |"]


def test_what_is_not_met_is_said_in_a_sentence() -> None:
    missed, met = Target("p99 to p50", worst_tail, most=4), Target("hello", worst_tail, 1)
    told = report.targets([(missed, 4.5), (met, 1.25)])
    assert "| p99 to p50 | at most 4 | 4.50 | **no** |" in told
    assert "| hello | at least 1 | 1.25 | yes |" in told
    assert told.endswith("\n- Not met: p99 to p50 is 4.50; at most 4 is aimed at.\n")
    assert report.targets([(met, 1)]).endswith("\nAll targets are met.\n")


def test_a_run_replaces_what_one_of_its_kind_wrote_and_nothing_else(tmp_path: Path) -> None:
    page = tmp_path / "performance.md"
    places = "".join(f"{report.begin(name)}old\n{report.END}" for name in ("one", "other"))
    page.write_text(f"# Performance\n\n{places}after\n")
    report.keep("one", "new\n", page)
    text = page.read_text()
    assert text.count("old\n") == 1
    assert f"{report.begin('one')}\nnew\n\n{report.END}" in text
    assert text.endswith("after\n")
    with pytest.raises(LookupError):
        report.keep("a third", "new\n", page)


def test_a_plan_is_written_in_lua() -> None:
    sent = load.Load("POST", "/token", {"Accept": "*/*"}, first=("a", "b"), before="token=")
    written = load.as_lua(load.plan(sent, rate=80))
    assert '["headers"] = {["Accept"] = "*/*"}' in written
    assert '["first"] = {"a", "b"}' in written
    assert '["bodies"] = nil' in written
    assert f'["pace"] = {load.CONNECTIONS / 80}' in written


def test_answers_that_are_errors_are_no_figures() -> None:
    sent = load.Load("GET", "/hello")
    good = "answered 9\nerrors 0\nrate 4.5\ntook 1000 2000\n"
    assert load.read(sent, good) == load.Outcome(9, 4.5, (1.0, 2.0))
    for refused in (good.replace("errors 0", "errors 1"), good.replace("9", "0"), "unable to go"):
        with pytest.raises(load.RefusedError):
            load.read(sent, refused)
