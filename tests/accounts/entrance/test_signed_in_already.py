"""An old tab of the entrance, sent or opened anew where somebody has signed in meanwhile.

Each ends on a page that says whose session it is. Nothing that was typed is used for it, and no app
is told of the wrong person.
"""

import re
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.test import Client as Browser

from accounts.models import User
from tests.accounts.oauth_server.app import App
from tests.accounts.oauth_server.conftest import app
from tests.accounts.way_back.test_address import mailed_code
from tests.conftest import PASSWORD

__all__ = ["app"]

pytestmark = pytest.mark.django_db

NEW = "another one entirely, and long"
SIGN_IN, SIGN_UP = "/accounts/login/", "/accounts/signup/"
ASK, CONFIRM = "/accounts/login/code/", "/accounts/login/code/confirm/"
RESET = "/accounts/password/reset/"
ADDRESS = "/accounts/confirm-email/"
BOBS = "This browser is signed in as <strong>bob@example.com</strong>"
FORMS = [
    (SIGN_IN, {"login": "alice@example.com", "password": PASSWORD}),
    (SIGN_UP, {"email": "carol@example.com", "password1": NEW}),
    (ASK, {"email": "alice@example.com"}),
]


class Tabs:
    """Two tabs of a browser, which checks forms as a real one makes the site do."""

    def __init__(self) -> None:
        self.browser = Browser(enforce_csrf_checks=True)
        self.old = ""
        self.open(SIGN_IN)

    def open(self, address: str, **query: str) -> str:
        """Open a page in the old tab, whose form stays there; return what it shows."""
        self.answer = self.browser.get(address, query, follow=True)
        page = str(self.answer.content.decode())
        token = re.search(r'csrfmiddlewaretoken" value="([^"]+)"', page)
        self.old = token[1] if token else ""
        return page

    def send(self, address: str, **form: str) -> str:
        """Send the form that is in the old tab; return the page after it."""
        form["csrfmiddlewaretoken"] = self.old
        self.answer = self.browser.post(address, form, follow=True)
        return str(self.answer.content.decode())

    def sign_in_elsewhere(self, email: str = "bob@example.com") -> None:
        """Sign in in the other tab, and look at the page after it."""
        other = re.search(
            r'csrfmiddlewaretoken" value="([^"]+)"', self.browser.get(SIGN_IN).content.decode()
        )
        assert other
        form = {"login": email, "password": PASSWORD, "csrfmiddlewaretoken": other[1]}
        self.browser.post(SIGN_IN, form, follow=True)

    @property
    def whose(self) -> str:
        return User.objects.get(pk=self.browser.session["_auth_user_id"]).email


@pytest.fixture
def tabs(alice: User, bob: User) -> Tabs:
    return Tabs()


# --- Opened anew ---


@pytest.mark.parametrize("page", [SIGN_IN, SIGN_UP, ASK, CONFIRM, "/accounts/2fa/authenticate/"])
def test_whoever_is_signed_in_is_led_on_and_told_as_whom(tabs: Tabs, page: str) -> None:
    tabs.sign_in_elsewhere()
    assert "You are already signed in as bob@example.com." in tabs.open(page)
    assert tabs.answer.redirect_chain[-1][0] == "/account/"


@pytest.mark.parametrize("page", [SIGN_IN, SIGN_UP, ASK, CONFIRM])
def test_a_page_that_leads_somewhere_says_so_itself(tabs: Tabs, page: str) -> None:
    tabs.sign_in_elsewhere()
    assert "You are already signed in" not in tabs.open(page, next="/account/apps/")
    assert tabs.answer.redirect_chain[-1][0] == "/account/apps/"


def test_a_page_for_another_persons_code_tells_who_is_signed_in(tabs: Tabs) -> None:
    tabs.send(ASK, email="alice@example.com", next="/account/apps/")
    tabs.open(CONFIRM)
    tabs.sign_in_elsewhere()
    assert BOBS in tabs.open(CONFIRM, next="/account/apps/")


def test_a_code_page_that_has_nothing_to_wait_for_says_so(tabs: Tabs) -> None:
    tabs.sign_in_elsewhere()
    assert "There is no code to enter here." in tabs.open(ADDRESS)
    assert "You are already signed in" in tabs.open(f"{RESET}confirm/")


# --- Sent ---


@pytest.mark.parametrize(("page", "form"), FORMS)
def test_somebody_elses_form_is_not_used_and_says_whose_session_it_is(
    tabs: Tabs, page: str, form: dict[str, str]
) -> None:
    tabs.open(page)
    tabs.sign_in_elsewhere()
    mail.outbox.clear()
    shown = tabs.send(page, **form, next="/account/apps/")
    assert BOBS in shown
    assert "was not used, and nothing was changed" in shown
    assert 'href="/account/apps/"' in shown
    assert tabs.whose == "bob@example.com"
    assert not User.objects.filter(email="carol@example.com").exists()
    assert mail.outbox == []


def test_from_there_another_person_signs_in_and_goes_where_they_were_going(tabs: Tabs) -> None:
    tabs.sign_in_elsewhere()
    tabs.send(SIGN_IN, login="alice@example.com", password=PASSWORD, next="/account/apps/")
    page = tabs.open(tabs.answer.redirect_chain[-1][0])
    after = re.search(r'name="next" value="([^"]+)"', page)
    assert after
    page = tabs.send("/accounts/logout/", next=after[1])
    assert 'name="next" value="/account/apps/"' in page
    tabs.open(tabs.answer.redirect_chain[-1][0])
    tabs.send(SIGN_IN, login="alice@example.com", password=PASSWORD, next="/account/apps/")
    assert tabs.answer.redirect_chain[-1][0] == "/account/apps/"
    assert tabs.whose == "alice@example.com"


@pytest.mark.parametrize("address", ["bob@example.com", " BOB@Example.com", "bob@second.example"])
def test_the_same_persons_form_leads_on(tabs: Tabs, bob: User, address: str) -> None:
    EmailAddress.objects.create(user=bob, email="bob@second.example", verified=True)
    tabs.sign_in_elsewhere()
    shown = tabs.send(SIGN_IN, login=address, password=PASSWORD)
    assert "You are already signed in as bob@example.com." in shown


@pytest.mark.parametrize("typed", ["", "\0", "%00", "x" * 5000, "'; --"], ids=ascii)
def test_what_is_no_address_is_answered_too(tabs: Tabs, typed: str) -> None:
    tabs.sign_in_elsewhere()
    tabs.send(SIGN_IN, login=typed)
    assert tabs.answer.status_code == 200
    assert tabs.whose == "bob@example.com"


@pytest.mark.parametrize("onward", ["https://evil.example/", "//evil.example", "http://["])
def test_the_page_leads_to_this_site_alone(tabs: Tabs, onward: str) -> None:
    tabs.sign_in_elsewhere()
    shown = tabs.send(SIGN_IN, login="alice@example.com", password="x", next=onward)
    for page in (shown, tabs.open("/accounts/login/already/", next=onward)):
        assert BOBS in page
        assert '<a class="button" href="/account/">' in page


def test_no_app_is_told_of_the_other_person(tabs: Tabs, app: App, bob: User) -> None:
    app.tokens_for(bob)  # so that the app asks Bob for nothing any more
    onward = app.send(tabs.browser)["Location"]
    tabs.open(onward)
    tabs.sign_in_elsewhere()
    shown = tabs.send(onward, login="alice@example.com", password=PASSWORD)
    assert BOBS in shown
    assert tabs.answer.redirect_chain == [(tabs.answer.redirect_chain[0][0], 302)]


def test_the_page_is_for_the_signed_in_alone(client: Browser) -> None:
    answer = client.get("/accounts/login/already/", {"next": "/account/apps/"})
    assert answer["Location"] == "/accounts/login/?next=/account/apps/"


# --- Another person's sign-in that goes on ---


def test_who_takes_another_persons_place_is_told_so(tabs: Tabs, alice: User) -> None:
    """A password is reset in the older tab, which signs its person in."""
    tabs.send(RESET, email="alice@example.com")
    code = mailed_code()
    tabs.sign_in_elsewhere()
    tabs.open(f"{RESET}confirm/")
    tabs.send(f"{RESET}confirm/", code=code)
    tabs.open(f"{RESET}complete/")
    shown = tabs.send(f"{RESET}complete/", password1=NEW, password2=NEW)
    assert "You are now signed in as alice@example.com." in shown
    assert "bob@example.com was signed out in this browser." in shown
    assert tabs.whose == "alice@example.com"


def test_who_confirms_a_new_account_beside_another_is_told_which_one_is_open(tabs: Tabs) -> None:
    tabs.open(SIGN_UP)
    tabs.send(SIGN_UP, email="carol@example.com", password1=NEW)
    code = mailed_code()
    tabs.sign_in_elsewhere()
    tabs.open(ADDRESS)
    shown = tabs.send(ADDRESS, code=code)
    assert "The account of carol@example.com is ready." in shown
    assert "You are still signed in as bob@example.com" in shown
    assert EmailAddress.objects.get(email="carol@example.com").user.email == "carol@example.com"


def test_an_address_that_is_added_speaks_of_no_other_account(tabs: Tabs, bob: User) -> None:
    tabs.sign_in_elsewhere()
    tabs.open("/accounts/reauthenticate/")
    tabs.send("/accounts/reauthenticate/", password=PASSWORD)
    tabs.open("/accounts/email/")
    tabs.send("/accounts/email/", action_add="", email="bob@second.example")
    tabs.open(ADDRESS)
    shown: Any = tabs.send(ADDRESS, code=mailed_code())
    assert "bob@second.example was verified." in shown
    assert "The account of" not in shown
