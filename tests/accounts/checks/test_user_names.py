"""A mistake in the rule for user names shows at start."""

from typing import Any

import pytest

from accounts.checks.user_names import check_user_names


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        (None, []),
        (r"[a-z]+(\.[a-z0-9]+)*", []),
        (r"[a-z", ["accounts.E034"]),
        (r"([a-z]+)+", ["accounts.E035"]),
        (r"([a-z0-9]|[a-z]-?)*", ["accounts.E035"]),
        (r"[A-Z]{2}[0-9]{4}", ["accounts.W033"]),
    ],
)
def test_a_pattern_is_one_is_quick_and_takes_what_is_proposed(
    settings: Any, pattern: str | None, expected: list[str]
) -> None:
    settings.USER_NAME_PATTERN = pattern or settings.USER_NAME_PATTERN
    assert [found.id for found in check_user_names()] == expected
