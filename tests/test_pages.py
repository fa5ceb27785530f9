"""Every page, opened once by who may see it, on each database."""

import copy
from collections.abc import Iterator
from typing import Any

from django.conf import settings as configured
from django.db import connection, transaction
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext

from tests.browser.cast import Cast, assemble
from tests.browser.catalogue import STATES
from tests.browser.stage import open_every_page
from tests.browser.state import State

MOST_QUERIES = 25
FOUND = 302


def opened(cast: Cast) -> Iterator[tuple[State, int, int]]:
    """Yield each state that is come to by its address alone, with the status that is answered and
    the number of queries. The cast is put back after each.
    """
    for state in STATES:
        if not state.page or state.then:
            continue
        with transaction.atomic():
            at, browser = state.address(copy.deepcopy(cast)), Browser()
            if cookie := state.session(cast):
                browser.cookies[configured.SESSION_COOKIE_NAME] = cookie["value"]
            with CaptureQueriesContext(connection) as asked:
                status = browser.get(at).status_code
            if status == FOUND:
                status = browser.get(at, follow=True).status_code
            transaction.set_rollback(True)
        yield state, status, len(asked)


# In one, as to make the cast takes longer than all pages of it.
def test_every_page_opens_and_asks_little_of_the_database(db: None, settings: Any) -> None:
    open_every_page(settings)
    found = list(opened(assemble()))
    assert len(found) > 50
    assert [(state, status) for state, status, _ in found if status != state.status] == []
    assert [(state, asked) for state, _, asked in found if asked > MOST_QUERIES] == []
