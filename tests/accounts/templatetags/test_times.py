"""When something happened, as a page says it before any script: in UTC, and in words."""

from datetime import UTC, datetime

import pytest
from django.test import Client as Browser

from accounts.models import SecurityEvent, User
from accounts.models.event_kinds import Event

AT = datetime(2026, 3, 1, 23, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "1 March 2026, 23:05 UTC"),
        ("de", "1. März 2026 23:05 UTC"),
        ("ar", "1 مارس 2026، 23:05 UTC"),
    ],
)
def test_a_time_is_in_utc_and_says_so_until_a_script_knows_where_the_reader_is(
    alices_browser: Browser, alice: User, language: str, said: str
) -> None:
    SecurityEvent.objects.create(user=alice, kind=Event.SIGN_OUT, at=AT)
    page = alices_browser.get("/account/activity/", headers={"Accept-Language": language})

    time = f'<time datetime="2026-03-01T23:05:00+00:00" data-moment="ago">{said}</time>'
    assert time in page.content.decode()
    assert "js/times" in page.content.decode()
