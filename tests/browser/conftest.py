"""The stage for tests of pages, one for each module."""

import contextlib
from collections.abc import Iterator
from typing import Any

import pytest

from tests.browser.cast import Cast
from tests.browser.stage import Stage, open_every_page, set_up
from tests.browser.visit import Windows


@pytest.fixture(scope="module")
def stage(django_db_setup: None, django_db_blocker: Any) -> Iterator[Stage]:
    with django_db_blocker.unblock(), set_up() as stage:
        yield stage


@pytest.fixture(scope="module")
def _opened(stage: Stage, browser: Any) -> Iterator[Windows]:
    with contextlib.closing(Windows(browser, stage.url)) as windows:
        yield windows


@pytest.fixture
def windows(_opened: Windows, settings: Any) -> Windows:
    """Onto a site that knows where it is: passkeys are offered at no other address. It has every
    page there is."""
    open_every_page(settings)
    settings.SITE_URL = _opened.site_url
    settings.ALLOWED_HOSTS = ["localhost", "testserver"]
    return _opened


@pytest.fixture
def db(stage: Stage) -> None:
    """The stage's, in place of pytest-django's: nothing is emptied after a test, as it is put back
    before the next.
    """


@pytest.fixture
def cast(db: None, stage: Stage) -> Cast:
    return stage.cast()
