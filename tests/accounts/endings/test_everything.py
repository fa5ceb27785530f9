"""After a restore or a theft: nobody is signed in any more, and no token works, whosever it is."""

import io
import sys
from typing import Any

import pytest
from django.core import mail
from django.core.management import CommandError, call_command
from django.test import Client as Browser

from accounts.models import SecurityEvent, Session, User
from accounts.oauth_server.models import Authorization, DeviceGrant, PersonalToken
from accounts.oauth_server.models.client import DEVICE_CODE
from tests.accounts.oauth_server.app import App, error_in, me
from tests.accounts.oauth_server.conftest import app, native_app, register

__all__ = ["app", "native_app"]

pytestmark = pytest.mark.django_db


def end_everything(*arguments: str) -> str:
    printed = io.StringIO()
    call_command("end_everything", *arguments, stdout=printed, stderr=printed)
    return printed.getvalue()


def test_everybody_is_signed_out_and_no_token_works(app: App, alice: User, bob: User) -> None:
    browser = Browser()
    browser.force_login(bob)
    scopes = frozenset({"profile"})
    token = PersonalToken.objects.issue(bob, name="backup", scopes=scopes, expires=None)
    of_alice, code = app.tokens_for(alice), app.code_for(alice)
    for_itself = app.post("/oauth/token/", {"grant_type": "client_credentials"}).json()

    printed = end_everything("--yes")

    assert browser.get("/account/").status_code == 302
    assert me(token).status_code == 401
    assert me(of_alice["access_token"]).status_code == 401
    assert error_in(app.refresh(of_alice["refresh_token"])) == (400, "invalid_grant")
    assert error_in(app.redeem(code)) == (400, "invalid_grant")
    assert not app.introspect(for_itself["access_token"])["active"]
    assert "Signed out: 2 people." in printed
    assert "Ended: 3 sessions, 2 access tokens, 1 refresh token, 1 unused code" in printed
    assert "1 personal access token" in printed
    assert mail.outbox == [], "a mail to everybody"
    events = SecurityEvent.objects.filter(kind="everything_ended", actor="admin")
    assert set(events.values_list("user", flat=True)) == {alice.pk, bob.pk}


def test_who_was_let_in_may_come_back_without_a_new_question(app: App, alice: User) -> None:
    app.tokens_for(alice)
    end_everything("--yes")
    assert Authorization.objects.filter(user=alice).exists()
    assert app.tokens_for(alice)["access_token"]


def test_what_has_no_person_yet_ends_too(alice: User) -> None:
    television = register("Television", client_type="public", grant_types=DEVICE_CODE)
    television.post("/oauth/device-authorization/", {"scope": "profile"})
    Browser().post("/accounts/login/code/", {"email": "alice@example.com"})
    assert DeviceGrant.objects.exists()
    assert Session.objects.filter(user=None).exists()
    end_everything("--yes")
    assert not DeviceGrant.objects.exists()
    assert not Session.objects.exists()


@pytest.mark.parametrize("answer", ["", "n", "no way"])
def test_nothing_ends_without_a_yes(
    app: App, alice: User, answer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    tokens = app.tokens_for(alice)
    monkeypatch.setattr(sys, "stdin", terminal(answer))
    with pytest.raises(CommandError, match="Nothing was changed"):
        end_everything()
    assert me(tokens["access_token"]).status_code == 200


def test_a_yes_ends_it(app: App, alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    tokens = app.tokens_for(alice)
    monkeypatch.setattr(sys, "stdin", terminal("yes"))
    assert "1 people will be signed out everywhere" in end_everything()
    assert me(tokens["access_token"]).status_code == 401


def test_where_nobody_can_be_asked_nothing_ends(alice: User) -> None:
    with pytest.raises(CommandError, match="Add --yes"):
        end_everything()


def terminal(answer: str) -> Any:
    typed: Any = io.StringIO(f"{answer}\n")
    typed.isatty = lambda: True
    return typed
