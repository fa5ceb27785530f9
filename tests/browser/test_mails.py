"""Mails as they are read: in a browser, which shows HTML as the stricter programs for mail do."""

import contextlib
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.utils import translation

from accounts.mail import letter
from tests.browser.checks import STANDARDS, axe, violations
from tests.chromium import console_of

pytestmark = pytest.mark.one_database

LANGUAGES = [code for code, _ in settings.LANGUAGES]
# Without best practice: a mail is shown inside of a page that has landmarks already.
WCAG = [each for each in STANDARDS if each.startswith("wcag")]
WIDTHS = (360, 600)
FACTS = [letter.Fact("Device", "Firefox on Windows"), letter.Fact("IP address", "192.0.2.7")]
NOTICE = {
    "subject": "Photo Album was granted access to your account at Latchkey",
    "happened": "Photo Album now has access to your account.",
    "advice": "If this was you, you do not need to do anything.",
}
LETTERS = {
    "account/email/login_code": {"code": "XWFC-VBQM", "minutes": 3},
    "account/email/unknown_account": {},
    "mail/notice": NOTICE,
}


@contextlib.contextmanager
def shown(browser: Any, prefix: str, language: str) -> Iterator[Any]:
    with translation.override(language):
        message = letter.write(
            prefix, "a@example.com", language, LETTERS[prefix] | {"facts": FACTS}
        )
    page = browser.new_page()
    with contextlib.closing(page), console_of(page) as complaints:
        page.set_content(str(message.alternatives[0][0]))
        yield page
    assert complaints == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("prefix", LETTERS)
def test_a_mail_is_for_everybody_in_light_and_dark(
    browser: Any, prefix: str, language: str
) -> None:
    with shown(browser, prefix, language) as page:
        page.evaluate(axe())
        assert violations(page, WCAG) == []


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("prefix", LETTERS)
def test_a_mail_fits_loads_nothing_and_leads_nowhere(browser: Any, prefix: str, width: int) -> None:
    """What a mail loads tells that it was read; a link in it is one that people learn to follow."""
    with shown(browser, prefix, "de") as page:
        page.set_viewport_size({"width": width, "height": 700})
        wide = page.evaluate("document.documentElement.scrollWidth")
        leads = page.locator("a, img, link, script, iframe, form, [src], [background]").count()
        assert (wide <= width, leads) == (True, 0)
