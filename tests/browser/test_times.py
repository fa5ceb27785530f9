"""Times on pages, as a browser somewhere turns them: static/js/times.js."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.oauth_server.models import PersonalToken
from tests.browser.cast import Cast
from tests.browser.catalogue import ALICE
from tests.browser.state import State
from tests.browser.visit import Windows, visit

pytestmark = pytest.mark.one_database

TOKENS = State("tokens", "account_tokens", ALICE)
IN_KOLKATA = {"timezone_id": "Asia/Kolkata"}


def created(page: Any) -> tuple[str, str]:
    """Return what the page says of when a token was created, and what it says on hover."""
    time = page.locator("time[data-moment=ago]").first
    return time.text_content(), time.get_attribute("title")


@pytest.mark.parametrize(
    ("ago", "locale", "said"),
    [
        (timedelta(seconds=10), "en", "now"),
        (timedelta(minutes=2, seconds=5), "en", "2 minutes ago"),
        (timedelta(hours=3, minutes=5), "de", "vor 3 Stunden"),
        (timedelta(hours=24, minutes=5), "en", "yesterday"),
        (timedelta(days=5), "ar", "قبل 5 أيام"),
    ],
)
def test_what_is_less_than_a_week_ago_is_so_long_ago_with_the_local_time_on_hover(
    windows: Windows, cast: Cast, ago: timedelta, locale: str, said: str
) -> None:
    PersonalToken.objects.update(created=timezone.now() - ago)
    with visit(windows, cast, TOKENS, locale=locale, **IN_KOLKATA) as visited:
        text, title = created(visited.page)
    assert text == said
    assert "5:30" in title


@pytest.mark.parametrize(("locale", "said"), [("en", "3 May 2020"), ("en-US", "May 3, 2020")])
def test_what_is_longer_ago_has_the_date_as_people_there_write_it(
    windows: Windows, cast: Cast, locale: str, said: str
) -> None:
    PersonalToken.objects.update(created=datetime(2020, 5, 2, 20, 0, tzinfo=UTC))
    with visit(windows, cast, TOKENS, locale=locale, **IN_KOLKATA) as visited:
        text, title = created(visited.page)
    assert text == said
    assert "2020" in title
    assert "30" in title  # half past one there


def test_what_is_to_come_is_said_in_full(windows: Windows, cast: Cast) -> None:
    expires = timezone.now().replace(hour=12, minute=0) + timedelta(days=3)
    PersonalToken.objects.update(expires=expires)
    with visit(windows, cast, TOKENS, locale="en", **IN_KOLKATA) as visited:
        assert "17:30" in visited.page.locator("time[data-moment=full]").first.text_content()


def test_without_scripts_a_time_says_that_it_is_in_utc(windows: Windows, cast: Cast) -> None:
    without = IN_KOLKATA | {"java_script_enabled": False}
    with visit(windows, cast, TOKENS, locale="en", **without) as visited:
        text, title = created(visited.page)
    assert text.endswith(" UTC")
    assert title is None
