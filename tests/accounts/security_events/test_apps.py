"""What client apps ask for, get, use and lose."""

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import SecurityEvent, User
from accounts.models.event_kinds import Event
from accounts.oauth_server.models import Authorization, RefreshToken
from tests.accounts.oauth_server.app import App, error_in
from tests.accounts.oauth_server.conftest import register as register_client
from tests.accounts.security_events.events import recorded

pytestmark = pytest.mark.django_db
SCOPES = {"scopes": ["openid", "profile", "email"]}
DEVICE = "urn:ietf:params:oauth:grant-type:device_code"
CLIENT_CREDENTIALS = {"grant_type": "client_credentials"}


def replay_a_refresh_token(app: App, alice: User, *, by: App | None = None) -> None:
    old = app.tokens_for(alice)["refresh_token"]
    app.refresh(old)
    for token in RefreshToken.objects.exclude(superseded=None):
        token.superseded -= timedelta(minutes=1)
        token.save()
    assert error_in((by or app).refresh(old)) == (400, "invalid_grant")


def test_consent_given_then_a_code_issued_and_redeemed(app: App, alice: User) -> None:
    app.tokens_for(alice)
    assert recorded(Event.CONSENT_GIVEN) == [("succeeded", "Alice", "person", SCOPES)]
    assert recorded(Event.CODE_ISSUED) == [("succeeded", "Alice", "person", SCOPES)]
    assert recorded(Event.CODE_REDEEMED) == [
        ("succeeded", "Alice", "client", {"grant": "authorization_code"})
    ]
    events = SecurityEvent.objects.exclude(kind=Event.SIGN_IN)
    assert {event.client for event in events} == {app.client}
    assert {event.client_public_id for event in events} == {app.client.client_id}


def test_a_second_sign_in_asks_for_no_consent(app: App, alice: User) -> None:
    app.tokens_for(alice)
    app.tokens_for(alice)
    assert len(recorded(Event.CONSENT_GIVEN)) == 1
    assert len(recorded(Event.CODE_ISSUED)) == 2


def test_consent_refused(app: App, alice: User, client: Browser) -> None:
    client.force_login(alice)
    app.ask(client, "deny")
    assert recorded(Event.CONSENT_REFUSED) == [("failed", "Alice", "person", SCOPES)]
    assert recorded(Event.CODE_ISSUED) == []


def test_a_token_for_a_client_itself_costs_one_insert(app: App) -> None:
    app.post("/oauth/token/", CLIENT_CREDENTIALS)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        app.post("/oauth/token/", CLIENT_CREDENTIALS)
    of_events = [query["sql"] for query in queries if "securityevent" in query["sql"].lower()]
    assert len(of_events) == 1
    assert 'INSERT INTO "accounts_securityevent"' in of_events[0]
    assert (
        recorded(Event.TOKEN_ISSUED, client=app.client) == [("succeeded", None, "client", {})] * 2
    )


def test_refreshes_and_a_retry(app: App, alice: User) -> None:
    old = app.tokens_for(alice)["refresh_token"]
    app.refresh(old)
    app.refresh(old)
    assert recorded(Event.TOKEN_REFRESHED) == [
        ("succeeded", "Alice", "client", {}),
        ("succeeded", "Alice", "client", {"is_retry": True}),
    ]


def test_what_is_refused_and_rolled_back_leaves_no_success(app: App, alice: User) -> None:
    assert app.redeem(app.code_for(alice), code_verifier="x" * 43).status_code == 400
    assert recorded(Event.CODE_REDEEMED) == []


def test_a_replayed_code(app: App, alice: User) -> None:
    code = app.code_for(alice)
    for _ in range(3):
        app.redeem(code)
    assert recorded(Event.CODE_REPLAYED) == [("failed", "Alice", "unknown", {})] * 2


def test_a_replayed_refresh_token(app: App, alice: User) -> None:
    replay_a_refresh_token(app, alice)
    assert recorded(Event.TOKEN_REPLAYED) == [("failed", "Alice", "unknown", {})]


def test_a_refresh_token_that_another_app_presents(app: App, other_app: App, alice: User) -> None:
    replay_a_refresh_token(app, alice, by=other_app)
    by = {"presented_by": other_app.client.client_id}
    assert recorded(Event.TOKEN_REPLAYED, client=app.client) == [("failed", "Alice", "unknown", by)]


def test_a_revoked_token(app: App, alice: User) -> None:
    app.post("/oauth/revoke/", {"token": app.tokens_for(alice)["refresh_token"]})
    assert recorded(Event.TOKEN_REVOKED) == [("succeeded", "Alice", "client", {"code": "sign_in"})]


def test_a_removed_app_with_the_receipt(app: App, alice: User, client: Browser) -> None:
    app.tokens_for(alice)
    client.force_login(alice)
    client.post(f"/account/apps/{Authorization.objects.get().pk}/remove/")
    ((outcome, person, actor, details),) = recorded(Event.APP_REMOVED)
    assert (outcome, person, actor) == ("succeeded", "Alice", "person")
    last_used = details["ended"].pop("last_used")
    assert details == {"ended": {"apps": 1, "access_tokens": 1, "refresh_tokens": 1}}
    assert timezone.now() - datetime.fromisoformat(last_used) < timedelta(minutes=1)


def test_clients_that_do_not_prove_themselves(app: App, native_app: App) -> None:
    for secret in ("lk_cs_wrong", None):
        app.secret = secret
        app.post("/oauth/token/", CLIENT_CREDENTIALS)
    for header in ("Basic !", "Basic ÿ"):
        app.post("/oauth/token/", CLIENT_CREDENTIALS, Authorization=header)
    failures = SecurityEvent.objects.filter(kind=Event.CLIENT_REFUSED).order_by("pk")
    codes = [event.details["code"] for event in failures]
    assert codes == ["secret", "no_secret", *["unreadable_header"] * 2]
    assert {event.actor for event in failures} == {"unknown"}
    assert [event.client_public_id for event in failures][:2] == [app.client.client_id] * 2
    assert {event.outcome for event in failures} == {"failed"}


def test_an_unknown_client_costs_what_a_known_one_does(app: App) -> None:
    counts = []
    for client_id in (app.client.client_id, "nobody"):
        app.client.client_id, app.secret = client_id, "lk_cs_wrong"
        with CaptureQueriesContext(connection) as queries:
            app.post("/oauth/token/", CLIENT_CREDENTIALS)
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_a_device_that_is_let_in_and_one_that_is_not(alice: User, client: Browser) -> None:
    television = register_client(
        "Television",
        client_type="public",
        redirect_uris="https://tv.example/",
        grant_types=f"authorization_code {DEVICE} refresh_token",
    )
    client.force_login(alice)
    for decision in ("allow", "deny"):
        started = television.post("/oauth/device-authorization/", {"scope": "openid"}).json()
        form = {"user_code": started["user_code"], "decision": decision}
        client.post("/oauth/device/decision/", form)
        television.post(
            "/oauth/token/", {"grant_type": DEVICE, "device_code": started["device_code"]}
        )
    assert recorded(Event.DEVICE_APPROVED) == [
        ("succeeded", "Alice", "person", {"scopes": ["openid"]})
    ]
    assert recorded(Event.DEVICE_REFUSED) == [("failed", "Alice", "person", {})]
    assert recorded(Event.CODE_REDEEMED) == [
        ("succeeded", "Alice", "client", {"grant": "device_code"})
    ]


# --- The mail after a replay ---


def test_the_person_is_told_of_a_replay_once(
    app: App, alice: User, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        replay_a_refresh_token(app, alice)
    with django_capture_on_commit_callbacks(execute=True):
        app.refresh(app.tokens_for(alice)["refresh_token"])
    subject = "We signed you out of Photo Album"
    (message,) = [each for each in mail.outbox if each.subject == subject]
    assert message.to == [alice.email]
    (html, kind) = message.alternatives[0]
    assert kind == "text/html"
    for body in (message.body, html):
        assert "Photo Album" in body
        assert "http" not in body
        assert not re.search(r"lk_[a-z]+_|<img|src=|utm_", body)


def test_a_code_replayed_again_and_again_is_told_once(
    app: App, alice: User, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        code = app.code_for(alice)
        for _ in range(4):
            app.redeem(code)
    assert [message.subject for message in mail.outbox] == [
        "Photo Album was granted access to your account at Latchkey",
        "We signed you out of Photo Album",
    ]


def test_a_name_is_escaped_in_the_mail(
    app: App, alice: User, django_capture_on_commit_callbacks: Any
) -> None:
    app.client.name = "Photos <b>& more</b>"
    app.client.save()
    with django_capture_on_commit_callbacks(execute=True):
        replay_a_refresh_token(app, alice)
    assert "Photos <b>& more</b>" in mail.outbox[-1].body
    assert "Photos &lt;b&gt;&amp; more&lt;/b&gt;" in mail.outbox[-1].alternatives[0][0]


def test_a_mail_that_cannot_be_sent_breaks_nothing(
    app: App,
    alice: User,
    settings: Any,
    caplog: pytest.LogCaptureFixture,
    django_capture_on_commit_callbacks: Any,
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9  # where nobody listens
    with django_capture_on_commit_callbacks(execute=True):
        replay_a_refresh_token(app, alice)
    assert recorded(Event.TOKEN_REPLAYED)
    assert "mail_not_sent" in caplog.text
    assert alice.email not in caplog.text
