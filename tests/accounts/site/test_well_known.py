"""What is looked for below /.well-known/."""

import re
from datetime import datetime
from typing import Any

import pytest
from django.test import Client as Browser
from django.utils import timezone

from accounts.models import User
from tests.accounts.second_factors.authenticators import confirmed

SECURITY_TXT = "/.well-known/security.txt"


def test_a_password_manager_finds_where_the_password_is_changed(alice: User) -> None:
    response = confirmed(alice).get("/.well-known/change-password", follow=True)
    assert response.status_code == 200
    assert response.request["PATH_INFO"] == "/accounts/password/change/"


def test_a_stranger_who_wants_to_change_a_password_signs_in_first(db: None) -> None:
    response = Browser().get("/.well-known/change-password", follow=True)
    assert response.redirect_chain[-1][0] == "/accounts/login/?next=/accounts/password/change/"


def test_what_is_not_there_is_not_found(db: None) -> None:
    """By this, a password manager finds out whether the other answers mean anything."""
    path = "/.well-known/resource-that-should-not-exist-whose-status-code-should-not-be-200"
    assert Browser().get(path).status_code == 404


def test_passkeys_are_added_and_managed_at_pages_that_exist(alice: User) -> None:
    told = Browser().get("/.well-known/passkey-endpoints").json()
    assert told.keys() == {"enroll", "manage"}
    for address in told.values():
        assert confirmed(alice).get(address).status_code == 200


@pytest.mark.parametrize(
    ("contact", "support", "said"),
    [
        ("security@site.example", "help@site.example", "mailto:security@site.example"),
        ("https://site.example/report", "", "https://site.example/report"),
        ("", "help@site.example", "mailto:help@site.example"),
    ],
)
def test_a_finder_of_a_hole_learns_whom_to_tell(
    db: None, settings: Any, contact: str, support: str, said: str
) -> None:
    settings.SECURITY_CONTACT, settings.SUPPORT_ADDRESS = contact, support

    response = Browser().get(SECURITY_TXT)

    assert response["Content-Type"] == "text/plain; charset=utf-8"
    lines = dict(line.split(": ", 1) for line in response.content.decode().splitlines())
    assert lines["Contact"] == said
    assert lines["Canonical"] == settings.SITE_URL + SECURITY_TXT
    assert re.fullmatch(r"en(, [a-z]+)*", lines["Preferred-Languages"])
    expires = datetime.fromisoformat(lines["Expires"])
    assert 80 < (expires - timezone.now()).days < 365


def test_without_anybody_to_tell_there_is_no_such_file(db: None, settings: Any) -> None:
    settings.SECURITY_CONTACT = settings.SUPPORT_ADDRESS = ""
    assert Browser().get(SECURITY_TXT).status_code == 404
