"""A mistake in who may sign up shows at start."""

from typing import Any

import pytest

from accounts.checks.sign_up import check_sign_up


@pytest.mark.parametrize(
    ("mode", "domains", "expected"),
    [
        ("open", [], []),
        ("domains", ["example.org", "*.example.org", "müller.example"], []),
        ("domains", [], ["accounts.E033"]),
        ("domains", ["example.org", "alice@example.org"], ["accounts.E032"]),
    ],
)
def test_domains_are_domains_and_there_where_they_are_asked_for(
    settings: Any, mode: str, domains: list[str], expected: list[str]
) -> None:
    settings.SIGN_UP, settings.SIGN_UP_DOMAINS = mode, domains
    assert [found.id for found in check_sign_up()] == expected


def test_people_who_may_invite_invite_to_something(settings: Any) -> None:
    settings.SIGN_UP, settings.INVITATIONS = "closed", "people"
    assert [found.id for found in check_sign_up()] == ["accounts.W032"]
