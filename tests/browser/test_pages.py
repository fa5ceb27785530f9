"""Every state of every page, in Chromium: for everybody, by keyboard, at every size, without
scripts, light.
"""

from typing import Any

import pytest

from tests.browser.cast import Cast
from tests.browser.catalogue import STATES
from tests.browser.checks import (
    WIDTHS,
    all_findings,
    findings_in_language,
    findings_without_scripts,
)
from tests.browser.state import State
from tests.browser.visit import Windows, visit

# Pages are the same on every database, and the stage is a file of SQLite.
pytestmark = pytest.mark.one_database


def each(states: list[State]) -> Any:
    return pytest.mark.parametrize("state", states, ids=str)


class TestInChromium:
    @each(STATES)
    def test_everybody_can_use_every_page(self, windows: Windows, cast: Cast, state: State) -> None:
        with visit(windows, cast, state) as visited:
            assert "\n".join(all_findings(visited)) == ""

    @each([state for state in STATES if state.is_translated])
    def test_every_page_has_room_for_long_words(
        self, windows: Windows, cast: Cast, state: State
    ) -> None:
        with visit(windows, cast, state, width=WIDTHS[0], locale="de") as visited:
            assert "\n".join(findings_in_language(visited, "de")) == ""

    @each(STATES)
    def test_every_page_works_without_scripts_and_from_right_to_left(
        self, windows: Windows, cast: Cast, state: State
    ) -> None:
        """Both in one window, as to come to a page takes longer than to look at it."""
        without = {"java_script_enabled": False, "locale": "ar"}
        with visit(windows, cast, state, width=WIDTHS[0], **without) as visited:
            found = findings_without_scripts(visited)
            if state.is_translated:
                found += findings_in_language(visited, "ar")
            assert "\n".join(found) == ""
