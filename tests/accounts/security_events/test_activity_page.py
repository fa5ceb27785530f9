"""The page "Activity": a person's own events, in words."""

import re
from typing import Any

import pytest
from django.test import Client as Browser

from accounts.models import SecurityEvent, User
from accounts.models.event_kinds import Actor, Event, Outcome
from accounts.security_events import search
from accounts.security_events.details import (
    Action,
    Address,
    AdminChange,
    Extent,
    Proof,
    TokensEnded,
)
from tests.accounts.oauth_server.app import App
from tests.accounts.security_events.events import happens

pytestmark = pytest.mark.django_db
PAGE = "/account/activity/"
RENAMED = AdminChange(Action.CHANGE, changes=({"changed": {"fields": ["Name"]}},))
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:130.0) Gecko/20100101 Firefox/130.0"


def shown(browser: Browser, query: str = "") -> str:
    response = browser.get(PAGE + query)
    assert response.status_code == 200
    return response.content.decode()


def test_a_person_reads_what_happened(alices_browser: Browser, app: App, alice: User) -> None:
    tokens = app.tokens_for(alice)
    app.refresh(tokens["refresh_token"])
    page = shown(alices_browser)
    for words in (
        "You gave Photo Album access to your account",
        "Photo Album renewed its access",
        "127.0.0.1",
    ):
        assert words in page
    assert page.index("renewed its access") < page.index(
        "You gave Photo Album access to your account"
    )


def test_the_device_is_named_in_words(alice: User, client: Browser) -> None:
    client.force_login(alice)
    client.get(PAGE)
    client.post("/accounts/logout/", headers={"User-Agent": FIREFOX})
    client.force_login(alice)
    assert "Firefox on Windows" in shown(client)


def test_another_persons_events_are_invisible(
    alices_browser: Browser, alice: User, bob: User, app: App
) -> None:
    app.tokens_for(bob)
    happens(Event.EMAIL_ADDED, user=bob, details=Address("bob@second.example"))
    happens(Event.SIGN_IN, outcome=Outcome.FAILED)
    page = shown(alices_browser)
    assert "Photo Album" not in page
    assert "bob@second.example" not in page
    assert "wrong password" not in page


def test_only_who_is_signed_in_may_look(client: Browser) -> None:
    response = client.get(PAGE)
    assert response.status_code == 302
    assert response["Location"].startswith("/accounts/login/")


def test_nobody_else_keeps_the_page(alices_browser: Browser) -> None:
    assert "no-store" in alices_browser.get(PAGE)["Cache-Control"]


@pytest.mark.every_case
@pytest.mark.parametrize(
    ("group", "words"),
    [
        ("sign-in", "You signed out"),
        ("apps", "You gave Photo Album access to your account"),
        ("account", "You changed your password"),
    ],
)
def test_it_can_be_narrowed(
    alices_browser: Browser, alice: User, app: App, group: str, words: str
) -> None:
    happens(Event.SIGN_OUT, user=alice)
    happens(Event.CONSENT_GIVEN, user=alice, client=app.client)
    happens(Event.PASSWORD_CHANGED, user=alice)
    everything = {
        "You signed out",
        "You gave Photo Album access to your account",
        "You changed your password",
    }
    page = shown(alices_browser, f"?group={group}")
    assert {sentence for sentence in everything if sentence in page} == {words}
    assert f'href="{PAGE}?group={group}" aria-current="page"' in page


@pytest.mark.parametrize("query", ["?group=<script>", "?group=x&page=-1", "?page=x", "?page=999"])
def test_a_made_up_address_does_no_harm(alices_browser: Browser, query: str) -> None:
    assert "<script>" not in shown(alices_browser, query)


def found(browser: Browser, words: str, **more: str) -> set[str]:
    """Which of what `much` records a search finds, by the addresses."""
    page = browser.get(PAGE, {"q": words, **more}).content.decode()
    return set(re.findall(r"<li>.*?(192\.0\.2\.\d+)</bdi>", page, re.DOTALL))


PHOTOS, SIGNED_IN, PASSWORD, ADDED = (f"192.0.2.{number}" for number in (1, 2, 3, 4))


@pytest.fixture
def much(alice: User, app: App, rf: Any) -> None:
    """Four events of Alice, each at an address of its own."""

    def at(address: str, kind: Event, agent: str = "", **more: Any) -> None:
        request = rf.get("/", REMOTE_ADDR=address, HTTP_USER_AGENT=agent)
        happens(kind, request=request, user=alice, **more)

    at(PHOTOS, Event.CONSENT_GIVEN, "Mozilla/5.0 (iPhone) Safari/604.1", client=app.client)
    at(SIGNED_IN, Event.SIGN_IN, FIREFOX, details=Proof(("webauthn",)))
    at(PASSWORD, Event.PASSWORD_CHANGED, FIREFOX)
    at(ADDED, Event.EMAIL_ADDED, "Chrome/129.0 (X11; Linux)", details=Address("zoë@example.com"))


@pytest.mark.parametrize(
    ("words", "there"),
    [
        ("photo", {PHOTOS}),  # an app
        ("FIREFOX", {SIGNED_IN, PASSWORD}),  # a device, in any case
        ("windows firefox", {SIGNED_IN, PASSWORD}),  # in any order
        ("firefox password", {PASSWORD}),  # all of the words
        ("passkey", {SIGNED_IN}),  # what happened, as it reads
        ("zoe", {ADDED}),  # without its accent
        ("192.0.2.3", {PASSWORD}),
        ("firefox photo", set()),
        ("webauthn", set()),  # what nobody reads
    ],
)
@pytest.mark.usefixtures("much")
def test_it_can_be_searched_by_what_one_reads(
    alices_browser: Browser, words: str, there: set[str]
) -> None:
    assert found(alices_browser, words) == there


@pytest.mark.usefixtures("much")
def test_a_search_is_in_the_readers_own_language(alices_browser: Browser) -> None:
    alices_browser.defaults["HTTP_ACCEPT_LANGUAGE"] = "de"
    assert found(alices_browser, "Passwort geändert") == {PASSWORD}
    assert found(alices_browser, "password") == set()


@pytest.mark.usefixtures("much")
def test_a_search_stays_as_one_goes_on(alices_browser: Browser, alice: User) -> None:
    assert found(alices_browser, "firefox", group="account") == {PASSWORD}
    for _ in range(60):
        happens(Event.PASSWORD_CHANGED, user=alice)
    page = alices_browser.get(PAGE, {"q": "changed your", "group": "account"}).content.decode()
    assert "61 events found" in page
    assert 'href="?group=account&amp;q=changed+your&amp;page=2"' in page
    assert f'href="{PAGE}?group=apps&amp;q=changed+your"' in page
    assert 'name="q" value="changed your"' in page
    second = shown(alices_browser, "?group=account&q=changed+your&page=2")
    assert second.count("<bdi>You changed your password") == 11


@pytest.mark.usefixtures("much")
def test_where_an_admin_sits_cannot_be_found_out(
    alices_browser: Browser, alice: User, rf: Any
) -> None:
    request = rf.get("/", REMOTE_ADDR="192.0.2.99", HTTP_USER_AGENT=FIREFOX)
    happens(Event.CHANGED_BY_ADMIN, request=request, user=alice, details=RENAMED)
    for words in ("192.0.2.99", "admin firefox"):
        assert "An admin of this site" not in shown(alices_browser, f"?q={words}")
    assert "An admin of this site" in shown(alices_browser, "?q=admin+name")


def test_a_search_of_others_finds_nothing_of_theirs(alices_browser: Browser, bob: User) -> None:
    happens(Event.EMAIL_ADDED, user=bob, details=Address("bob@second.example"))
    page = shown(alices_browser, "?q=second.example")
    assert "No events match <bdi>“second.example”</bdi>." in page
    assert f'href="{PAGE}">Show all activity' in page


def test_a_search_looks_at_so_many_and_says_so(alices_browser: Browser, alice: User) -> None:
    happens(Event.EMAIL_ADDED, user=alice, details=Address("first@example.com"))
    happens(Event.PASSWORD_CHANGED, user=alice)
    newest = SecurityEvent.objects.get(kind=Event.PASSWORD_CHANGED)
    newest.pk = None
    SecurityEvent.objects.bulk_create([newest] * (search.MOST - 1))
    page = shown(alices_browser, "?q=first")
    assert "The newest 10000 events were searched. To search older ones, choose a date" in page
    assert "first@example.com" not in page
    assert "were searched" not in shown(alices_browser)


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("?until=2030-02-30", "“On or before” must be a date, such as 2030-12-31."),
        (f"?q={'x' * 101}", "“Search” must be 100 characters or fewer. It has 101."),
    ],
)
def test_a_search_that_cannot_be_says_what_can(
    alices_browser: Browser, query: str, said: str
) -> None:
    page = shown(alices_browser, query)
    assert "<title>Error: Recent activity" in page
    assert page.count(said) == 2
    assert "You signed in" in page


def test_a_search_costs_as_much_however_much_happened(
    alices_browser: Browser, alice: User, app: App, django_assert_max_num_queries: Any
) -> None:
    for number in range(30):
        happens(Event.EMAIL_ADDED, user=alice, details=Address(f"a{number}@example.com"))
    with django_assert_max_num_queries(9):
        shown(alices_browser, "?q=example")


def test_fifty_to_a_page_the_newest_first(alices_browser: Browser, alice: User) -> None:
    for number in range(60):
        happens(Event.EMAIL_ADDED, user=alice, details=Address(f"a{number}@example.com"))
    first, second = (
        shown(alices_browser, "?group=account"),
        shown(alices_browser, "?group=account&page=2"),
    )
    assert first.count("<bdi>You added") == 50
    assert "a59@example.com" in first
    assert second.count("<bdi>You added") == 10
    assert "a0@example.com" in second
    assert 'href="?group=account&amp;page=2"' in first
    assert 'href="?group=account&amp;page=1"' in second


def test_where_an_admin_sits_is_not_told(alices_browser: Browser, alice: User, rf: Any) -> None:
    request = rf.get("/", REMOTE_ADDR="192.0.2.99", HTTP_USER_AGENT=FIREFOX)
    happens(Event.CHANGED_BY_ADMIN, request=request, user=alice, details=RENAMED)
    by_admin: dict[str, Any] = {"actor": Actor.ADMIN, "request": request, "user": alice}
    happens(Event.EVERYTHING_ENDED, **by_admin)
    happens(Event.APP_REMOVED, **by_admin)
    happens(Event.TOKEN_REVOKED, details=TokensEnded(code=Extent.SIGN_IN), **by_admin)
    page = shown(alices_browser)
    assert "An admin of this site changed your account: Changed Name." in page
    assert "192.0.2.99" not in page
    assert "Firefox on Windows" not in page


def test_what_failed_stands_out_but_for_ones_own_no(alices_browser: Browser, alice: User) -> None:
    happens(Event.CONSENT_REFUSED, user=alice, outcome=Outcome.FAILED)
    assert "Needs review" not in shown(alices_browser)
    happens(Event.SIGN_IN, user=alice, outcome=Outcome.FAILED)
    assert shown(alices_browser).count("Needs review") == 1


def test_an_empty_list_says_so(alices_browser: Browser) -> None:
    assert "There are no events of this kind" in shown(alices_browser, "?group=apps")
    assert SecurityEvent.objects.count() == 1  # the sign-in


def test_what_was_named_by_others_is_escaped(
    alices_browser: Browser, alice: User, app: App
) -> None:
    app.client.name = "<b>Album</b>"
    app.client.save()
    happens(Event.CONSENT_GIVEN, user=alice, client=app.client)
    assert "You gave &lt;b&gt;Album&lt;/b&gt; access to your account" in shown(alices_browser)


def test_the_page_costs_as_much_however_much_happened(
    alices_browser: Browser, alice: User, app: App, django_assert_max_num_queries: object
) -> None:
    for _ in range(30):
        happens(Event.TOKEN_REFRESHED, user=alice, client=app.client)
    with django_assert_max_num_queries(8):
        shown(alices_browser)


def test_the_account_page_leads_there(alices_browser: Browser) -> None:
    assert f'href="{PAGE}"' in alices_browser.get("/account/").content.decode()
