"""A message in the browser's console fails a test, whatever it says."""

import contextlib
from typing import Any

import pytest

from tests.chromium import console_of

pytestmark = pytest.mark.one_database

BODY = "<!doctype html><link rel=icon href=data:,><title>A page</title>"


def said(browser: Any, body: str = "", status: int = 200, **headers: str) -> list[str]:
    """Return what the console holds after such an answer."""
    page = browser.new_page()
    answer = {"status": status, "content_type": "text/html", "body": BODY + body}
    page.route("http://localhost/", lambda route: route.fulfill(**answer, headers=headers))
    page.route("http://localhost/missing.png", lambda route: route.fulfill(status=404))
    with contextlib.closing(page), console_of(page) as heard:
        page.goto("http://localhost/")
        page.evaluate("0")
    return heard


@pytest.mark.parametrize(
    ("body", "what"),
    [
        ("<script>console.log('left over')</script>", "log: left over"),
        ("<script>console.info('left over')</script>", "info: left over"),
        ("<script>console.warn('left over')</script>", "warning: left over"),
        ("<script>throw new Error('a fault')</script>", "a fault"),
        ("<img src=/missing.png alt=''>", "404"),
    ],
)
def test_whatever_a_page_says_there_is_heard(browser: Any, body: str, what: str) -> None:
    (heard,) = said(browser, body)
    assert what in heard


def test_a_policy_that_the_browser_does_not_know_is_heard(browser: Any) -> None:
    (heard,) = said(browser, **{"Permissions-Policy": "bluetooth=(), camera=()"})
    assert "Unrecognized feature: 'bluetooth'" in heard


@pytest.mark.parametrize("status", [200, 404, 500])
def test_a_page_of_an_error_may_be_one(browser: Any, status: int) -> None:
    assert said(browser, status=status) == []
