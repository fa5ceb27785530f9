"""A real browser for tests: Debian's Chromium, driven by Playwright."""

import contextlib
import os
import shutil
from collections.abc import Iterator
from typing import Any

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


def chromium() -> str:
    """Return where Chromium is. A machine without it fails the test: a skip would hide it."""
    names = ("chromium", "chromium-browser", "google-chrome")
    found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, names)), None)
    if not found:
        pytest.fail("Chromium is missing: `make test` installs it, or set CHROMIUM to its path.")
    return found


@contextlib.contextmanager
def started() -> Iterator[Any]:
    """Run a headless Chromium (playwright.sync_api.Browser)."""
    from playwright.sync_api import sync_playwright

    # Playwright's loop stays in this thread, and Django takes every query in it for one of a
    # coroutine. Nothing here is one.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=_ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """A headless Chromium, started once."""
    # Playwright's event loop stays in this thread, so Django takes every test that comes after
    # for an asynchronous caller and refuses it the database.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    with started() as running:
        yield running
