"""What every state of every page is held to. Each check returns its findings, a sentence each."""

import gzip
from pathlib import Path
from typing import Any

import pytest

from tests.pages.visit import Visit

HERE = Path(__file__).parent
IN_PAGE = (HERE / "in_page.js").read_text()
AXE = HERE / "node_modules/axe-core/axe.min.js"

WIDTHS = (360, 768, 1280)
HEIGHT = 900
ZOOMED = (320, 640)  # 1280 px at 400 % and at 200 %
MOST_BYTES = 50_000

# All that axe-core knows of WCAG 2.2 up to AA, and what it calls best practice.
STANDARDS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
SCHEMES = ("light", "dark")

# Without `preload`, as no rule of these looks into style sheets.
_RUN = """async (tags) => {
  const options = { runOnly: tags, resultTypes: ["violations"], preload: false };
  const { violations } = await axe.run(document, options);
  return violations.flatMap((rule) =>
    rule.nodes.map((node) => `${rule.id}: ${rule.help} (${node.target.join(" ")})`));
}"""


def axe() -> str:
    """Return axe-core's source. A machine without it fails the test: a skip would hide it."""
    if not AXE.exists():
        pytest.fail("axe-core is missing: `make test` installs it, or npm ci --prefix tests/pages.")
    return AXE.read_text()


def violations(page: Any, standards: list[str] = STANDARDS) -> list[str]:
    """Return what axe-core, which is to be in the page, finds as it looks now."""
    found: list[str] = page.evaluate(_RUN, standards)
    return found


def all_findings(visit: Visit) -> list[str]:
    """Hold a page to everything. Loaded once; sizes and schemes of colours change under it."""
    found = visit.arrived()
    if found:
        return found
    visit.page.evaluate(IN_PAGE)
    visit.page.evaluate(axe())
    found += _once(visit) + _too_heavy(visit)
    for width in WIDTHS:
        found += [f"at {width} px: {finding}" for finding in _at(visit.page, width)]
    found += _zoomed(visit.page)
    found += _by_keyboard(visit.page)
    return found + visit.complaints


def findings_in_language(visit: Visit, language: str) -> list[str]:
    """Hold a page to what its words can break: its direction, and the room that they take."""
    found = visit.arrived()
    if found:
        return found
    visit.page.evaluate(IN_PAGE)
    if visit.page.locator("html").get_attribute("lang") != language:
        found.append(f"the page is not in {language}")
    _resize(visit.page, WIDTHS[0])
    return found + _ask(visit.page, "frame", "scrollsSideways", "cutOff", "smallTargets")


def _once(visit: Visit) -> list[str]:
    seen = visit.page.evaluate("window.seen")
    return seen["shifts"] + seen["refused"] + _ask(visit.page, "frame", "fieldsWithoutPurpose")


def _ask(page: Any, *checks: str) -> list[str]:
    return [finding for check in checks for finding in page.evaluate(f"checks.{check}()")]


def _at(page: Any, width: int) -> list[str]:
    _resize(page, width)
    found = _ask(page, "scrollsSideways", "cutOff", "smallTargets")
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme)
        found += [f"in {scheme}: {finding}" for finding in violations(page)]
    return found


def _resize(page: Any, width: int) -> None:
    page.set_viewport_size({"width": width, "height": HEIGHT})


def _zoomed(page: Any) -> list[str]:
    """WCAG 1.4.10 (reflow) and 1.4.4 (resize text): the page in large, then its text alone."""
    found = []
    for width in ZOOMED:
        _resize(page, width)
        here = _ask(page, "scrollsSideways", "cutOff")
        found += [f"at {1280 // width * 100} % zoom: {finding}" for finding in here]
    _resize(page, WIDTHS[2])
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    found += [
        f"with text twice as large: {each}" for each in _ask(page, "scrollsSideways", "cutOff")
    ]
    page.evaluate("document.documentElement.style.fontSize = ''")
    return found


def _by_keyboard(page: Any) -> list[str]:
    """Press Tab through the whole page: everything is reached, and shows that it is."""
    names = page.evaluate("checks.tabStops()")
    found, reached = [], set()
    # Past the end and in again at the beginning, and a date takes several presses.
    for _ in range(2 * len(names) + 5):
        if len(reached) == len(names):
            break
        page.keyboard.press("Tab")
        focus = page.evaluate("checks.focus()")
        stop = focus["stop"]
        if stop is None or stop in reached:
            continue
        reached.add(stop)
        if not focus["hasRing"]:
            found.append(f"{names[stop]} shows no focus")
        if not focus["isInSight"]:
            found.append(f"{names[stop]} has the focus out of sight")
    missed = set(range(len(names))) - reached
    return found + [f"{names[stop]} is not reached by Tab" for stop in sorted(missed)]


def transferred(visit: Visit) -> int:
    """Return the bytes of the page that is shown and all that it loads, with headers.

    Static files are counted as WhiteNoise sends them in production: compressed. Pages are not
    compressed, as a compressed secret can be guessed by the size of the whole (BREACH).
    """
    total = 0
    for response in visit.last_load:
        body = response.body()
        if "/static/" in response.url:
            body = gzip.compress(body)
        headers = response.all_headers()
        total += len(body) + sum(len(name) + len(value) + 4 for name, value in headers.items())
    return total


def _too_heavy(visit: Visit) -> list[str]:
    size = transferred(visit)
    return [f"{size} bytes are transferred"] if size > MOST_BYTES else []
