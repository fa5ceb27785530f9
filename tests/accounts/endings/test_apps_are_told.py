"""Each way in which a session ends, and that the app which was signed in to from it hears so.

By OpenID Connect Back-Channel Logout 1.0, over HTTP, with the `sid` that the ID token had. What a
logout token looks like, and what happens where an app does not answer, is in
tests/accounts/oauth_server/logout/test_back_channel.py; the end of all that a squatter left, by
each way in (by a third party, too), in test_take_over.py: `test_apps_and_alice_are_told`.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from unittest.mock import patch

import pytest
from django.core import mail
from django.core.management import CommandError, call_command
from django.test import Client as Browser
from django.test import override_settings
from django.utils import timezone

from accounts.models import SecurityEvent, Session, User
from accounts.models.event_kinds import Actor, Event
from tests.accounts.oauth_server.app import App, answer_in
from tests.accounts.oauth_server.conftest import app
from tests.accounts.oauth_server.listener import Listener, listening
from tests.accounts.second_factors.authenticators import confirmed
from tests.conftest import PASSWORD
from tests.hashing import QuickHasher
from tests.upstream import TOTP

__all__ = ["app"]

# The apps are told after the commit, so there has to be one.
pytestmark = pytest.mark.django_db(transaction=True)

NEW = "a fresh correct horse battery"
FAR = timedelta(days=1_000)


class Costlier(QuickHasher):
    """The same at another cost."""

    memory_cost = 16


def _typing(*passwords: str) -> Any:
    """Let somebody at a terminal type these, one after the other."""
    return patch("getpass.getpass", side_effect=passwords)


@dataclass
class Site:
    """Alice, signed in to `app` from `browser`, in the session that is called `sid`."""

    app: App
    listener: Listener
    alice: User
    bob: User
    browser: Browser
    sid: str
    id_token: str

    def heard(self) -> list[tuple[str, str]]:
        return [(claims["sub"], claims["sid"]) for claims in self.listener.claims()]

    @property
    def row(self) -> Any:
        return Session.objects.filter(sid=self.sid)

    def desk(self) -> Browser:
        """A browser in which Bob is a superuser who proved it just now."""
        self.bob.is_staff = self.bob.is_superuser = True
        self.bob.save()
        return confirmed(self.bob)


@pytest.fixture
def site(app: App, alice: User, bob: User) -> Iterator[Site]:
    with listening() as listener:
        app.client.backchannel_logout_uri = listener.uri
        app.client.save()
        browser = Browser()
        browser.post("/accounts/login/", {"login": alice.email, "password": PASSWORD})
        tokens = app.redeem(answer_in(app.ask(browser))["code"]).json()
        sid = browser.session["sid"]
        yield Site(app, listener, alice, bob, browser, sid, tokens["id_token"])


# --- By the person ---


def one_device_on_the_sessions_page(site: Site) -> None:
    confirmed(site.alice).post(f"/account/sessions/{site.sid}/end/")


def all_other_devices_on_the_sessions_page(site: Site) -> None:
    confirmed(site.alice).post("/account/sessions/end-others/")


def this_device_on_the_sessions_page(site: Site) -> None:
    site.browser.post(f"/account/sessions/{site.sid}/end/")


def sign_out_page(site: Site) -> None:
    site.browser.post("/accounts/logout/")


@override_settings(SECOND_FACTOR="off")
def sign_out_of_django_admin(site: Site) -> None:
    User.objects.filter(pk=site.alice.pk).update(is_staff=True)
    site.browser.post("/admin/logout/")


def sign_out_everywhere(site: Site) -> None:
    site.browser.post("/account/sign-out-everywhere/")


def logout_request_of_the_app(site: Site) -> None:
    """RP-Initiated Logout 1.0."""
    site.browser.get("/oauth/logout/", {"id_token_hint": site.id_token})


def somebody_else_signs_in_with_a_password(site: Site) -> None:
    page = site.app.send(site.browser, prompt="login")["Location"]
    site.browser.post(page, {"login": site.bob.email, "password": PASSWORD})
    assert site.browser.session["_auth_user_id"] == str(site.bob.pk)
    ended = SecurityEvent.objects.filter(user=site.alice, kind=Event.SIGN_OUT)
    assert [event.actor for event in ended] == [Actor.PERSON]


def somebody_else_asks_for_a_code(site: Site) -> None:
    page = site.app.send(site.browser, prompt="login")["Location"]
    code_page = page.replace("/accounts/login/", "/accounts/login/code/", 1)
    site.browser.post(code_page, {"email": site.bob.email})
    assert "_auth_user_id" not in site.browser.session


def password_change(site: Site) -> None:
    form = {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW}
    confirmed(site.alice).post("/accounts/password/change/", form)


def first_password(site: Site) -> None:
    """Of somebody who had none. Their sessions are known by a digest of it."""
    site.alice.set_unusable_password()
    site.alice.save()
    session = site.browser.session
    session["_auth_user_hash"] = site.alice.get_session_auth_hash()
    session.save()
    elsewhere = confirmed(site.alice)
    elsewhere.post("/accounts/password/set/", {"password1": NEW, "password2": NEW})
    assert User.objects.get(pk=site.alice.pk).check_password(NEW)
    assert elsewhere.get("/account/").status_code == 200


def password_reset(site: Site) -> None:
    browser = Browser()
    browser.post("/accounts/password/reset/", {"email": site.alice.email})
    code = browser.session["account_password_reset_verification"]["code"]
    browser.post("/accounts/password/reset/confirm/", {"code": code})
    form = {"password1": NEW, "password2": NEW}
    browser.post("/accounts/password/reset/complete/", form)
    assert User.objects.get(pk=site.alice.pk).check_password(NEW)


def closing_the_account(site: Site) -> None:
    """And the end of the cooling-off period, at which nothing is left to be told."""
    confirmed(site.alice).post("/account/delete/", {"email": site.alice.email})
    assert not User.objects.get(pk=site.alice.pk).is_active
    assert len(site.listener.heard) == 1
    User.objects.exclude(delete_after=None).update(delete_after=timezone.now())
    call_command("cleartokens")
    assert not User.objects.filter(pk=site.alice.pk).exists()


@override_settings(DELETION_COOLING_OFF_DAYS=0)
def closing_the_account_without_cooling_off(site: Site) -> None:
    confirmed(site.alice).post("/account/delete/", {"email": site.alice.email})
    assert not User.objects.filter(pk=site.alice.pk).exists()


# --- By admins and operators ---


def _people_form(site: Site, **changes: Any) -> dict[str, Any]:
    rows = {"emailaddress_set-TOTAL_FORMS": 0, "emailaddress_set-INITIAL_FORMS": 0}
    return {"email": site.alice.email, **rows, **changes}


def deactivation_by_an_admin(site: Site) -> None:
    page = f"/admin/accounts/user/{site.alice.pk}/change/"
    assert site.desk().post(page, _people_form(site)).status_code == 302
    assert not User.objects.get(pk=site.alice.pk).is_active


def deletion_by_an_admin(site: Site) -> None:
    page = f"/admin/accounts/user/{site.alice.pk}/delete/"
    assert site.desk().post(page, {"post": "yes"}).status_code == 302
    assert not User.objects.filter(pk=site.alice.pk).exists()


def second_factor_reset_by_an_operator(site: Site) -> None:
    TOTP.activate(site.alice, "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP")
    call_command("reset_second_factors", email=site.alice.email)


def changepassword(site: Site) -> None:
    with _typing(NEW, NEW):
        call_command("changepassword", site.alice.email)
    assert User.objects.get(pk=site.alice.pk).check_password(NEW)


def create_person_with_another_password(site: Site) -> None:
    call_command("create_person", email=site.alice.email, password=NEW)
    assert User.objects.get(pk=site.alice.pk).check_password(NEW)


# --- By itself ---


def _aged(site: Site, *, started: timedelta, seen: timedelta) -> None:
    """Make the session so old, as if it had been kept alive ever since."""
    now = timezone.now()
    site.row.update(started=now - started, last_seen=now - seen, expire_date=now + FAR)


def idle_limit_met_by_the_browser(site: Site) -> None:
    _aged(site, started=timedelta(days=20), seen=timedelta(days=14))
    assert site.browser.get("/account/").status_code == 302


def absolute_limit_met_by_the_browser(site: Site) -> None:
    _aged(site, started=timedelta(days=30), seen=timedelta())
    assert site.browser.get("/account/").status_code == 302


def expiry_met_by_the_browser(site: Site) -> None:
    site.row.update(expire_date=timezone.now())
    assert site.browser.get("/account/").status_code == 302


def idle_limit_met_by_cleanup(site: Site) -> None:
    _aged(site, started=timedelta(days=20), seen=timedelta(days=14))
    call_command("cleartokens")


def absolute_limit_met_by_cleanup(site: Site) -> None:
    _aged(site, started=timedelta(days=30), seen=timedelta())
    call_command("cleartokens")


def expiry_met_by_cleanup(site: Site) -> None:
    site.row.update(expire_date=timezone.now())
    call_command("cleartokens")


def limit_of_staff_met_by_cleanup(site: Site) -> None:
    _aged(site, started=timedelta(hours=11), seen=timedelta(hours=2))
    call_command("cleartokens")
    assert site.heard() == []
    User.objects.filter(pk=site.alice.pk).update(is_staff=True)
    call_command("cleartokens")


def hash_renewed_at_a_sign_in_elsewhere(site: Site) -> None:
    """A password that was hashed at another cost is hashed anew, and that is in each session."""
    with override_settings(PASSWORD_HASHERS=["tests.accounts.endings.test_apps_are_told.Costlier"]):
        form = {"login": site.alice.email, "password": PASSWORD}
        Browser().post("/accounts/login/", form)
    assert User.objects.get(pk=site.alice.pk).password != site.alice.password


def password_changed_by_who_tells_nobody(site: Site) -> None:
    site.alice.set_password(NEW)
    site.alice.save()
    assert site.browser.get("/account/").status_code == 302


def end_everything(site: Site) -> None:
    call_command("end_everything", "--yes", verbosity=0)


WAYS: list[Callable[[Site], None]] = [
    end_everything,
    one_device_on_the_sessions_page,
    all_other_devices_on_the_sessions_page,
    this_device_on_the_sessions_page,
    sign_out_page,
    sign_out_of_django_admin,
    sign_out_everywhere,
    logout_request_of_the_app,
    somebody_else_signs_in_with_a_password,
    somebody_else_asks_for_a_code,
    password_change,
    first_password,
    password_reset,
    closing_the_account,
    closing_the_account_without_cooling_off,
    deactivation_by_an_admin,
    deletion_by_an_admin,
    second_factor_reset_by_an_operator,
    changepassword,
    create_person_with_another_password,
    idle_limit_met_by_the_browser,
    absolute_limit_met_by_the_browser,
    expiry_met_by_the_browser,
    idle_limit_met_by_cleanup,
    absolute_limit_met_by_cleanup,
    expiry_met_by_cleanup,
    limit_of_staff_met_by_cleanup,
    hash_renewed_at_a_sign_in_elsewhere,
    password_changed_by_who_tells_nobody,
]


@pytest.mark.every_case
@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_the_app_hears_of_each_end_of_its_session_once(site: Site, way: Any) -> None:
    sub = site.alice.sub
    way(site)
    assert not site.row.exists()
    assert site.heard() == [(sub, site.sid)]


def test_the_app_hears_of_what_was_chosen_alone(site: Site) -> None:
    """The sessions of others, and other sessions of Alice, go on."""
    elsewhere, bobs = confirmed(site.alice), confirmed(site.bob)
    site.app.ask(bobs)
    sign_out_page(site)
    assert len(site.heard()) == 1
    assert elsewhere.get("/account/").status_code == bobs.get("/account/").status_code == 200


def test_cleanup_ends_sessions_of_several_people_and_tells_of_each(site: Site) -> None:
    ends = [(site.alice.sub, site.sid)]
    for person in (site.bob, site.alice):
        browser = confirmed(person)
        answer = site.app.send(browser)
        answer = site.app.ask(browser) if answer.status_code == 200 else answer
        site.app.redeem(answer_in(answer)["code"])
        ends.append((person.sub, browser.session["sid"]))
    Session.objects.update(expire_date=timezone.now())
    call_command("cleartokens", batch_size=2)
    assert sorted(site.heard()) == sorted(ends)
    assert not Session.objects.exists()


def test_a_session_that_is_in_use_is_not_cleaned_up(site: Site) -> None:
    _aged(site, started=timedelta(days=29), seen=timedelta(days=13))
    call_command("cleartokens")
    assert site.heard() == []
    assert site.browser.get("/account/").status_code == 200


def test_a_new_key_of_a_session_is_no_end_of_it(site: Site) -> None:
    site.browser.post("/accounts/reauthenticate/", {"password": PASSWORD})
    assert site.browser.session["sid"] == site.sid
    assert site.heard() == []


def test_changepassword_tells_the_person_what_an_admin_did(site: Site) -> None:
    changepassword(site)
    event = SecurityEvent.objects.get(user=site.alice, kind=Event.CHANGED_BY_ADMIN)
    assert event.actor == Actor.ADMIN
    assert event.details == {"action": "change", "changes": [{"changed": {"fields": ["password"]}}]}
    assert "An admin changed your account" in mail.outbox[-1].subject
    assert mail.outbox[-1].to == [site.alice.email]


@pytest.mark.parametrize(
    "typed", [[NEW, "another"] * 3, ["short", "short"] * 3], ids=["mistyped", "weak"]
)
def test_changepassword_changes_nothing_until_a_password_is_good(
    site: Site, typed: list[str]
) -> None:
    with _typing(*typed), pytest.raises(CommandError, match="Nothing was changed"):
        call_command("changepassword", site.alice.email)
    assert User.objects.get(pk=site.alice.pk).password == site.alice.password
    assert site.row.exists()


def test_changepassword_of_nobody_says_so(db: None) -> None:
    with pytest.raises(CommandError, match="Nobody has the e-mail address"):
        call_command("changepassword", "nobody@example.com")
