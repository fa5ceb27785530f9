"""What ends, and what is said of it, when a person signs out everywhere or is switched off."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client as Browser
from django.utils import timezone

from accounts.models import Session, User
from accounts.oauth_server.models import (
    AccessToken,
    Authorization,
    PersonalToken,
    RefreshToken,
)
from tests.accounts.oauth_server.app import App, error_in, me
from tests.accounts.oauth_server.conftest import app, other_app
from tests.accounts.second_factors.authenticators import confirmed
from tests.conftest import PASSWORD

__all__ = ["app", "other_app"]


@pytest.fixture
def browser(alice: User) -> Browser:
    browser = Browser()
    browser.force_login(alice)
    return browser


@pytest.fixture
def elsewhere(alice: User) -> Browser:
    """Another browser of Alice's."""
    browser = Browser()
    browser.force_login(alice)
    return browser


def words(response: Any) -> str:
    return response.content.decode()


def test_signing_out_everywhere_ends_browsers_and_tokens(
    app: App, alice: User, browser: Browser, elsewhere: Browser
) -> None:
    tokens = app.tokens_for(alice)

    page = browser.post("/account/sign-out-everywhere/", follow=True)

    assert "Ended: 3 sessions, 1 access token and 1 refresh token" in words(page)
    assert elsewhere.get("/account/").status_code == 302
    assert browser.get("/account/").status_code == 302
    assert me(tokens["access_token"]).status_code == 401
    assert error_in(app.refresh(tokens["refresh_token"])) == (400, "invalid_grant")


def test_an_app_may_come_back_without_a_new_question(
    app: App, alice: User, browser: Browser
) -> None:
    app.tokens_for(alice)
    browser.post("/account/sign-out-everywhere/")
    browser.force_login(alice)

    assert app.send(browser).status_code == 302


def test_signing_out_everywhere_touches_nobody_else(app: App, bob: User, browser: Browser) -> None:
    of_bob = app.tokens_for(bob)
    browser.post("/account/sign-out-everywhere/")

    assert me(of_bob["access_token"]).status_code == 200
    assert Session.objects.filter(user=bob).exists()


def test_a_link_signs_nobody_out(browser: Browser) -> None:
    assert browser.get("/account/sign-out-everywhere/").status_code == 200
    assert browser.get("/account/").status_code == 200


def test_the_receipt_of_a_removed_app_says_what_and_when(
    app: App, alice: User, browser: Browser
) -> None:
    app.tokens_for(alice)
    pk = Authorization.objects.get().pk

    page = words(browser.post(f"/account/apps/{pk}/remove/", follow=True))
    ended = "Ended: 1 access token and 1 refresh token, last used"
    assert f"Photo Album no longer has access to your account. {ended}" in page


def test_a_receipt_counts_nothing_that_had_ended_by_itself(
    app: App, alice: User, browser: Browser
) -> None:
    app.tokens_for(alice)
    past = timezone.now() - timedelta(seconds=1)
    for model in (AccessToken, RefreshToken):
        model.objects.update(expires=past)
    PersonalToken.objects.issue(alice, name="Old", scopes=frozenset({"profile"}), expires=past)

    page = words(browser.post("/account/sign-out-everywhere/", follow=True))

    assert "Ended: 2 sessions" in page
    assert "token" not in page[page.index("Ended:") :].partition(".")[0]
    assert not AccessToken.objects.exists()
    assert not PersonalToken.objects.exists()


def test_a_changed_password_signs_other_browsers_out_and_tells_of_apps(
    app: App, alice: User, elsewhere: Browser
) -> None:
    tokens = app.tokens_for(alice)
    browser = Browser()
    browser.post("/accounts/login/", {"login": alice.email, "password": PASSWORD})
    new = "a fresh correct horse battery"
    form = {"oldpassword": PASSWORD, "password1": new, "password2": new}

    page = browser.post("/accounts/password/change/", form, follow=True)

    assert "Authorized apps keep their access" in words(page)
    assert elsewhere.get("/account/").status_code == 302
    assert browser.get("/account/").status_code == 200
    assert Session.objects.filter(user=alice).count() == 1
    assert me(tokens["access_token"]).status_code == 200


def test_a_reset_password_ends_what_others_may_have_got(
    app: App, alice: User, elsewhere: Browser
) -> None:
    tokens = app.tokens_for(alice)
    browser = Browser()
    browser.post("/accounts/password/reset/", {"email": alice.email})
    code = browser.session["account_password_reset_verification"]["code"]
    browser.post("/accounts/password/reset/confirm/", {"code": code})
    new = "a fresh correct horse battery"
    form = {"password1": new, "password2": new}
    browser.post("/accounts/password/reset/complete/", form, follow=True)

    assert elsewhere.get("/account/").status_code == 302
    assert me(tokens["access_token"]).status_code == 401


def test_an_admin_who_switches_a_person_off_ends_everything_for_good(
    app: App, alice: User, bob: User, elsewhere: Browser
) -> None:
    tokens = app.tokens_for(alice)
    bob.is_staff = bob.is_superuser = True
    bob.save()
    desk = confirmed(bob)
    form = {
        "email": alice.email,
        "emailaddress_set-TOTAL_FORMS": 0,
        "emailaddress_set-INITIAL_FORMS": 0,
    }

    page = desk.post(f"/admin/accounts/user/{alice.pk}/change/", form, follow=True)

    assert "Ended: 2 sessions, 1 access token and 1 refresh token" in words(page)
    User.objects.filter(pk=alice.pk).update(is_active=True)
    assert me(tokens["access_token"]).status_code == 401
    assert elsewhere.get("/account/").status_code == 302
    assert not Authorization.objects.exists()


def test_an_admin_who_switches_a_client_off_ends_all_it_holds(
    app: App, other_app: App, alice: User, bob: User
) -> None:
    app.tokens_for(alice)
    app.post("/oauth/token/", {"grant_type": "client_credentials"})
    stays = other_app.tokens_for(alice)
    bob.is_staff = bob.is_superuser = True
    bob.save()
    desk = confirmed(bob)
    form = {
        "name": app.client.name,
        "client_type": "confidential",
        "grant_types": app.client.grant_types.split(),
        "redirect_uris": app.client.redirect_uris,
        "scopes": app.client.scopes.split(),
        "secrets-TOTAL_FORMS": 0,
        "secrets-INITIAL_FORMS": 0,
        "group_values-TOTAL_FORMS": 0,
        "group_values-INITIAL_FORMS": 0,
    }

    url = f"/admin/oauth_server/client/{app.client.pk}/change/"
    page = desk.post(url, form, follow=True)

    assert "Ended: 2 access tokens and 1 refresh token" in words(page)
    assert AccessToken.objects.count() == 1
    assert me(stays["access_token"]).status_code == 200
