"""What the bench reckons, and when it says that a target is met."""

import pytest

from bench import rows
from bench.figures import Figures, percentile, ratio
from bench.measure import Results
from bench.targets import BESIDE_STOCK, LATCHKEY, STOCK, Target, worst_tail


def test_a_ratio_compares_what_was_measured_in_the_same_round() -> None:
    ours, theirs = Figures([100, 10, 90]), Figures([50, 5, 100])
    assert ratio(ours, theirs) == 2  # 2, 2, 0.9: and not 90 / 50


def test_two_sites_with_other_numbers_of_rounds_are_not_compared() -> None:
    with pytest.raises(ValueError, match="shorter"):
        ratio(Figures([1, 2]), Figures([1]))


def test_cpu_is_the_median_of_server_and_database_together() -> None:
    assert Figures(server=[1, 2, 3], database=[0.5, 0.5, 9]).cpu == 2.5


def test_a_rate_is_a_median_and_its_spread_a_part_of_it() -> None:
    figures = Figures([90, 100, 120])
    assert (figures.rate, figures.spread) == (100, 0.3)


@pytest.mark.parametrize(("percent", "value"), [(50, 50), (99, 99), (100, 100)])
def test_a_percentile_is_one_of_the_values(percent: int, value: float) -> None:
    assert percentile([float(each) for each in range(100, 0, -1)], percent) == value


def test_a_percentile_of_one_value_is_that() -> None:
    assert percentile([7], 50) == percentile([7], 99) == 7


@pytest.mark.parametrize(
    ("target", "figure", "is_met"),
    [
        (Target("rate", worst_tail, 1), 0.99, False),
        (Target("rate", worst_tail, 1), 0.996, True),  # what the document shows is 1.00
        (Target("tail", worst_tail, most=4), 4, True),
        (Target("tail", worst_tail, most=4), 4.01, False),
    ],
)
def test_a_target_is_met_at_its_limit(target: Target, figure: float, is_met: bool) -> None:
    assert target.is_met(figure) == is_met


def test_the_worst_tail_is_of_this_site_and_of_what_was_timed() -> None:
    calm, wild = Figures(milliseconds=[1, 1, 2]), Figures(milliseconds=[1, 1, 9])
    results: Results = {
        rows.HELLO: {LATCHKEY: calm, STOCK: wild},
        rows.ME: {LATCHKEY: Figures([1])},
    }
    assert worst_tail(results) == 2


def test_every_target_is_found_among_what_is_measured() -> None:
    figures = Figures([1.0], [1.0], [1.0], [1.0])
    results: Results = {row: {LATCHKEY: figures, STOCK: figures} for row in rows.ROWS}
    assert [target.found(results) for target in BESIDE_STOCK]
