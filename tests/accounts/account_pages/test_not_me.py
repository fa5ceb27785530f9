"""“Not me”: every event of a person's own leads to what it means and what to do about it."""

import pytest
from django.test import Client as Browser

from accounts.models import SecurityEvent, User
from accounts.models.event_kinds import Event, Outcome
from accounts.oauth_server.models import Authorization, Client
from tests.accounts.security_events.events import happens

pytestmark = pytest.mark.django_db


def page_of(browser: Browser, event: SecurityEvent) -> str:
    response = browser.get(f"/account/activity/{event.pk}/not-me/")
    assert response.status_code == 200
    return response.content.decode()


@pytest.mark.parametrize("outcome", list(Outcome))
def test_every_kind_of_event_has_a_page_that_helps(
    alices_browser: Browser, alice: User, outcome: Outcome
) -> None:
    for kind in Event:
        event = happens(kind, user=alice, outcome=outcome)
        page = page_of(alices_browser, event)
        assert "What it means" in page
        assert event.is_by_an_admin or "Change password" in page, kind


@pytest.mark.parametrize(
    ("kind", "outcome", "words"),
    [
        (Event.SIGN_IN, Outcome.FAILED, "nobody got into your account"),
        (Event.SIGN_IN, Outcome.SUCCEEDED, "Sign out all other devices"),
        (Event.EMAIL_ADDED, Outcome.SUCCEEDED, "Remove e-mail addresses that are not yours"),
        (Event.PERSONAL_TOKEN_MADE, Outcome.SUCCEEDED, "Review tokens"),
        (Event.CHANGED_BY_ADMIN, Outcome.SUCCEEDED, "contact the people who run this site"),
    ],
)
def test_what_helps_depends_on_what_happened(
    alices_browser: Browser, alice: User, kind: Event, outcome: Outcome, words: str
) -> None:
    assert words in page_of(alices_browser, happens(kind, user=alice, outcome=outcome))


def test_an_app_can_be_removed_from_there(
    alices_browser: Browser, alice: User, notes: Client
) -> None:
    authorization = Authorization.objects.record(
        alice, notes, frozenset({"openid"}), address="192.0.2.1"
    )
    page = page_of(alices_browser, happens(Event.CONSENT_GIVEN, user=alice, client=notes))
    assert f'action="/account/apps/{authorization.pk}/remove/"' in page


def test_events_of_others_are_not_there(alices_browser: Browser, bob: User) -> None:
    event = happens(Event.SIGN_IN, user=bob)
    assert alices_browser.get(f"/account/activity/{event.pk}/not-me/").status_code == 404


def test_the_list_goes_back_to_a_day(alices_browser: Browser, alice: User) -> None:
    happens(Event.PASSWORD_CHANGED, user=alice)
    for until, is_there in (("2001-01-01", False), ("9999-12-31", True), ("2030-02-30", True)):
        page = alices_browser.get(f"/account/activity/?until={until}").content.decode()
        assert ("You changed your password" in page) is is_there
