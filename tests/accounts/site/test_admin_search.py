"""What admins find, by what they type, among rows of which there may be millions."""

from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.test import Client as Browser

from accounts.models import SecurityEvent, User
from accounts.models.event_kinds import Actor, Event, Outcome
from accounts.oauth_server.models import AccessToken
from accounts.site.admin_search import MOST_COUNTED, NEWEST
from tests.accounts.oauth_server.app import App
from tests.accounts.oauth_server.conftest import app
from tests.accounts.second_factors.authenticators import confirmed
from tests.conftest import PASSWORD

__all__ = ["app"]

EVENTS = "accounts/securityevent"


@pytest.fixture
def browser(db: None) -> Browser:
    return confirmed(User.objects.create_superuser("carol@example.com", PASSWORD))


def event(**columns: Any) -> SecurityEvent:
    told = {"kind": Event.SIGN_IN, "outcome": Outcome.FAILED, "actor": Actor.UNKNOWN} | columns
    return SecurityEvent.objects.create(**told)


def found(browser: Browser, typed: str, page: str = EVENTS, **further: str) -> list[Any]:
    response = browser.get(f"/admin/{page}/", {"q": typed} | further)
    assert response.status_code == 200
    return list(response.context["cl"].result_list)


def test_an_event_is_found_by_what_it_says(browser: Browser, alice: User, app: App) -> None:
    made = event(
        user=alice,
        client=app.client,
        client_public_id=app.client.client_id,
        request_id="0b5c2f6e-1111-4222-8333-444455556666",
        address="192.0.2.77",
        kind=Event.APP_REMOVED,
        details={"provider": "example-id"},
    )
    event(address="192.0.2.78")
    EmailAddress.objects.create(user=alice, email="alice@second.example", verified=True)
    typed = (
        *(made.request_id, made.address, str(made.kind), alice.sub, "ALICE@example.com"),
        *("alice@second.example", "second.exam", app.client.client_id, app.client.name),
        *(app.client.name[:4].upper(), "example-id", f"{alice.email} {made.address}"),
    )
    for words in typed:
        assert made in found(browser, words), words
    assert made not in found(browser, "192.0.2.78")
    assert found(browser, f"{alice.email} 192.0.2.78") == []
    assert found(browser, "nothing of the kind") == []


def test_an_event_of_somebody_who_is_gone_is_found_by_their_subject(browser: Browser) -> None:
    made = event(sub="a" * 32, client_public_id="of-an-app-that-is-gone")
    assert found(browser, "a" * 32) == [made]
    assert found(browser, "of-an-app-that-is-gone") == [made]


def test_people_are_found_by_address_name_and_subject(browser: Browser, alice: User) -> None:
    alice.name = "Alice Müller"
    alice.save()
    for words in (alice.email, alice.sub, "lice@exam", "Müller", "alice müller", "Müller Alice"):
        assert found(browser, words, "accounts/user") == [alice], words


def test_tokens_are_found_by_whose_they_are(browser: Browser, alice: User, app: App) -> None:
    app.tokens_for(alice)
    token = AccessToken.objects.get()
    for words in (alice.email, alice.sub, app.client.name, app.client.client_id):
        assert found(browser, words, "oauth_server/accesstoken") == [token], words
    assert found(browser, "bob@example.com", "oauth_server/accesstoken") == []


def test_a_text_is_looked_for_in_the_newest_events_and_among_older_ones_by_a_filter(
    browser: Browser,
) -> None:
    old = event(details={"provider": "example-id"}, kind=Event.APP_REMOVED)
    newer = SecurityEvent(kind=Event.SIGN_IN, outcome=Outcome.FAILED, actor=Actor.UNKNOWN)
    SecurityEvent.objects.bulk_create([newer] * NEWEST)
    assert found(browser, "example-id") == []
    assert found(browser, "example-id", kind=str(old.kind)) == [old]
    page = browser.get(f"/admin/{EVENTS}/")
    assert page.context["cl"].result_count == MOST_COUNTED
    assert "The first 10,000. Search or filter to see others." in page.content.decode()
