"""The page "Devices": where a person is signed in, and an end to any of it."""

from datetime import timedelta
from typing import Any

from django.test import Client as Browser
from django.utils import timezone

from accounts.models import Session, User
from tests.accounts.oauth_server.app import App, me
from tests.accounts.oauth_server.conftest import app
from tests.accounts.security_events.events import Event, recorded
from tests.conftest import PASSWORD

__all__ = ["app"]

PAGE = "/account/sessions/"
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:130.0) Gecko/20100101 Firefox/130.0"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Safari/604.1"


def signed_in(person: User, user_agent: str = IPHONE, address: str = "198.51.100.7") -> Browser:
    browser = Browser(headers={"User-Agent": user_agent}, REMOTE_ADDR=address)
    browser.force_login(person)
    browser.get("/account/")
    return browser


def shown(browser: Browser, query: str = "") -> str:
    response = browser.get(PAGE + query)
    assert response.status_code == 200
    return response.content.decode()


def sid_of(browser: Browser) -> str:
    return str(browser.session["sid"])


def test_each_device_is_listed_with_what_it_is_recognised_by(
    alices_browser: Browser, alice: User
) -> None:
    signed_in(alice)
    page = shown(alices_browser)
    for words in ("Safari on iPhone", "198.51.100.7", "Your current session", "Active now"):
        assert words in page


def test_how_one_signed_in_is_said(alice: User) -> None:
    browser = Browser(headers={"User-Agent": FIREFOX})
    browser.post("/accounts/login/", {"login": alice.email, "password": PASSWORD})
    page = shown(browser)
    assert "Firefox on Windows" in page
    assert "with password" in page


def test_being_seen_is_written_once_in_a_while(alice: User) -> None:
    browser = signed_in(alice)
    Session.objects.update(address="192.0.2.1")
    browser.get("/account/")
    assert Session.objects.get().address == "192.0.2.1"
    Session.objects.update(last_seen=timezone.now() - timedelta(minutes=6))
    browser.get("/account/")
    assert Session.objects.get().address == "198.51.100.7"


def test_saving_a_session_keeps_where_it_was_seen(alice: User) -> None:
    browser = signed_in(alice)
    session = browser.session
    session["anything"] = 1
    session.save()
    assert Session.objects.get().address == "198.51.100.7"


def test_what_a_browser_says_of_itself_is_escaped(alices_browser: Browser, alice: User) -> None:
    signed_in(alice, user_agent="<script>x</script> Firefox/1")
    assert "<script>x" not in shown(alices_browser)


def test_nobodys_and_others_and_expired_sessions_are_not_listed(
    alices_browser: Browser, alice: User, bob: User
) -> None:
    signed_in(bob)
    Browser(REMOTE_ADDR="198.51.100.8").get("/accounts/login/")
    signed_in(alice, address="198.51.100.9")
    Session.objects.filter(address="198.51.100.9").update(expire_date=timezone.now())
    page = shown(alices_browser)
    assert "You are not signed in on any other device." in page
    assert "198.51.100" not in page


def test_one_device_is_ended_and_that_is_recorded(alices_browser: Browser, alice: User) -> None:
    phone, tablet = signed_in(alice), signed_in(alice)
    response = alices_browser.post(f"{PAGE}{sid_of(phone)}/end/", follow=True)
    assert "Signed out: Safari on iPhone." in response.content.decode()
    assert phone.get(PAGE)["Location"] == f"/accounts/login/?next={PAGE}"
    assert tablet.get(PAGE).status_code == 200
    ((_, person, actor, details),) = recorded(Event.SESSION_ENDED)
    assert (person, actor, details["sessions"]) == ("Alice", "person", 1)
    page = alices_browser.get("/account/activity/").content.decode()
    assert "You signed out a device: Safari on iPhone" in page


def test_all_others_are_ended_and_this_one_stays(
    alices_browser: Browser, alice: User, bob: User
) -> None:
    others, of_bob = [signed_in(alice), signed_in(alice)], signed_in(bob)
    response = alices_browser.post(f"{PAGE}end-others/", follow=True)
    assert "Signed out 2 other devices." in response.content.decode()
    assert [browser.get(PAGE).status_code for browser in (*others, of_bob)] == [302, 302, 200]
    ((*_, details),) = recorded(Event.SESSION_ENDED)
    assert details == {"sessions": 2, "is_rest": True}


def test_ending_all_others_in_two_tabs_is_no_error(alices_browser: Browser) -> None:
    response = alices_browser.post(f"{PAGE}end-others/", follow=True)
    assert "You were not signed in on any other device." in response.content.decode()
    assert recorded(Event.SESSION_ENDED) == []


def test_ending_this_one_signs_out(alices_browser: Browser) -> None:
    response = alices_browser.post(f"{PAGE}{sid_of(alices_browser)}/end/")
    assert response["Location"] == "/accounts/login/"
    assert alices_browser.get(PAGE).status_code == 302


def test_mallory_can_end_no_session_of_alice(alice: User, mallory: User) -> None:
    of_alice, of_mallory = signed_in(alice), signed_in(mallory)
    assert of_mallory.post(f"{PAGE}{sid_of(of_alice)}/end/").status_code == 404
    assert of_alice.get(PAGE).status_code == 200


def test_a_link_ends_nothing(alices_browser: Browser, alice: User) -> None:
    phone = signed_in(alice)
    assert alices_browser.get(f"{PAGE}{sid_of(phone)}/end/").status_code == 405
    assert alices_browser.get(f"{PAGE}end-others/").status_code == 405
    assert phone.get(PAGE).status_code == 200


def test_whose_own_session_has_ended_comes_back_to_the_page(alice: User) -> None:
    response = Browser().post(f"{PAGE}end-others/")
    assert response["Location"] == f"/accounts/login/?next={PAGE}"


def test_apps_keep_their_tokens_when_a_device_is_ended(
    app: App, alices_browser: Browser, alice: User
) -> None:
    tokens = app.tokens_for(alice)
    alices_browser.post(f"{PAGE}end-others/")
    assert me(tokens["access_token"]).status_code == 200


def test_a_long_list_has_pages(alices_browser: Browser, alice: User) -> None:
    for number in range(30):
        signed_in(alice, address=f"198.51.100.{100 + number}")
    first, second = shown(alices_browser), shown(alices_browser, "?page=2")
    assert (first.count("<bdi>198.51.100."), second.count("<bdi>198.51.100.")) == (25, 5)
    assert "Your current session" in second
    assert "Page 1 of 2" in shown(alices_browser, "?page=nonsense")


def test_the_page_costs_as_much_however_many_there_are(
    alices_browser: Browser, alice: User, django_assert_max_num_queries: Any
) -> None:
    shown(alices_browser)
    for _ in range(20):
        signed_in(alice)
    with django_assert_max_num_queries(7):
        shown(alices_browser)
