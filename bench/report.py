"""Write what was measured in Markdown, and keep it in docs/performance.md."""

import os
import platform
import statistics
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import django

from bench.figures import Figures, ratio
from bench.measure import Plan, Results
from bench.targets import Target
from config.instance import BASE_DIR

FILE = BASE_DIR / "docs/performance.md"
END = "<!-- end of what the bench wrote -->\n"
NONE = "–"


def begin(name: str) -> str:
    return f"<!-- what `make bench` wrote: {name} -->\n"


def keep(name: str, told: str, file: Path = FILE) -> None:
    """Put what the bench has `told` into its place in the document."""
    before, mark, rest = file.read_text().partition(begin(name))
    _old, end, after = rest.partition(END)
    if not (mark and end):
        raise LookupError(f"{file.name} has no place for “{name}”.")
    file.write_text(f"{before}{mark}\n{told}\n{end}{after}")


def table(results: Results, site: str, other: str = "") -> str:
    """Return a table of `site`, beside another one where there is one."""
    names = [site, other] if other else [site]
    beside = ["ratio"] if other else []
    of = [f", {each}" if other else "" for each in names]
    is_timed = any(each.milliseconds for row in results.values() for each in row.values())
    heads = [
        "row",
        *(f"a second{each}" for each in of),
        *beside,
        *(f"CPU ms{each}" for each in of),
        *(f"p50 · p99 ms{each}" for each in of if is_timed),
    ]
    lines = [
        [row.name, *_cells([figures.get(name) for name in names])][: len(heads)]
        for row, figures in results.items()
    ]
    return markdown(heads, lines)


def _cells(figures: Sequence[Figures | None]) -> Iterable[str]:
    yield from (_rate(each) for each in figures)
    if len(figures) > 1:
        one, other = figures
        yield f"{ratio(one, other):.2f}" if one and other else NONE
    yield from (_cpu(each) for each in figures)
    yield from (_waits(each) for each in figures)


def _rate(figures: Figures | None) -> str:
    return f"{figures.rate:,.0f} ± {figures.spread / 2:.0%}" if figures else NONE


def _cpu(figures: Figures | None) -> str:
    if not figures:
        return NONE
    server, database = map(statistics.median, (figures.server, figures.database))
    return f"{server:.2f} + {database:.2f}" if database else f"{server:.2f}"


def _waits(figures: Figures | None) -> str:
    if not (figures and figures.milliseconds):
        return NONE
    return f"{figures.p50:.1f} · {figures.p99:.1f}"


def targets(met: Iterable[tuple[Target, float]]) -> str:
    """Return a table of targets beside what was found, and a sentence on those not met."""
    found = list(met)
    lines = [
        [
            target.name,
            target.aimed_at,
            target.shown(figure),
            "yes" if target.is_met(figure) else "**no**",
        ]
        for target, figure in found
    ]
    missed = [
        f"- Not met: {target.name} is {target.shown(figure)}; {target.aimed_at} is aimed at."
        for target, figure in found
        if not target.is_met(figure)
    ]
    told = "\n".join(missed) or "All targets are met."
    return f"{markdown(['target', 'aimed at', 'found', 'met'], lines)}\n{told}\n"


def markdown(heads: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    rows = [heads, ["---"] * len(heads), *lines]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in rows)


def measured(command: str, plan: Plan, database: str) -> str:
    """Say when, where and how it was measured."""
    how = f"the median of {plan.rounds} rounds of {plan.seconds:g} seconds each"
    if plan.rounds == 1:
        how = f"one round of {plan.seconds:g} seconds"
    return made(command, how, database)


def made(command: str, how: str, database: str) -> str:
    return (
        f"Measured on {datetime.now(UTC).date().isoformat()} by `{command}`: {how}. {machine()}, "
        f"{database}.\n"
    )


def machine() -> str:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{os.cpu_count()} cores ({_processor()}), {memory:.0f} GB of memory, "
        f"{platform.system()}, Python {platform.python_version()}, "
        f"Django {django.get_version()}"
    )


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, platform.machine())
