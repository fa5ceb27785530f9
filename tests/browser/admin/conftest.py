"""The stage for tests of admin's pages: with the cast of admin."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.browser.admin.cast import assemble
from tests.browser.stage import Stage, set_up


@pytest.fixture(scope="module")
def stage(django_db_setup: None, django_db_blocker: Any) -> Iterator[Stage]:
    with django_db_blocker.unblock(), set_up(assemble) as stage:
        yield stage
