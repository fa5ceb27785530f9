"""Back-channel logout: apps are told that a session has ended, over real HTTP."""

import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import jwt
import pytest
from django.core.management import call_command
from django.test import Client as Browser
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from accounts.models import User
from accounts.oauth_server.logout.back_channel import RETRY_AFTER
from accounts.oauth_server.models import Authorization, Client
from tests.accounts.oauth_server.app import App, answer_in
from tests.accounts.oauth_server.listener import Listener, listening
from tests.accounts.second_factors.authenticators import confirmed
from tests.conftest import PASSWORD
from tests.metrics import Metrics

# The apps are told after the commit, so there has to be one.
pytestmark = pytest.mark.django_db(transaction=True)

EVENT = "http://schemas.openid.net/event/backchannel-logout"


@pytest.fixture
def listener(app: App) -> Iterator[Listener]:
    """The server of `app`."""
    with listening() as server:
        hears_at(app, server)
        yield server


@pytest.fixture
def other_listener(other_app: App) -> Iterator[Listener]:
    with listening() as server:
        hears_at(other_app, server)
        yield server


@pytest.fixture
def browser(alice: User) -> Browser:
    browser = Browser()
    browser.force_login(alice)
    return browser


@pytest.fixture
def _queued(settings: Any) -> None:
    """TASKS_BACKEND=database"""
    settings.TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}


def hears_at(app: App, server: Listener) -> None:
    app.client.backchannel_logout_uri = server.uri
    app.client.full_clean()
    app.client.save()


def sign_in(app: App, browser: Browser) -> dict[str, Any]:
    response = app.send(browser)
    if response.status_code == 200:
        response = app.ask(browser)
    return app.redeem(answer_in(response)["code"]).json()


def read(token: str) -> dict[str, Any]:
    return jwt.decode(token, options={"verify_signature": False})


def work() -> None:
    """What `manage.py db_worker` does until there is nothing to do."""
    call_command("db_worker", batch=True, interval=0, startup_delay=False, verbosity=0)


def minutes_pass() -> None:
    long_ago = timezone.now() - timedelta(seconds=1)
    DBTaskResult.objects.filter(status="READY").update(run_after=long_ago)


def test_a_logout_token_says_what_the_specification_asks(
    app: App, listener: Listener, alice: User, browser: Browser
) -> None:
    sign_in(app, browser)
    sid = browser.session["sid"]

    browser.post("/accounts/logout/")

    (claims,) = listener.claims()
    assert claims.pop("jti")
    assert claims.pop("exp") - claims.pop("iat") == 120
    assert claims == {
        "iss": "http://testserver",
        "aud": app.client.client_id,
        "sub": alice.sub,
        "sid": sid,
        "events": {EVENT: {}},
    }


def test_a_logout_token_names_the_person_and_is_signed_as_the_app_has_it(
    app: App, listener: Listener, alice: User, browser: Browser
) -> None:
    Client.objects.filter(pk=app.client.pk).update(algorithm="ES256", subject_type=Client.PAIRWISE)
    tokens = sign_in(app, browser)

    browser.post("/accounts/logout/")

    (claims,) = listener.claims()
    assert claims["sub"] == read(tokens["id_token"])["sub"] != alice.sub
    assert jwt.get_unverified_header(listener.heard[0])["alg"] == "ES256"


def test_a_logout_token_is_no_hint(app: App, listener: Listener, browser: Browser) -> None:
    sign_in(app, browser)
    browser.post("/accounts/logout/")

    assert browser.get("/oauth/logout/", {"id_token_hint": listener.heard[0]}).status_code == 400


def test_every_app_of_the_session_is_told_that_one_of_them_ended_it(
    app: App, listener: Listener, other_app: App, other_listener: Listener, browser: Browser
) -> None:
    tokens = sign_in(app, browser)
    sign_in(other_app, browser)
    sid = browser.session["sid"]

    browser.get("/oauth/logout/", {"id_token_hint": tokens["id_token"]})

    assert [claims["sid"] for claims in listener.claims()] == [sid]
    assert [claims["sid"] for claims in other_listener.claims()] == [sid]


def test_apps_of_other_sessions_and_people_are_not_told(
    app: App,
    listener: Listener,
    other_app: App,
    other_listener: Listener,
    alice: User,
    bob: User,
    browser: Browser,
) -> None:
    sign_in(app, browser)
    other_app.tokens_for(alice)  # from another browser
    other_app.tokens_for(bob)

    browser.post("/accounts/logout/")

    assert len(listener.heard) == 1
    assert other_listener.heard == []


def test_signing_out_everywhere_tells_of_every_session_and_of_devices(
    app: App, listener: Listener, alice: User, browser: Browser
) -> None:
    sign_in(app, browser)
    app.tokens_for(alice)
    device = app.tokens_for(alice)
    for tokens in ("access_tokens", "refresh_tokens"):
        row = getattr(Authorization.objects.get(), tokens).latest("pk")
        type(row).objects.filter(pk=row.pk).update(sid="")
    assert device

    browser.post("/account/sign-out-everywhere/")

    sids = [claims.get("sid") for claims in listener.claims()]
    assert len(sids) == len(set(sids)) == 3
    assert None in sids
    assert {claims["sub"] for claims in listener.claims()} == {alice.sub}


def test_an_app_that_has_to_know_the_session_is_not_told_of_devices(
    app: App, listener: Listener, alice: User, browser: Browser
) -> None:
    app.tokens_for(alice)
    Authorization.objects.get().access_tokens.update(sid="")
    Authorization.objects.get().refresh_tokens.update(sid="")
    Client.objects.update(backchannel_logout_session_required=True)

    browser.post("/account/sign-out-everywhere/")

    assert listener.heard == []


def test_a_changed_password_tells_the_apps_of_other_browsers(
    app: App, listener: Listener, other_app: App, other_listener: Listener, alice: User
) -> None:
    here, elsewhere = Browser(), Browser()
    here.post("/accounts/login/", {"login": alice.email, "password": PASSWORD})
    elsewhere.force_login(alice)
    sign_in(app, here)
    sign_in(other_app, elsewhere)
    sid, new = elsewhere.session["sid"], "a fresh correct horse battery"

    form = {"oldpassword": PASSWORD, "password1": new, "password2": new}
    here.post("/accounts/password/change/", form)

    assert listener.heard == []
    assert [claims["sid"] for claims in other_listener.claims()] == [sid]


def test_somebody_else_who_signs_in_in_the_same_browser_ends_the_session_too(
    app: App, listener: Listener, alice: User, bob: User, browser: Browser
) -> None:
    sign_in(app, browser)
    onward = app.send(browser, prompt="login")["Location"]

    browser.post(onward, {"login": bob.email, "password": PASSWORD})

    assert browser.session["_auth_user_id"] == str(bob.pk)
    assert [claims["sub"] for claims in listener.claims()] == [alice.sub]


@pytest.mark.parametrize("action", ["change", "delete"])
def test_an_admin_who_switches_a_person_off_or_deletes_them_tells_the_apps(
    app: App, listener: Listener, alice: User, bob: User, browser: Browser, action: str
) -> None:
    sign_in(app, browser)
    sub = alice.sub
    bob.is_staff = bob.is_superuser = True
    bob.save()
    desk = confirmed(bob)
    form = {
        "email": alice.email,
        "emailaddress_set-TOTAL_FORMS": 0,
        "emailaddress_set-INITIAL_FORMS": 0,
    }

    form = form if action == "change" else {"post": "yes"}
    assert desk.post(f"/admin/accounts/user/{alice.pk}/{action}/", form).status_code == 302

    assert [claims["sub"] for claims in listener.claims()] == [sub]


def test_an_app_without_an_address_and_one_that_is_off_are_not_told(
    app: App, listener: Listener, browser: Browser
) -> None:
    sign_in(app, browser)
    Client.objects.update(is_active=False)

    assert browser.post("/accounts/logout/").status_code == 302
    assert listener.heard == []


# --- inline: once, and soon ---


def test_a_slow_app_holds_neither_the_person_nor_the_other_app(
    app: App, listener: Listener, other_app: App, other_listener: Listener, browser: Browser
) -> None:
    listener.slow = 8
    sign_in(app, browser)
    sign_in(other_app, browser)

    began = time.monotonic()
    response = browser.post("/accounts/logout/")

    assert response.status_code == 302
    assert time.monotonic() - began < 4
    assert len(other_listener.heard) == 1


def test_an_app_that_is_down_or_fails_or_redirects_does_not_keep_the_person_in(
    app: App, listener: Listener, other_app: App, browser: Browser
) -> None:
    listener.answers = [302]
    Client.objects.filter(pk=other_app.client.pk).update(
        backchannel_logout_uri="http://127.0.0.1:9/"
    )
    sign_in(app, browser)
    sign_in(other_app, browser)

    assert browser.post("/accounts/logout/").status_code == 302
    assert browser.get("/account/").status_code == 302
    assert len(listener.heard) == 1


# --- queued: again and again, for ten minutes ---


@pytest.mark.usefixtures("_queued")
def test_queued_a_slow_app_costs_the_person_nothing(
    app: App, listener: Listener, browser: Browser
) -> None:
    listener.slow = 8
    sign_in(app, browser)

    began = time.monotonic()
    browser.post("/accounts/logout/")

    assert time.monotonic() - began < 1
    assert listener.heard == []


@pytest.mark.usefixtures("_queued")
def test_queued_an_app_that_fails_is_told_again_and_the_others_are_not(
    app: App,
    listener: Listener,
    other_app: App,
    other_listener: Listener,
    browser: Browser,
    metrics: Metrics,
) -> None:
    listener.answers = [500, 503]
    sign_in(app, browser)
    sign_in(other_app, browser)
    browser.post("/accounts/logout/")

    work()
    assert (len(listener.heard), len(other_listener.heard)) == (1, 1)
    work()  # it is not yet time
    assert len(listener.heard) == 1
    for _ in range(3):
        minutes_pass()
        work()

    assert (len(listener.heard), len(other_listener.heard)) == (3, 1)
    assert len({claims["jti"] for claims in listener.claims()}) == 3
    notices = "latchkey_logout_notices"
    assert (metrics(f"{notices}_total", outcome="failed"), metrics(f"{notices}_lost_total")) == (
        2,
        0,
    )
    assert metrics(f"{notices}_total", outcome="told") == 2
    assert not DBTaskResult.objects.exclude(status="SUCCESSFUL").exists()


@pytest.mark.usefixtures("_queued")
def test_queued_an_app_that_stays_down_is_given_up(
    app: App, listener: Listener, browser: Browser, metrics: Metrics
) -> None:
    listener.answers = [500] * 20
    sign_in(app, browser)
    browser.post("/accounts/logout/")

    for _ in range(10):
        work()
        minutes_pass()

    assert len(listener.heard) == 1 + len(RETRY_AFTER)
    assert metrics("latchkey_logout_notices_lost_total") == 1


@pytest.mark.usefixtures("_queued")
def test_queued_no_token_waits_in_the_database(
    app: App, listener: Listener, browser: Browser
) -> None:
    sign_in(app, browser)
    browser.post("/accounts/logout/")

    (queued,) = DBTaskResult.objects.filter(task_path__contains="back_channel")
    ((notice,),) = [queued.args_kwargs["args"][0]]
    assert set(notice) == {"client", "sub", "sid"}


# --- where it is set ---


def test_the_address_is_https_or_on_this_machine(app: App, bob: User) -> None:
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
    for wrong in ("http://app.example/", "https://app.example/#x", "ftp://x.example", "a b"):
        page = desk.post(url, form | {"backchannel_logout_uri": wrong})
        assert "errorlist" in page.content.decode(), wrong

    assert not Client.objects.exclude(backchannel_logout_uri="").exists()


def test_a_client_that_registered_itself_cannot_lead_this_site_into_its_own_network(
    app: App, listener: Listener, browser: Browser
) -> None:
    Client.objects.update(registration_source=Client.RegistrationSource.DCR)
    sign_in(app, browser)

    browser.post("/accounts/logout/")

    assert listener.heard == []
