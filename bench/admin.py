"""Measure the pages, lists and searches of Django admin on the database of an organisation:
bench/organisation.py says how many there are of what, bench/admin_pages.py what is asked."""

import json
import statistics
import time
from pathlib import Path

from bench import report, targets
from bench.admin_pages import TRIES, Took
from bench.postgres import durable
from bench.site import latchkey, prepared
from config.instance import answer

SLOWEST = 25  # pages that are shown one by one


def measure(folder: Path) -> str:
    """Return what is to be told."""
    with durable({"max_wal_size": "4GB"}) as postgres:
        site = latchkey(
            folder / "organisation", {"DATABASE_URL": postgres.database("organisation")}
        )
        began = time.monotonic()
        prepared(site)
        answer(site.start("-m", "bench.fill", "organisation"))
        seconds = time.monotonic() - began
        found = [Took(*each) for each in json.loads(answer(site.start("-m", "bench.admin_pages")))]
        database = f"PostgreSQL {postgres.version()} with durable commits"
    return told(found, seconds, database)


def told(found: list[Took], seconds: float, database: str) -> str:
    slowest = max(found, key=lambda each: each.cpu)
    most = max(found, key=lambda each: each.queries)
    half = statistics.median(each.cpu for each in found)
    met = [(targets.OF_ADMIN[0], slowest.cpu), (targets.OF_ADMIN[1], float(most.queries))]
    shown = sorted(found, key=lambda each: -each.cpu)[:SLOWEST]
    heads = ["address", "CPU ms, server + database", "ms", "statements"]
    return "\n".join(
        [
            report.made("make bench ARGS=--admin", f"the median of {TRIES} answers", database),
            f"To fill the database took {seconds / 60:.0f} minutes. {len(found)} addresses were "
            f"asked for, half of which took less than {half:.0f} ms of CPU, the server's and the "
            f"database's together. These are the {SLOWEST} slowest:\n",
            report.markdown(heads, map(_row, shown)),
            report.targets(met),
        ]
    )


def _row(each: Took) -> list[str]:
    return [
        each.name,
        f"{each.server:.0f} + {each.database:.0f}",
        f"{each.milliseconds:.0f}",
        str(each.queries),
    ]
