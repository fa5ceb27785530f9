"""`make accessibility`: what the browser's tests found, state by state, in docs/accessibility.md.

A plugin of pytest (`-p tests.browser.publish`). States that a run leaves out keep what they had.
"""

import json
import os
import platform
import re
import subprocess
from datetime import date

import pytest

from config.instance import BASE_DIR

FILE = BASE_DIR / "docs/accessibility.md"
BEGIN, END = "<!-- results -->\n", "<!-- end of results -->"
PASSED, FELL_SHORT, NOT_ASKED = "yes", "**no**", "–"
_TEST = re.compile(r"test_pages\.py::TestInChromium::test_(\w+)\[(.*)\]")
_OF_ADMIN, _ADMIN = "admin/test_admin.py", "admins can use every page"
_AXE = (
    "const axe = require('./tests/browser/node_modules/axe-core');"
    "console.log(axe.version, axe.getRules({standards}).length)"
)

# What became of each state in each of the tests.
Results = dict[str, dict[str, str]]


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):  # the workers report to who started them
        config.pluginmanager.register(Publisher())


class Publisher:
    def __init__(self) -> None:
        self.found: Results = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        named = _TEST.search(report.nodeid)
        if named and (report.when == "call" or report.failed):
            test, state = named[1].replace("_", " "), named[2]
            self.found.setdefault(state, {})[test] = PASSED if report.passed else FELL_SHORT
        if _OF_ADMIN in report.nodeid and report.when == "call":
            for state, passed in report.user_properties:
                self.found[state] = {_ADMIN: PASSED if passed else FELL_SHORT}

    def pytest_sessionfinish(self) -> None:
        if self.found:
            text = FILE.read_text()
            before, _, rest = text.partition(BEGIN)
            told, _, after = rest.partition(END)
            FILE.write_text(f"{before}{BEGIN}{results(self.found, told)}{END}{after}")


def results(found: Results, told: str) -> str:
    """Return the results in Markdown: what was `found`, and of other states what was `told`."""
    from tests.browser.admin import states as admin  # not before Django is there
    from tests.browser.catalogue import STATES

    asked = (test for tests in found.values() for test in tests)
    tests = list(dict.fromkeys([*_columns(told), *asked]))
    head = f"| state | {' | '.join(tests)} | on |\n|{' --- |' * (len(tests) + 2)}\n"
    kept = {row.split(" | ")[0][2:]: row for row in told.splitlines()} if head in told else {}
    rows = [
        row(state.name, found[state.name], tests) if state.name in found else kept[state.name]
        for state in (*STATES, *admin.STATES)
        if state.name in {*found, *kept}
    ]
    return f"\n{summary(len(rows))}\n\n{head}" + "".join(f"{each}\n" for each in rows) + "\n"


def _columns(told: str) -> list[str]:
    """Return the tests that `told` has results of: a run of some states asks not all of them."""
    head = next((line for line in told.splitlines() if line.startswith("| state |")), "")
    return head.split(" | ")[1:-1]


def row(state: str, found: dict[str, str], tests: list[str]) -> str:
    cells = " | ".join(found.get(test, NOT_ASKED) for test in tests)
    return f"| {state} | {cells} | {date.today().isoformat()} |"  # noqa: DTZ011 (the reader's)


def summary(states: int) -> str:
    from tests.browser.checks import STANDARDS
    from tests.chromium import chromium

    node = [str(BASE_DIR / ".venv/bin/node"), "-e", _AXE.format(standards=json.dumps(STANDARDS))]
    version, rules = _printed(*node).split()
    browser = _printed(chromium(), "--version")
    machine = f"{os.cpu_count()} cores, {platform.system()}"
    return (
        f"{states} states, by `make accessibility`: {browser}, axe-core {version} with {rules} "
        f"rules, on {machine}."
    )


def _printed(*command: str) -> str:
    done = subprocess.run(command, cwd=BASE_DIR, capture_output=True, text=True, check=True)
    return done.stdout.strip()
