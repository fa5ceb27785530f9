"""Measure how fast the site answers, beside a stock toolkit site, on throwaway data: `make bench`.

What it finds it writes into docs/performance.md. --quick only prints it, in less than a minute.
"""

import argparse
import contextlib
import sqlite3
import sys
import tempfile
from pathlib import Path

from bench import admin, big, processes, report, servers, targets
from bench.load import RefusedError
from bench.measure import Meter, Plan
from bench.postgres import durable
from bench.rows import ROWS
from bench.site import latchkey, served, stock
from config.instance import NotStartedError, interrupt_at_signals

DEFAULT = Plan(rounds=3, seconds=2, steady=2)
ON_SQLITE = Plan(rounds=2, seconds=2, steady=2)
QUICK = Plan(rounds=1, seconds=1, steady=0)
QUICK_ROWS = tuple(row for row in ROWS if not row.is_slow)


def on_postgresql(plan: Plan, folder: Path) -> str:
    """Measure this site beside the stock one, both on PostgreSQL; return what is to be told."""
    with durable() as postgres, contextlib.ExitStack() as stack:
        ours = latchkey(folder / "latchkey", {"DATABASE_URL": postgres.database("latchkey")})
        theirs = stock(folder / "stock", postgres.database("stock"))
        sites = stack.enter_context(served(plan.codes, ours, theirs))
        results = Meter(plan, postgres.pid).all(QUICK_ROWS if plan is QUICK else ROWS, sites)
        memory = {site.name: processes.megabytes(site.server) for site in sites}
        database = f"PostgreSQL {postgres.version()} with durable commits"
    found = [
        (target, target.found(results))
        for target in (targets.ON_POSTGRESQL if plan.steady else targets.BESIDE_STOCK)
    ]
    found.append((targets.MEGABYTES, memory[targets.LATCHKEY]))
    return "\n".join(
        [
            report.measured("make bench", plan, database),
            report.table(results, targets.LATCHKEY, targets.STOCK),
            f"After that, the processes of {targets.LATCHKEY} held "
            f"{memory[targets.LATCHKEY]:.0f} MB of memory (PSS), those of {targets.STOCK} "
            f"{memory[targets.STOCK]:.0f} MB.\n",
            report.targets(found),
        ]
    )


def on_sqlite(plan: Plan, folder: Path) -> str:
    """Measure this site on one SQLite file; return what is to be told."""
    with served(plan.codes, latchkey(folder / "sqlite", {})) as sites:
        results = Meter(plan, None).all(QUICK_ROWS, sites)
    found = [(target, target.found(results)) for target in targets.ON_SQLITE]
    return "\n".join(
        [
            report.measured("make bench", plan, f"SQLite {sqlite3.sqlite_version}"),
            report.table(results, targets.LATCHKEY),
            report.targets(found),
        ]
    )


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--quick", action="store_true", help="one short round, and print it only")
    which.add_argument("--fill", action="store_true", help="on a big database")
    which.add_argument("--admin", action="store_true", help="Django admin, on many rows")
    which.add_argument("--servers", action="store_true", help="on other servers")
    return parser.parse_args()


def bench(asked: argparse.Namespace) -> None:
    with tempfile.TemporaryDirectory(prefix="latchkey-bench-") as name:
        if asked.quick:
            sys.stdout.write(on_postgresql(QUICK, Path(name)))
        elif asked.fill:
            tell("big", big.measure(Path(name)))
        elif asked.admin:
            tell("admin", admin.measure(Path(name)))
        elif asked.servers:
            tell("servers", servers.measure(Path(name)))
        else:
            tell("postgresql", on_postgresql(DEFAULT, Path(name)))
            tell("sqlite", on_sqlite(ON_SQLITE, Path(name)))


def tell(name: str, told: str) -> None:
    sys.stdout.write(f"{told}\n")
    report.keep(name, told)


def main() -> int:
    asked = arguments()
    interrupt_at_signals()
    try:
        bench(asked)
    except (NotStartedError, RefusedError) as problem:
        sys.stderr.write(f"{problem}\n")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write("\nStopped.\n")
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
