"""What admins find, by what they type, among rows of which there may be millions."""

from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext

from accounts.models import SecurityEvent, User
from accounts.models.event_kinds import Actor, Event, Outcome
from accounts.oauth_server.models import AccessToken
from accounts.site.admin_search import MOST_COUNTED, NEWEST, PER_PAGE
from tests.accounts.oauth_server.app import App
from tests.accounts.oauth_server.conftest import app
from tests.accounts.second_factors.authenticators import confirmed
from tests.conftest import PASSWORD

__all__ = ["app"]

EVENTS = "accounts/securityevent"


@pytest.fixture
def browser(db: None) -> Browser:
    return confirmed(User.objects.create_superuser("carol@example.com", PASSWORD))


ROW: dict[str, Any] = {
    "kind": Event.SIGN_IN,
    "outcome": Outcome.FAILED,
    "actor": Actor.UNKNOWN,
}


def event(**columns: Any) -> SecurityEvent:
    return SecurityEvent.objects.create(**ROW | columns)


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


def test_a_link_leads_back_to_the_list_as_it_was_filtered(browser: Browser, alice: User) -> None:
    page = browser.get("/admin/accounts/user/", {"q": "alice@example.com"}).content.decode()
    link = f"/admin/accounts/user/{alice.pk}/change/"
    assert f'href="{link}?_changelist_filters=q%3Dalice%2540example.com"' in page
    assert f'href="{link}"' in browser.get("/admin/accounts/user/").content.decode()


def test_people_are_found_by_address_name_and_subject(browser: Browser, alice: User) -> None:
    alice.name = "Alice Müller"
    alice.save()
    for words in (alice.email, alice.sub, "lice@exam", "Müller", "alice müller", "Müller Alice"):
        assert found(browser, words, "accounts/user") == [alice], words


def test_people_are_found_in_whatever_order_and_by_what_a_query_would_be(
    browser: Browser, alice: User
) -> None:
    alice.name, alice.email = "Alice O'Neil-Müller", "alice.o.neil@example.com"
    alice.save()
    for words in ("O'Neil", "alice müll", "Neil", "alice.o", "alice.o.neil@ex", "neil-m"):
        assert found(browser, words, "accounts/user") == [alice], words
    for words in ("alice & bob", "\\", "a:*|b:*", "<->", "%", "_"):
        assert alice not in found(browser, words, "accounts/user"), words


def test_no_address_sorts_or_pages_a_list_by_what_no_index_knows(
    browser: Browser, alice: User, app: App
) -> None:
    app.tokens_for(alice)
    for column in range(1, 6):
        page = browser.get(f"/admin/oauth_server/accesstoken/?o={column}")
        assert set(page.context["cl"].queryset.query.order_by) == {"-pk"}
    User.objects.bulk_create(
        User(email=f"number{each:03}@example.com", password="!") for each in range(PER_PAGE)
    )
    second = browser.get("/admin/accounts/user/?p=2").context["cl"].result_list
    everybody = User.objects.order_by("email")
    assert list(second) == list(everybody[PER_PAGE:])


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


def test_a_client_is_found_by_its_name_its_id_and_a_part_of_its_redirect_uri(
    browser: Browser, app: App
) -> None:
    client = app.client
    uri = client.redirect_uris.partition("//")[2]
    for words in (client.client_id, client.name, client.name[1:4], f"{client.name[:3]} {uri[:5]}"):
        assert found(browser, words, "oauth_server/client") == [client], words
    assert found(browser, "nothing of the kind", "oauth_server/client") == []


def test_a_search_by_more_words_and_among_more_rows_asks_no_more(
    browser: Browser, alice: User, app: App
) -> None:
    """A list of keys that stands twice in a statement took PostgreSQL a second."""
    for _ in range(3):
        event(user=alice)
    typed = {"q": f"{alice.email[:4]} {Event.SIGN_IN}"}
    with CaptureQueriesContext(connection) as few:
        assert len(found(browser, typed["q"])) == 3
    SecurityEvent.objects.bulk_create([SecurityEvent(**ROW, user=alice) for _ in range(200)])
    with CaptureQueriesContext(connection) as many:
        shown = browser.get(f"/admin/{EVENTS}/", typed).context["cl"]
    assert shown.result_count == 203
    assert len(many) <= len(few) <= (30 if connection.vendor == "postgresql" else 45)
