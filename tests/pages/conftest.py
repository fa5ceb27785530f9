"""The stage for tests of pages, one for each module."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.pages.cast import Cast
from tests.pages.stage import Stage, set_up


@pytest.fixture(scope="module")
def stage(django_db_setup: None, django_db_blocker: Any) -> Iterator[Stage]:
    with django_db_blocker.unblock(), set_up() as stage:
        yield stage


@pytest.fixture
def site_url(stage: Stage, settings: Any) -> str:
    """Where the site is and knows that it is: passkeys are offered at no other address."""
    settings.SITE_URL = stage.url
    settings.ALLOWED_HOSTS = ["localhost", "testserver"]
    return stage.url


@pytest.fixture
def db(stage: Stage) -> None:
    """The stage's, in place of pytest-django's: nothing is emptied after a test, as it is put back
    before the next.
    """


@pytest.fixture
def cast(db: None, stage: Stage) -> Cast:
    return stage.cast()
