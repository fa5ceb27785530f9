"""Measure this site on a big database beside an empty one, and what a person or a program waits
for while admins search and `cleartokens` runs."""

import contextlib
import itertools
import json
import statistics
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import requests

from bench import load, report, rows, targets
from bench.figures import percentile
from bench.measure import Meter, Plan, Results
from bench.postgres import Server, durable
from bench.site import Site, latchkey, prepared, served
from config.instance import Instance, answer
from docs.wire import form_on

PLAN = Plan(rounds=3, seconds=2, steady=0)
ROWS = (
    *(rows.ME, rows.CLIENT_CREDENTIALS, rows.CODE, rows.REFRESH),
    *(rows.INTROSPECTION, rows.USERINFO, rows.SIGN_IN),
)
# Less than elsewhere: an admin and a cleanup want a part of the machine too.
OF_PEAK = 0.35
BESIDE_SECONDS = 8
SEARCHES = {
    "people, by address": "accounts/user/?" + urlencode({"q": "someone500000@example.org"}),
    "people, by a part of a name": "accounts/user/?" + urlencode({"q": "Someone 77"}),
    "authorizations, by a person's address": "oauth_server/authorization/?"
    + urlencode({"q": "someone500000@example.org"}),
    "security events, by a person's address": "accounts/securityevent/?"
    + urlencode({"q": "someone500000@example.org"}),
    "security events, unsearched": "accounts/securityevent/",
}
TRIES = 3
ADMIN = "admin@example.com"


@dataclass(frozen=True)
class Admin:
    """Search in Django admin, signed in."""

    site: Site
    browser: requests.Session

    def milliseconds(self, path: str) -> float:
        began = time.perf_counter()
        page = self.browser.get(f"http://localhost:{self.site.port}/admin/{path}", timeout=600)
        took = 1000 * (time.perf_counter() - began)
        page.raise_for_status()
        return took

    def searches(self) -> list[float]:
        """Return how long each search takes, the median of some."""
        return [
            statistics.median(self.milliseconds(path) for _ in range(TRIES))
            for path in SEARCHES.values()
        ]


def measure(folder: Path) -> str:
    """Return what is to be told of the site on a big database."""
    with durable({"max_wal_size": "4GB"}) as postgres:
        empty, big = _instances(postgres, folder)
        began = time.monotonic()
        prepared(big)
        answer(big.start("-m", "bench.fill"))
        seconds = time.monotonic() - began
        with served(PLAN.codes, empty, big) as sites:
            meter = Meter(PLAN, postgres.pid)
            results = meter.all(ROWS, sites)
            admins = [_signed_in(*each) for each in zip(sites, (empty, big), strict=True)]
            searches = [admin.searches() for admin in admins]
            beside = list(_beside(results, admins[1], big))
        database = f"PostgreSQL {postgres.version()} with durable commits"
    target = targets.BESIDE_EMPTY[0]
    return "\n".join(
        [
            report.measured("make bench ARGS=--fill", PLAN, database),
            f"To fill the database took {seconds / 60:.0f} minutes.\n",
            report.table(results, targets.BIG, targets.LATCHKEY),
            report.targets([(target, target.found(results))]),
            report.markdown(["search in Django admin", "ms, big", "ms, empty"], _took(searches)),
            f"`/api/v1/me` at {OF_PEAK:.0%} of its peak on the big database, beside what else goes "
            "on:\n",
            report.markdown(["beside", "p50 · p99 ms"], beside),
        ]
    )


def _took(searches: list[list[float]]) -> Iterator[list[str]]:
    empty, big = searches
    for name, *took in zip(SEARCHES, big, empty, strict=True):
        yield [name, *(f"{each:,.0f}" for each in took)]


def _instances(postgres: Server, folder: Path) -> tuple[Instance, Instance]:
    empty = {"DATABASE_URL": postgres.database("empty")}
    big = {"DATABASE_URL": postgres.database("big")}
    return (
        latchkey(folder / "empty", empty, targets.LATCHKEY),
        latchkey(folder / "big", big, targets.BIG),
    )


def _signed_in(site: Site, instance: Instance) -> Admin:
    made = json.loads(instance.manage("create_person", "--email", ADMIN, "--admin"))
    browser, url = requests.Session(), f"{instance.url}/accounts/login/"
    form = form_on(browser.get(url, timeout=10), to="/accounts/login/")
    fields = {"login": ADMIN, "password": made["password"]}
    browser.post(form.action, form.fields | fields, timeout=10).raise_for_status()
    return Admin(site, browser)


def _beside(results: Results, admin: Admin, instance: Instance) -> Iterator[tuple[str, str]]:
    """Yield how long `/api/v1/me` takes beside what else may go on, and what that was."""
    site = admin.site
    rate = OF_PEAK * results[rows.ME][site.name].rate

    def waits() -> str:
        sent = rows.ME.load(site, BESIDE_SECONDS)
        assert sent  # noqa: S101 (it has one on every site)
        took = load.run(sent, site.port, BESIDE_SECONDS, rate=rate).milliseconds
        return f"{percentile(list(took), 50):.1f} · {percentile(list(took), 99):.1f}"

    yield "nothing", waits()
    with _over_and_over(admin):
        yield "an admin who searches without a pause", waits()
    began = time.monotonic()
    cleaning = instance.start("manage.py", "cleartokens")
    waited = waits()
    removed = sum(int(line.split()[0].replace(",", "")) for line in answer(cleaning).splitlines())
    seconds = time.monotonic() - began
    yield f"`cleartokens`, which removed {removed:,} rows in {seconds:.0f} s", waited


@contextlib.contextmanager
def _over_and_over(admin: Admin) -> Iterator[None]:
    """Search without a pause until the block ends."""
    is_over = threading.Event()

    def search() -> None:
        for path in itertools.cycle(SEARCHES.values()):
            if is_over.is_set():
                return
            admin.milliseconds(path)

    thread = threading.Thread(target=search)
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join()
