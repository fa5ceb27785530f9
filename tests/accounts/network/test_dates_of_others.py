"""A date that somebody else wrote is read, or is none: it is never a fault of ours."""

import pytest
import requests

from accounts.doctor import clock
from accounts.third_parties import checking

WITHOUT_END = 30 * "9"


@pytest.mark.parametrize(
    "date",
    [
        "",
        "soon",
        f"Mon, 01 Jan 2030 00:00:00 +{WITHOUT_END}",
        f"Mon, 1 Jan {WITHOUT_END} 00:00:00 GMT",
        f"Mon, 01 Jan 2030 {WITHOUT_END}:0:0 GMT",
    ],
)
def test_a_date_that_cannot_be_is_none(date: str) -> None:
    assert list(clock.against(date)) == []
    response = requests.Response()
    response.headers["Date"] = date
    assert "no date" in str(checking._clock(response))
