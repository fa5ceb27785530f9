"""What every state of every page is held to. Each check returns its findings, a sentence each."""

import gzip
from pathlib import Path
from typing import Any

import pytest

from tests.browser.visit import HEIGHT, Visit

HERE = Path(__file__).parent
IN_PAGE = (HERE / "in_page.js").read_text()
WITH_AXE = (HERE / "with_axe.js").read_text()
AXE = HERE / "node_modules/axe-core/axe.min.js"

WIDTHS = (360, 768, 1280)
ZOOMED = (320, 640)  # 1280 px at 400 % (WCAG 1.4.10) and at 200 % (1.4.4)
MOST_BYTES = 50_000

# All that axe-core knows of WCAG 2.2 up to AA, and what it calls best practice.
STANDARDS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
SCHEMES = ("light", "dark")


def axe() -> str:
    """Return axe-core's source. A machine without it fails the test: a skip would hide it."""
    if not AXE.exists():
        pytest.fail(
            "axe-core is missing: `make check` installs it, or npm ci --prefix tests/browser."
        )
    return AXE.read_text()


def violations(page: Any, standards: list[str] = STANDARDS) -> list[str]:
    """Return what axe-core, which is to be in the page, finds in light and dark.

    Of a page that it was asked of before, it is asked what can be another here: with_axe.js.
    """
    found = []
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme)
        found += [f"in {scheme}: {finding}" for finding in page.evaluate(WITH_AXE, standards)]
    return found


def all_findings(visit: Visit) -> list[str]:
    """Hold a page to everything. Loaded once; sizes and schemes of colours change under it."""
    found = visit.arrived()
    if found:
        return found
    visit.page.evaluate(IN_PAGE)
    visit.page.evaluate(axe())
    found += _once(visit) + _too_heavy(visit) + _by_keyboard(visit.page)
    found += _with_large_text(visit.page)
    for width in sorted({*WIDTHS, *ZOOMED}, reverse=True):  # to change the size is what takes long
        visit.page.set_viewport_size({"width": width, "height": HEIGHT})
        found += [f"at {width} px: {finding}" for finding in _at(visit.page, width)]
    return found + visit.complaints


def findings_without_scripts(visit: Visit) -> list[str]:
    """Hold a page to being there in whole, without what only scripts could bring to life."""
    if found := visit.arrived():
        return found
    found = [] if visit.page.locator("h1").is_visible() else ["there is no heading"]
    dead = visit.page.locator("button[type=button]:visible").all_text_contents()
    found += [f"the button “{text}” does nothing without scripts" for text in dead]
    return found + visit.complaints


def findings_in_language(visit: Visit, language: str) -> list[str]:
    """Hold a page, in a narrow window, to what its words can break: its direction, and the room
    that they take.
    """
    found = visit.arrived()
    if found:
        return found
    visit.page.evaluate(IN_PAGE)
    if visit.page.locator("html").get_attribute("lang") != language:
        found.append(f"the page is not in {language}")
    found += _ask(visit.page, "frame", "scrollsSideways", "cutOff", "smallTargets")
    return found + visit.complaints


def _once(visit: Visit) -> list[str]:
    seen = visit.page.evaluate("window.seen")
    return seen["shifts"] + seen["refused"] + _ask(visit.page, "frame", "fieldsWithoutPurpose")


def _ask(page: Any, *checks: str) -> list[str]:
    asked = "names => names.flatMap((name) => checks[name]())"
    found: list[str] = page.evaluate(asked, checks)
    return found


def _at(page: Any, width: int) -> list[str]:
    found = _ask(page, "scrollsSideways", "cutOff")
    return found + _ask(page, "smallTargets") + violations(page) if width in WIDTHS else found


def _with_large_text(page: Any) -> list[str]:
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    found = _ask(page, "scrollsSideways", "cutOff")
    page.evaluate("document.documentElement.style.fontSize = ''")
    return [f"with text twice as large: {each}" for each in found]


def _by_keyboard(page: Any) -> list[str]:
    """Press Tab through the whole page: everything is reached, and shows that it is."""
    names = page.evaluate("checks.tabStops()")
    found: list[str] = []
    reached: set[int] = set()
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
    page.evaluate("document.activeElement.blur(); scrollTo(0, 0)")
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
