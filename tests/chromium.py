"""Real browsers for tests: Debian's Chromium, driven by Playwright."""

import contextlib
import os
import shutil
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

_ARGUMENTS = [
    "--no-sandbox",  # Chromium's own sandbox refuses to run as root, as in containers
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
# The first is Chromium without what is around a page. A page and a passkey are the same in it, for
# half of the work.
_NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")


def chromium() -> str:
    """Return where Chromium is, under the first of its names that the machine knows. One without it
    fails the test: a skip would hide it.
    """
    found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, _NAMES)), None)
    if not found:
        pytest.fail("Chromium is missing: `make check` installs it, or set CHROMIUM to its path.")
    return found


@contextlib.contextmanager
def _playwright() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    # Playwright's loop stays in this thread, and Django takes every query in it for one of a
    # coroutine. Nothing here is one.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

    with sync_playwright() as playwright:
        yield playwright


@contextlib.contextmanager
def _launched(playwright: Any) -> Iterator[Any]:
    """Run a headless Chromium (playwright.sync_api.Browser)."""
    browser = playwright.chromium.launch(executable_path=chromium(), args=_ARGUMENTS)
    with contextlib.closing(browser):
        yield browser


@contextlib.contextmanager
def started() -> Iterator[Any]:
    """Run what shows pages, outside of tests."""
    with _playwright() as playwright, _launched(playwright) as browser:
        yield browser


@contextlib.contextmanager
def console_of(page: Any) -> Iterator[list[str]]:
    """Gather all that `page` (playwright.sync_api.Page) and the browser say in its console."""
    said: list[str] = []

    def hear(message: Any) -> None:
        if not _tells_own_status(page, message):
            said.append(f"{message.type}: {message.text}")

    hears = {"console": hear, "pageerror": lambda error: said.append(str(error))}
    for event, heard in hears.items():
        page.on(event, heard)
    try:
        yield said
    finally:
        for event, heard in hears.items():
            page.remove_listener(event, heard)


def _tells_own_status(page: Any, message: Any) -> bool:
    """Whether the browser merely says that the page shown is one of an error (400 and above)."""
    about = urlsplit(message.location["url"]).path
    is_status = message.text.startswith("Failed to load resource: the server responded with")
    return is_status and about == urlsplit(page.url).path


@pytest.fixture(scope="session")
def playwright() -> Iterator[Any]:
    """Playwright, which is there once at a time."""
    with _playwright() as running:
        yield running


@pytest.fixture(scope="session")
def browser(playwright: Any) -> Iterator[Any]:
    """A headless Chromium, started once."""
    with _launched(playwright) as running:
        yield running
