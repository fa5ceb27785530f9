"""Every state of every page, in Chromium: for everybody, by keyboard, at every size, without
scripts, light.
"""

from typing import Any

import pytest
from django.conf import settings
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext

from tests.pages.cast import Cast
from tests.pages.catalogue import STATES
from tests.pages.checks import WIDTHS, all_findings, findings_in_language
from tests.pages.state import State
from tests.pages.visit import Windows, visit

MOST_QUERIES = 25
TRANSLATIONS = [code for code, _ in settings.LANGUAGES if code != settings.LANGUAGE_CODE]

# Pages are the same on every database, and the stage is a file of SQLite.
pytestmark = pytest.mark.one_database


def each(states: list[State]) -> Any:
    return pytest.mark.parametrize("state", states, ids=str)


class TestInChromium:
    @each(STATES)
    def test_everybody_can_use_every_page(self, windows: Windows, cast: Cast, state: State) -> None:
        with visit(windows, cast, state) as visited:
            assert "\n".join(all_findings(visited)) == ""

    @each(STATES)
    def test_every_page_works_without_scripts(
        self, windows: Windows, cast: Cast, state: State
    ) -> None:
        without = {"java_script_enabled": False}
        with visit(windows, cast, state, **without) as visited:
            assert visited.arrived() == []
            assert visited.page.locator("h1").is_visible()
            dead = visited.page.locator("button[type=button]:visible")
            assert dead.all_text_contents() == []

    @pytest.mark.parametrize("language", TRANSLATIONS)
    @each([state for state in STATES if not state.drawn and not state.page.startswith("admin:")])
    def test_every_page_has_room_for_every_language(
        self, windows: Windows, cast: Cast, state: State, language: str
    ) -> None:
        with visit(windows, cast, state, width=WIDTHS[0], locale=language) as visited:
            assert "\n".join(findings_in_language(visited, language)) == ""


@each([state for state in STATES if state.page and not state.then])
def test_no_page_asks_much_of_the_database(cast: Cast, state: State) -> None:
    from django.db import connection

    at, client = state.address(cast), Browser()
    if cookie := state.session(cast):
        client.cookies[settings.SESSION_COOKIE_NAME] = cookie["value"]
    with CaptureQueriesContext(connection) as asked:
        client.get(at)
    assert len(asked) <= MOST_QUERIES
