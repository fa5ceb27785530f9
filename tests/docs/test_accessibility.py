"""docs/accessibility.md: its results are of the states that there are, its words of the tests."""

import re

from tests.browser import publish, test_pages
from tests.browser.admin import states as admin
from tests.browser.catalogue import STATES
from tests.browser.checks import SCHEMES, WIDTHS, ZOOMED
from tests.documents import Document

DOCUMENT = Document("docs/accessibility.md")
AGAIN = "run `make accessibility`, for some states with ARGS=\"-k 'part of the name'\""


def checks_of_a_state() -> list[str]:
    names = [name for name in vars(test_pages.TestInChromium) if name.startswith("test_")]
    return [*(name.removeprefix("test_").replace("_", " ") for name in names), publish._ADMIN]


def results() -> list[list[str]]:
    return DOCUMENT.rows("What was found")


def test_there_is_a_result_for_each_state() -> None:
    told = {row[0] for row in results()}
    assert told == {state.name for state in (*STATES, *admin.STATES)}, AGAIN


def test_there_is_a_column_for_each_test() -> None:
    (head,) = re.findall(r"^\| state \| (.*) \| on \|$", DOCUMENT.text, re.MULTILINE)
    assert sorted(head.split(" | ")) == sorted(checks_of_a_state()), AGAIN
    assert sorted(row[0] for row in DOCUMENT.rows("What was tested")) == sorted(head.split(" | "))


def test_a_state_is_asked_what_can_be_asked_of_it() -> None:
    asked = {row[0]: row[1:-1].count("yes") for row in results()}
    for state in STATES:
        assert asked[state.name] == (3 if state.is_translated else 2), f"{state}: {AGAIN}"


def test_the_widths_and_schemes_are_those_of_the_tests() -> None:
    told = DOCUMENT.section("What was tested")
    widths = re.findall(r"\b(\d{3,4})\b(?! %)", told)
    assert {int(width) for width in widths} == {*WIDTHS, *ZOOMED}
    assert f"in {' and '.join(SCHEMES)}" in told
