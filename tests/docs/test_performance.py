"""docs/performance.md: its tables have the rows and the targets that the bench has."""

import re

import pytest

from bench import admin, big, servers, targets
from bench.rows import ROWS
from tests.documents import Document

PAGE = Document("docs/performance.md")
QUICK = [row.name for row in ROWS if not row.is_slow]
MEASURED = {
    "On PostgreSQL, beside the stock site": (
        [row.name for row in ROWS],
        [*targets.ON_POSTGRESQL, targets.MEGABYTES],
    ),
    "On SQLite": (QUICK, targets.ON_SQLITE),
    "On a big database": ([row.name for row in big.ROWS], targets.BESIDE_EMPTY),
}


@pytest.mark.parametrize("title", MEASURED)
def test_a_table_has_the_rows_and_the_targets_of_the_bench(title: str) -> None:
    rows, aims = MEASURED[title]
    told = PAGE.rows(title)[: len(rows) + len(aims)]
    assert [row[0] for row in told] == [*rows, *(target.name for target in aims)]
    assert [row[1] for row in told][len(rows) :] == [each.aimed_at for each in aims]


def test_admin_searches_and_cleanup_are_told_of_a_big_database() -> None:
    rest = PAGE.rows("On a big database")[len(big.ROWS) + len(targets.BESIDE_EMPTY) :]
    named = [row[0] for row in rest]
    assert named[: len(big.SEARCHES)] == list(big.SEARCHES)
    assert any("`cleartokens`" in name for name in named)


def test_the_slowest_addresses_of_django_admin_are_told() -> None:
    told = PAGE.rows("Django admin")
    assert len(told) == admin.SLOWEST + len(targets.OF_ADMIN)
    assert [row[:2] for row in told[admin.SLOWEST :]] == [
        [each.name, each.aimed_at] for each in targets.OF_ADMIN
    ]


def test_the_table_of_servers_has_each_that_the_bench_starts() -> None:
    assert [row[0] for row in PAGE.rows("On other servers")] == list(servers.NAMES)


@pytest.mark.parametrize("title", [*MEASURED, "Django admin", "On other servers"])
def test_a_table_says_of_which_day_and_machine_it_is(title: str) -> None:
    assert re.search(r"Measured on 20\d\d-\d\d-\d\d by `make bench.*`", PAGE.section(title))
    assert re.search(r"\d cores \(.+\), \d+ GB of memory, .*Python 3", PAGE.section(title))


@pytest.mark.parametrize("title", [*MEASURED, "Django admin"])
def test_what_is_not_met_is_said_in_a_sentence(title: str) -> None:
    missed = [row[0] for row in PAGE.rows(title) if row[-1] == "**no**"]
    text = PAGE.section(title)
    assert re.findall(r"^- Not met: (.+) is [\d.]+(?: \w+)?; at", text, re.M) == missed
    assert ("All targets are met." in text) == (not missed)
