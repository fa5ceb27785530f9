"""What a page asks of the database: no more than it shows. The frame is one statement."""

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext

from accounts.models import User

pytestmark = pytest.mark.django_db

# Third parties that admins have added are asked for anew on each page that names them.
FOR_ANYBODY = {
    "/accounts/login/": 1,
    "/accounts/signup/": 1,
    "/accounts/password/reset/": 0,
}
OF_ALICE = {
    "/account/": 14,
    "/account/profile/": 3,
    "/account/methods/": 8,
    "/account/sessions/": 4,
    "/account/apps/": 4,  # what she may open, and what has access
    "/account/tokens/": 2,
    "/account/activity/": 5,
    "/accounts/email/": 6,
}


def asked(browser: Browser, path: str) -> list[str]:
    """The statements of a page that was opened before."""
    assert browser.get(path).status_code == 200
    with CaptureQueriesContext(
        connection,
    ) as statements:
        browser.get(path)
    return [each["sql"] for each in statements]


@pytest.mark.parametrize("path", FOR_ANYBODY)
def test_a_page_of_the_entrance_asks_for_third_parties_alone(client: Browser, path: str) -> None:
    assert len(asked(client, path)) <= FOR_ANYBODY[path]


@pytest.mark.parametrize("path", OF_ALICE)
def test_a_page_of_the_account_asks_for_what_it_shows(alices_browser: Browser, path: str) -> None:
    statements = asked(alices_browser, path)
    assert len(statements) <= OF_ALICE[path], "\n".join(statements)


def test_the_session_brings_its_person_along(alices_browser: Browser, alice: User) -> None:
    about_people = [
        sql for sql in asked(alices_browser, "/account/tokens/") if "accounts_user" in sql
    ]
    assert len(about_people) == 1
    assert "accounts_session" in about_people[0]


def test_whoever_is_deactivated_is_signed_out_with_the_next_page(
    alices_browser: Browser, alice: User
) -> None:
    assert alices_browser.get("/account/").status_code == 200
    User.objects.filter(pk=alice.pk).update(is_active=False)
    assert alices_browser.get("/account/").status_code == 302


def test_whoever_has_another_password_is_signed_out_with_the_next_page(
    alices_browser: Browser, alice: User
) -> None:
    User.objects.filter(pk=alice.pk).update(password="!another")
    assert alices_browser.get("/account/").status_code == 302
