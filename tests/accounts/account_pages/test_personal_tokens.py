"""The page of personal tokens, and what such a token opens."""

import re
import shlex
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client as Browser
from django.urls import get_resolver
from django.utils import timezone

from accounts.models import SecurityEvent, Session, User
from accounts.models.event_kinds import Event
from accounts.oauth_server.models import PersonalToken
from accounts.oauth_server.models.personal_token import AT_MOST
from accounts.oauth_server.rules.credentials import Kind, mint
from accounts.oauth_server.rules.scopes import Holder, held_by, of_services
from tests.accounts.account_pages.proof import let_proof_expire, signed_in
from tests.accounts.at_once import just_before
from tests.accounts.oauth_server.app import App, me
from tests.accounts.oauth_server.conftest import app
from tests.accounts.second_factors.authenticators import confirmed
from tests.documents import PERSONAL_TOKENS_AND_EXPORT
from tests.test_stolen_database import whole_database

__all__ = ["app"]

FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:130.0) Gecko/20100101 Firefox/130.0"

pytestmark = [pytest.mark.django_db, pytest.mark.every_case]

NEW = "/account/tokens/new/"
FORM = {"name": "backup script", "scopes": ["profile", "email"], "lasts": "30"}


@pytest.fixture
def browser(alice: User) -> Browser:
    return signed_in(alice)


def shown(response: HttpResponse) -> str:
    found = re.search(r'value="(lk_pat_[0-9A-Za-z]+)"', response.content.decode())
    assert found, response.content.decode()
    return found[1]


def make(browser: Browser, **changes: Any) -> str:
    return shown(browser.post(NEW, FORM | changes))


def token_of(person: User, **changes: Any) -> str:
    """Make a token without its page."""
    expires = timezone.now() + timedelta(days=1)
    values = {"name": "a token", "scopes": frozenset({"profile"}), "expires": expires} | changes
    return PersonalToken.objects.issue(person, **values)


def text(response: HttpResponse) -> str:
    return response.content.decode()


# --- Making ---


def test_a_token_is_made_on_the_page_and_opens_the_api(browser: Browser, alice: User) -> None:
    response = browser.post(NEW, FORM)
    token = shown(response)

    assert "no-store" in response["Cache-Control"]
    assert "See your e-mail address" in text(response)
    answer = me(token)
    assert answer.status_code == 200
    assert answer.json()["sub"] == alice.sub
    assert answer.json()["email"] == alice.email


def test_a_token_is_shown_once_and_kept_nowhere(browser: Browser) -> None:
    token = make(browser)

    assert token not in text(browser.get("/account/tokens/"))
    assert [table for table, kept in whole_database() if token[7:40] in kept] == []
    assert token not in str(dict(browser.session))


def test_the_page_asks_for_a_confirmation_first(alice: User) -> None:
    browser = Browser()
    browser.force_login(alice)
    for response in (browser.get(NEW), browser.post(NEW, FORM)):
        assert response["Location"].startswith("/accounts/reauthenticate/?next=")
    assert not PersonalToken.objects.exists()


def test_an_expired_confirmation_makes_no_token(browser: Browser) -> None:
    let_proof_expire(browser)

    assert browser.post(NEW, FORM)["Location"].startswith("/accounts/reauthenticate/")
    assert not PersonalToken.objects.exists()


def test_the_page_is_for_those_who_signed_in(client: Browser) -> None:
    for path in ("/account/tokens/", NEW):
        assert client.get(path)["Location"] == f"/accounts/login/?next={path}"
    assert client.post("/account/tokens/1/revoke/")["Location"].endswith("?next=/account/tokens/")


def test_a_form_that_is_sent_twice_makes_one_token(browser: Browser) -> None:
    make(browser)
    again = browser.post(NEW, FORM)

    assert "You already have a token with this name" in text(again)
    assert PersonalToken.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_tabs_at_once_one_makes_the_token(alice: User) -> None:
    browser = signed_in(alice)

    def send(_: int) -> bool:
        tab = Browser()
        tab.cookies = browser.cookies
        try:
            response = tab.post(NEW, FORM)
        finally:
            connection.close()
        assert response.status_code == 200
        return "lk_pat_" in text(response)

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(send, range(4))) == [False, False, False, True]
    assert PersonalToken.objects.count() == 1


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"name": " "}, "Enter a name for the token, such as “backup script”."),
        ({"name": "x" * 101}, "“Name” must be 100 characters or fewer. It has 101."),
        ({"scopes": []}, "Choose at least one permission."),
        ({"scopes": ["openid"]}, "Choose an option for “Permissions”."),
        ({"scopes": ["introspection", "profile"]}, "option for “Permissions”."),
        ({"lasts": ""}, "Choose when the token expires."),
        ({"lasts": "never"}, "Choose an option for “Expiration”."),
        ({"lasts": "100000"}, "Choose an option for “Expiration”."),
        ({"lasts": "date"}, "Enter the last day on which the token will work."),
        ({"lasts": "date", "until": "2020-01-01"}, "The last day must be today or later."),
        ({"lasts": "date", "until": "9999-12-31"}, "The last day must be"),
        ({"lasts": "date", "until": "soon"}, "“Last day” must be a date, such as 2030-12-31."),
    ],
)
def test_what_cannot_be_is_said_at_its_field(
    browser: Browser, changes: dict[str, Any], said: str
) -> None:
    page = text(browser.post(NEW, FORM | changes))

    assert said in page
    assert "There is a problem" in page
    assert not PersonalToken.objects.exists()


def test_a_date_of_ones_own_counts_to_its_end(browser: Browser) -> None:
    last = timezone.localdate() + timedelta(days=3)
    make(browser, lasts="date", until=last.isoformat())

    expires = PersonalToken.objects.get().expires
    assert expires
    assert expires.date() == last + timedelta(days=1)


def test_an_admin_sets_how_long_tokens_last(browser: Browser, settings: Any) -> None:
    settings.PERSONAL_TOKEN_MAX_DAYS = 14
    page = text(browser.get(NEW))
    assert 'value="7"' in page
    assert 'value="30"' not in page
    assert "Choose an option for “Expiration”." in text(browser.post(NEW, FORM))

    settings.PERSONAL_TOKEN_MAX_DAYS = 0
    token = make(browser, lasts="never")
    assert PersonalToken.objects.get().expires is None
    assert me(token).status_code == 200


def test_there_is_an_end_to_the_number_of_tokens(browser: Browser, alice: User) -> None:
    for number in range(AT_MOST):
        token_of(alice, name=str(number))
    assert f"You can have up to {AT_MOST} tokens" in text(browser.post(NEW, FORM))


def test_a_name_is_shown_as_text_without_what_turns_the_page(browser: Browser) -> None:
    make(browser, name="<script>\u202ex 🦊")
    page = text(browser.get("/account/tokens/"))
    assert "<bdi>&lt;script&gt;x 🦊</bdi>" in page


# --- Looking and revoking ---


def test_the_list_says_what_each_may_do_and_when_it_was_used(browser: Browser) -> None:
    token = make(browser)
    assert "Not used yet" in text(browser.get("/account/tokens/"))
    me(token)
    page = text(browser.get("/account/tokens/"))

    assert "Last used <time" in page
    assert "<bdi>127.0.0.1</bdi>" in page
    assert "See your e-mail address" in page


def test_a_revoked_token_opens_nothing(browser: Browser, alice: User) -> None:
    token = make(browser)
    pk = PersonalToken.objects.get().pk
    page = text(browser.post(f"/account/tokens/{pk}/revoke/", follow=True))

    assert "“backup script” was revoked" in page
    assert me(token).status_code == 401
    made, revoked = SecurityEvent.objects.filter(kind__startswith="personal").order_by("pk")
    assert (made.kind, made.user) == (Event.PERSONAL_TOKEN_MADE, alice)
    assert (revoked.kind, revoked.actor) == (Event.PERSONAL_TOKEN_REVOKED, "person")
    assert made.details == revoked.details == {"name": "backup script"}
    activity = text(browser.get("/account/activity/?group=account"))
    assert "You created the personal access token “backup script”" in activity
    assert "You revoked your personal access token “backup script”" in activity


def test_mallory_neither_sees_nor_revokes_a_token_of_alice(alice: User, mallory: User) -> None:
    token = token_of(alice, name="alice’s own")
    browser = signed_in(mallory)
    pk = PersonalToken.objects.get().pk

    assert "alice’s own" not in text(browser.get("/account/tokens/"))
    assert browser.post(f"/account/tokens/{pk}/revoke/").status_code == 404
    assert me(token).status_code == 200


def test_a_link_revokes_nothing(browser: Browser, alice: User) -> None:
    token_of(alice)
    pk = PersonalToken.objects.get().pk
    assert browser.get(f"/account/tokens/{pk}/revoke/").status_code == 405


def test_an_admin_sees_no_secret_and_can_revoke(alice: User, bob: User) -> None:
    token = token_of(alice)
    kept = PersonalToken.objects.get()
    User.objects.filter(pk=bob.pk).update(is_staff=True, is_superuser=True)
    desk = confirmed(bob)

    for path in ("", f"{kept.pk}/change/"):
        page = desk.get(f"/admin/oauth_server/personaltoken/{path}")
        assert page.status_code == 200
        assert kept.digest not in text(page)
    desk.post(f"/admin/oauth_server/personaltoken/{kept.pk}/delete/", {"post": "yes"})
    assert me(token).status_code == 401
    page = text(signed_in(alice).get("/account/activity/"))
    assert "An admin of this site revoked your personal access token “a token”" in page


# --- What it opens ---


def test_a_token_lacks_what_it_was_not_given(alice: User) -> None:
    token = token_of(alice)
    assert "email" not in me(token).json()
    refused = Browser().get("/api/v1/me/connections", headers={"Authorization": f"Bearer {token}"})
    assert refused.status_code == 403
    assert 'scope="connections"' in refused["WWW-Authenticate"]


def test_the_scopes_are_those_that_open_something_at_the_api() -> None:
    views = [pattern.callback for pattern in get_resolver("api.urls").url_patterns]
    stated = [getattr(view.view_class, "required_scopes", {}) for view in views]
    needed = {scope for scopes in stated for scope in scopes.values() if scope}
    claims = {"email", "address", "phone"}  # release more of /api/v1/me
    assert (needed | claims) - of_services() == held_by(Holder.PERSONAL_TOKEN)


@pytest.mark.parametrize("wrong", [lambda t: t[:-1], lambda t: t + "x", lambda t: t.lower()])
def test_a_mistyped_token_is_counted_and_not_looked_for(
    alice: User, wrong: Any, django_assert_num_queries: Any
) -> None:
    token = wrong(token_of(alice))
    with django_assert_num_queries(1):
        assert me(token).status_code == 401


def test_a_token_that_nobody_made_is_refused(db: None) -> None:
    assert me(mint(Kind.PERSONAL_TOKEN)).status_code == 401


def test_an_expired_token_is_told_so_and_marked(alice: User) -> None:
    token = token_of(alice, expires=timezone.now() - timedelta(seconds=1))
    assert "expired" in me(token).json()["detail"]
    assert "Expired" in text(signed_in(alice).get("/account/tokens/"))


def test_a_person_who_is_switched_off_is_refused(alice: User) -> None:
    token = token_of(alice)
    User.objects.filter(pk=alice.pk).update(is_active=False)
    assert me(token).status_code == 401


def test_tokens_can_be_switched_off(browser: Browser, settings: Any) -> None:
    token = make(browser)
    pk = PersonalToken.objects.get().pk
    settings.PERSONAL_TOKENS = False

    assert me(token).status_code == 401
    for path in ("/account/tokens/", NEW):
        assert browser.get(path).status_code == 404
    assert browser.post(f"/account/tokens/{pk}/revoke/").status_code == 404
    assert "/account/tokens/" not in text(browser.get("/account/"))


def test_the_oauth_server_takes_none(app: App, alice: User) -> None:
    scopes = frozenset({"openid", "introspection", "profile"})  # more than a form would give
    token = token_of(alice, scopes=scopes)
    headers = {"Authorization": f"Bearer {token}"}

    assert Browser().get("/oauth/userinfo/", headers=headers).status_code == 401
    form = {"token": token}
    content_type = "application/x-www-form-urlencoded"
    asked = Browser().post(
        "/oauth/introspect/", "token=x", content_type=content_type, headers=headers
    )
    assert asked.status_code == 401
    app.client.scopes += " introspection"
    app.client.save()
    assert app.introspect(**form) == {"active": False}


def test_a_token_named_by_an_admin_hides_nothing_from_its_owner(
    browser: Browser, alice: User
) -> None:
    mallorys = {"HTTP_USER_AGENT": FIREFOX, "REMOTE_ADDR": "192.0.2.66"}
    browser.defaults.update(mallorys)
    make(browser, name="By an admin")
    browser.post(f"/account/tokens/{PersonalToken.objects.get().pk}/revoke/")
    page = text(signed_in(alice).get("/account/activity/?group=account"))
    assert "You created the personal access token “By an admin”" in page
    assert "You revoked your personal access token “By an admin”" in page
    assert page.count("192.0.2.66") >= 2
    assert page.count("Firefox on Windows") >= 2


def test_whoever_holds_a_token_may_revoke_it(alice: User) -> None:
    token = token_of(alice, name="leaked")
    for _ in range(2):  # an unknown token is as good as a revoked one
        assert Browser().post("/oauth/revoke/", {"token": token}).status_code == 400  # multipart
        form = f"token={token}"
        content_type = "application/x-www-form-urlencoded"
        assert Browser().post("/oauth/revoke/", form, content_type).status_code == 200
    assert me(token).status_code == 401
    (event,) = SecurityEvent.objects.filter(kind=Event.PERSONAL_TOKEN_REVOKED)
    assert (event.actor, event.details) == ("unknown", {"name": "leaked"})
    page = text(signed_in(alice).get("/account/activity/"))
    assert "Somebody who had your personal access token" in page


# --- Ends ---


def test_signing_out_everywhere_ends_them_and_says_so(browser: Browser, alice: User) -> None:
    token = token_of(alice)
    assert "personal access tokens will stop working" in text(
        browser.get("/account/sign-out-everywhere/")
    )
    page = browser.post("/account/sign-out-everywhere/", follow=True)

    assert "Ended: 1 session and 1 personal access token" in text(page)
    assert me(token).status_code == 401


def test_a_session_that_was_ended_meanwhile_makes_none(browser: Browser, alice: User) -> None:
    """Between the look at the session and the person's lock, it ends elsewhere."""
    with just_before("SAVEPOINT", Session.objects.filter(user=alice).delete):
        page = browser.post(NEW, FORM)

    assert "You were signed out." in text(page)
    assert not PersonalToken.objects.exists()


# --- The document ---


def test_the_document_calls_the_api_and_revokes(alice: User) -> None:
    token = token_of(alice)
    call, revoke = (
        shlex.split(block.replace("$site", "").replace("$personal", token))
        for block in PERSONAL_TOKENS_AND_EXPORT.blocks()
    )
    name, value = call[call.index("-H") + 1].split(": ")
    assert Browser().get(call[2], headers={name: value}).status_code == 200
    content_type = "application/x-www-form-urlencoded"
    assert Browser().post(revoke[2], revoke[revoke.index("-d") + 1], content_type)
    assert me(token).status_code == 401
    (pattern,) = re.findall(
        r"`(lk_\[[^`]+)`", PERSONAL_TOKENS_AND_EXPORT.section("Personal access tokens")
    )
    assert re.fullmatch(pattern, token)
