"""SECOND_FACTOR: who has to have one, and what they see until they do."""

from typing import Any
from urllib.parse import urlencode

import pytest
from allauth.mfa.models import Authenticator
from django.conf import settings as current
from django.core.checks import run_checks
from django.test import Client as Browser

from accounts.models import User
from config import serve
from tests.accounts.oauth_server.app import App, answer_in
from tests.accounts.oauth_server.conftest import register
from tests.accounts.second_factors.conftest import give_password
from tests.accounts.second_factors.test_codes import code_of_app, set_up, type_in

pytestmark = pytest.mark.django_db

PAGES = ["/account/", "/accounts/email/", "/account/methods/", "/account/activity/", "/admin/"]


@pytest.fixture
def client_app(db: None) -> App:
    return register("Photo Album", scopes="openid profile email", default_scopes="profile")


@pytest.mark.parametrize("path", PAGES)
def test_whoever_owes_a_second_factor_sets_one_up_first(
    alice: User, settings: Any, path: str
) -> None:
    settings.SECOND_FACTOR = "all"
    browser = Browser()
    browser.force_login(alice)  # an existing session, too
    assert browser.get(path)["Location"].startswith("/account/second-factor/?next=")
    assert browser.get("/account/second-factor/").status_code == 200
    assert browser.post("/accounts/logout/").status_code == 302


def test_staff_alone_owe_it_where_it_is_demanded_of_staff(
    alice: User, bob: User, settings: Any
) -> None:
    settings.SECOND_FACTOR = "staff"
    bob.is_staff = True
    bob.save()
    answers = []
    for person in (alice, bob):
        browser = Browser()
        browser.force_login(person)
        answers.append(browser.get("/account/").status_code)
    assert answers == [200, 302]


@pytest.mark.django_db(transaction=True)
def test_setting_it_up_leads_on_to_where_the_person_was_going(alice: User, settings: Any) -> None:
    settings.SECOND_FACTOR = "all"
    browser = Browser()
    give_password(browser, next="/account/activity/")
    assert "next=%2Faccount%2Factivity%2F" in browser.get("/account/activity/")["Location"]
    answer, _ = set_up(browser, onward="/account/activity/")
    codes = browser.get(answer["Location"])
    assert 'href="/account/activity/"' in codes.content.decode()
    assert browser.get("/account/activity/").status_code == 200


def test_an_old_session_shows_the_factor_that_the_person_has(
    app: Authenticator, alice: User, settings: Any
) -> None:
    settings.SECOND_FACTOR = "all"
    browser = Browser()
    browser.force_login(alice)
    assert (
        browser.get("/account/")["Location"] == "/accounts/2fa/reauthenticate/?next=%2Faccount%2F"
    )
    answer = browser.post(
        "/accounts/2fa/reauthenticate/", {"code": code_of_app(), "next": "/account/"}
    )
    assert answer["Location"] == "/account/"
    assert browser.get("/account/").status_code == 200


def test_the_last_factor_cannot_be_removed_where_one_is_demanded(
    app: Authenticator, settings: Any
) -> None:
    settings.SECOND_FACTOR = "all"
    browser = Browser()
    give_password(browser)
    type_in(browser, code_of_app())
    browser.post("/accounts/2fa/totp/deactivate/")
    assert Authenticator.objects.filter(pk=app.pk).exists()


def test_connecting_a_third_party_is_no_way_around_it(alice: User, settings: Any) -> None:
    settings.SECOND_FACTOR = "all"
    browser = Browser()
    browser.force_login(alice)
    answer = browser.post("/accounts/oidc/example/login/?process=connect")
    assert answer["Location"].startswith("/account/second-factor/")


def test_a_mistyped_demand_is_an_error_at_start_and_a_demand_on_all(
    alice: User, settings: Any
) -> None:
    settings.SECOND_FACTOR = "yes"
    assert "accounts.E025" in {found.id for found in run_checks()}
    browser = Browser()
    browser.force_login(alice)
    assert browser.get("/account/").status_code == 302


@pytest.mark.parametrize(
    ("https", "demand", "is_warned_of"),
    [(True, "off", True), (True, "staff", False), (True, "all", False), (False, "off", False)],
)
def test_admins_without_a_second_factor_are_warned_of_where_others_reach_the_site(
    settings: Any, https: bool, demand: str, is_warned_of: bool
) -> None:
    settings.HTTPS, settings.SECOND_FACTOR = https, demand
    assert ("accounts.W007" in {found.id for found in run_checks()}) == is_warned_of


def test_staff_owe_one_unless_a_setting_says_otherwise(bob: User) -> None:
    assert current.SECOND_FACTOR == "staff"
    bob.is_staff = True
    bob.save()
    browser = Browser()
    browser.force_login(bob)
    assert browser.get("/admin/")["Location"].startswith("/account/second-factor/")


def test_the_demo_demands_none_and_says_so(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    monkeypatch.delenv("SITE_URL")
    made = {"admin": "a", "alice": "b", "client": None}
    for given, expected in (({}, True), ({"SECOND_FACTOR": "staff"}, False)):
        for name, value in given.items():
            monkeypatch.setenv(name, value)
        site, example = serve.instances()
        assert site.settings["SECOND_FACTOR"] == ("off" if expected else "staff")
        assert example.settings["SECOND_FACTOR"] == "off"
        assert ("SECOND_FACTOR=off" in serve.introduction(site, example, made)) == expected


def test_a_site_that_make_run_serves_to_others_keeps_the_default(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SITE_URL", "https://id.example.com")
    assert "SECOND_FACTOR" not in serve.instances()[0].settings


def test_an_address_without_passkeys_is_warned_of(settings: Any) -> None:
    settings.SITE_URL = "http://127.0.0.1:8000"
    assert "accounts.W006" in {found.id for found in run_checks()}


def test_no_app_is_answered_before_the_second_factor(
    alice: User, client_app: App, settings: Any
) -> None:
    settings.SECOND_FACTOR = "all"
    browser = Browser()
    browser.force_login(alice)
    sent = client_app.send(browser)
    assert sent["Location"].startswith("/account/second-factor/?next=%2Foauth%2Fauthorize%2F")
    query = urlencode(client_app.request())
    decided = browser.post(f"/oauth/authorize/decision/?{query}", {"decision": "allow"})
    assert decided["Location"].startswith("/account/second-factor/?next=")
    silent = answer_in(client_app.send(browser, prompt="none"))
    assert silent["error"] == "interaction_required"
