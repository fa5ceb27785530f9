"""What a state of admin is held to: on a phone, then in a wide window in the light and the dark."""

from typing import Any

from tests.browser.admin.states import BRIEF, IN_LIGHT_ALONE
from tests.browser.checks import IN_PAGE, STANDARDS, WIDTHS, WITH_AXE, axe
from tests.browser.visit import HEIGHT, Visit

PHONE, WIDE = WIDTHS[0], WIDTHS[-1]
_CONTRAST = ["color-contrast"]
_ASK = "names => names.flatMap((name) => checks[name]())"


def findings(visited: Visit) -> list[str]:
    """Hold a page, which is loaded on a phone, to all of it: axe-core's rules once, as they take
    longest."""
    if found := visited.arrived():
        return found
    page = visited.page
    page.evaluate(IN_PAGE)
    seen = page.evaluate("window.seen")
    found = seen["shifts"] + seen["refused"] + page.evaluate(_ASK, ["frame"])
    found += _at(page, "scrollsSideways", "cutOff", "smallTargets")
    page.set_viewport_size({"width": WIDE, "height": HEIGHT})
    found += _at(page, "scrollsSideways", "withoutFocus")
    if visited.state.name not in BRIEF:
        page.evaluate(axe())
        found += page.evaluate(WITH_AXE, STANDARDS)
    if visited.state.name not in IN_LIGHT_ALONE:
        page.emulate_media(color_scheme="dark")
        found += [f"in the dark: {each}" for each in page.evaluate(WITH_AXE, _CONTRAST)]
    return found + visited.complaints


def _at(page: Any, *checks: str) -> list[str]:
    width = page.viewport_size["width"]
    found: list[str] = page.evaluate(_ASK, list(checks))
    return [f"at {width} px: {each}" for each in found]
