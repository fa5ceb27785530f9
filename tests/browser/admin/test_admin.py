"""Admin's pages in Chromium: one test looks at the states of a section."""

from typing import Any

import pytest
from playwright.sync_api import Error

from tests.browser.admin.held_to import PHONE, findings
from tests.browser.admin.states import SECTIONS, STATES
from tests.browser.checks import findings_in_language
from tests.browser.stage import Stage
from tests.browser.visit import Windows, visit

# Pages are the same on every database, and the stage is a file of SQLite.
pytestmark = pytest.mark.one_database

MOST_USED = {
    *("admin: start", "admin: register, what is it", "admin: register, web", "admin: connect"),
    *("admin: Client, list", "admin: Client, change", "admin: User, change", "admin: provider, on"),
    *("admin: SecurityEvent, list", "admin: person, deactivate"),
}


@pytest.mark.parametrize("section", SECTIONS)
def test_admins_can_use_every_page(
    windows: Windows, db: None, stage: Stage, record_property: Any, section: str
) -> None:
    found: list[str] = []
    for state in SECTIONS[section]:
        before = len(found)
        try:
            with visit(windows, stage.cast(), state, width=PHONE) as visited:
                found += [f"{state}: {each}" for each in findings(visited)]
        except Error as error:  # what the state wants pressed is not there
            found.append(f"{state}: {error}")
        record_property(state.name, len(found) == before)  # for publish.py
    if found:
        pytest.fail("\n".join(found), pytrace=False)


@pytest.mark.parametrize("language", ["de", "ar"])
def test_the_most_used_pages_have_room_for_other_languages(
    windows: Windows, db: None, stage: Stage, language: str
) -> None:
    found = []
    for state in [each for each in STATES if each.name in MOST_USED]:
        with visit(windows, stage.cast(), state, width=PHONE, locale=language) as visited:
            found += [f"{state}: {each}" for each in findings_in_language(visited, language)]
    assert "\n".join(found) == ""
