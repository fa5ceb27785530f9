"""An admin tries a client: a real authorization, of which nothing stays."""

import html
import re
from typing import Any

import pytest
from django.conf import settings
from django.core import mail
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.test import Client as Browser

from accounts.models import SecurityEvent, User
from accounts.models.event_kinds import Event
from accounts.oauth_server.models import (
    AccessToken,
    Authorization,
    AuthorizationCode,
    Client,
    DeviceGrant,
    RefreshToken,
)
from accounts.oauth_server.models.client import DEVICE_CODE
from tests.accounts.admin.scene import desk_of, permission
from tests.accounts.oauth_server.app import App, answer_in, ticked
from tests.accounts.oauth_server.conftest import register
from tests.accounts.second_factors.authenticators import confirmed

pytestmark = pytest.mark.django_db

SCOPES = ["openid", "email", "offline_access"]
KINDS: list[Any] = [Authorization, AuthorizationCode, AccessToken, RefreshToken, DeviceGrant]


def page_of(app: App) -> str:
    return f"/admin/oauth_server/client/{app.client.pk}/try/"


def begins(app: App, desk: Browser, grant: str = "authorization_code", **form: Any) -> HttpResponse:
    return desk.post(page_of(app), {"grant": grant, "scope": SCOPES} | form)


def decides(desk: Browser, begun: HttpResponse, decision: str = "allow") -> HttpResponse:
    page = desk.get(begun["Location"])
    words = page.content.decode()
    assert "Nothing that you allow here is kept" in words
    action = re.search(r'action="(/oauth/authorize/decision/[^"]*)"', words)
    assert action
    form = {"decision": decision, "scope": ticked(words)}
    return desk.post(html.unescape(action[1]), form)


def stored() -> list[Any]:
    return [list(kind.objects.order_by("pk").values()) for kind in KINDS]


def test_a_trial_shows_each_step_and_leaves_nothing(app: App, desk: Browser, bob: User) -> None:
    Authorization.objects.record(bob, app.client, frozenset({"openid", "profile"}), address="")
    before, sent = stored(), len(mail.outbox)
    events = SecurityEvent.objects.count()
    back = decides(desk, begins(app, desk))
    assert back["Location"].startswith(f"{settings.SITE_URL}{page_of(app)}callback/?code=lk_ac_")
    shown = desk.get(back["Location"])
    page = html.unescape(shown.content.decode())
    for words in (
        "redeemed", f'"email": "{bob.email}"', "at_hash fits", "lk_at_", "grant_type=refresh_token",
        "invalid_grant</strong>: The code was used before", "its sign-in has been ended",
        "RFC 6749 section 5.2", "Authorization: Basic (client ID and secret)",
    ):  # fmt: skip
        assert words in page, words
    assert "No</strong>:" not in page
    assert answer_in(back)["code"] not in page
    assert "no-store" in shown["Cache-Control"]
    assert stored() == before
    assert len(mail.outbox) == sent
    (event,) = SecurityEvent.objects.order_by("pk")[events:]
    assert event.kind == Event.ADMIN_CLIENT
    assert "Tried the app" in str(event.details)

    again = desk.get(back["Location"], follow=True).content.decode()
    assert "No trial of this app waits" in again


def test_a_code_of_a_trial_opens_nothing_at_the_token_endpoint(app: App, desk: Browser) -> None:
    back = decides(desk, begins(app, desk))
    verifier = desk.session["client_trial"]["verifier"]
    answer = app.redeem(
        answer_in(back)["code"],
        redirect_uri=back["Location"].partition("?")[0],
        code_verifier=verifier,
    )
    assert answer.status_code == 400
    assert answer.json()["error"] == "invalid_grant"


def test_a_redirect_uri_of_a_trial_is_that_of_one_request_in_one_session(
    app: App, other_app: App, desk: Browser, bob: User, alice: User
) -> None:
    begun = begins(app, desk)["Location"]
    own = f"{settings.SITE_URL}{page_of(app)}callback/"
    other = begun.replace(app.client.client_id, other_app.client.client_id)
    for browser, address in (
        (confirmed(alice), begun),
        (confirmed(bob), begun),  # the same admin, in another session
        (Browser(), begun),
        (desk, begun.replace("email", "profile")),
        (desk, other),
        (desk, begun + "&first_seen=x&nonce=another"),
    ):
        assert browser.get(address).status_code == 400, address
    assert app.send(confirmed(alice), redirect_uri=own).status_code == 400
    bob.is_staff = False
    bob.save()
    assert desk.get(begun).status_code == 400
    with pytest.raises(ValidationError, match="own admin"):
        register("Thief", redirect_uris=own)


def test_nobody_else_takes_the_answer_and_no_other_site_begins(
    app: App, desk: Browser, bob: User, mallory: User
) -> None:
    back = decides(desk, begins(app, desk))["Location"]
    assert "No trial of this app waits" in confirmed(bob).get(back, follow=True).content.decode()
    viewer = desk_of(mallory, permission("view", "oauth_server.Client"))
    assert viewer.get(back).status_code == 403
    assert viewer.post(page_of(app), {"grant": "authorization_code"}).status_code == 403
    wrong = back.replace("state=", "state=x")
    assert "No trial of this app waits" in desk.get(wrong, follow=True).content.decode()
    strict = Browser(enforce_csrf_checks=True)
    strict.cookies = desk.cookies
    assert strict.post(page_of(app), {"grant": "authorization_code"}).status_code == 403
    assert "at_hash fits" in desk.get(back).content.decode()  # what was tried in vain ended nothing


def test_what_an_app_would_be_refused_a_trial_is_refused(app: App, desk: Browser) -> None:
    back = desk.get(begins(app, desk, prompt="none")["Location"])
    page = desk.get(back["Location"]).content.decode()
    assert "consent_required" in page
    assert "OpenID Connect Core section 3.1.2.6" in page
    denied = decides(desk, begins(app, desk), decision="deny")
    assert "access_denied" in desk.get(denied["Location"]).content.decode()
    Client.objects.filter(pk=app.client.pk).update(is_restricted=True)
    assert (
        desk.get(begins(app, desk)["Location"]).status_code == 403
    )  # bob is in none of its groups
    kinds = set(SecurityEvent.objects.values_list("kind", flat=True))
    assert kinds.isdisjoint({Event.ACCESS_REFUSED, Event.CONSENT_REFUSED, Event.CODE_ISSUED})


def test_machines_and_devices_are_tried_at_once(app: App, desk: Browser) -> None:
    before = stored()
    machine = begins(app, desk, "client_credentials", scope=["profile"]).content.decode()
    assert "grant_type=client_credentials" in machine
    assert "lk_at_" in machine
    tv = register("TV", client_type="public", grant_types=f"{DEVICE_CODE} refresh_token")
    page = begins(tv, desk, DEVICE_CODE, scope=["openid"]).content.decode()
    for words in ("authorization_pending", "slow_down", "user_code", "id_token", "refresh_token"):
        assert words in page, words
    assert stored() == before
    Client.objects.update(is_restricted=True)
    assert "access_denied" in begins(tv, desk, DEVICE_CODE, scope=["openid"]).content.decode()
    assert "Choose from the lists" in begins(tv, desk).content.decode()
