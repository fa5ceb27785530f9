"""The record itself: append-only, clean, in one with what it tells of, and in the log too."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.test import Client as Browser
from django.utils import timezone

from accounts.models import SecurityEvent, User
from accounts.models.event_kinds import GROUPS, Event, Outcome
from accounts.models.security_event import AppendOnly
from accounts.oauth_server.models import SigningKey
from accounts.security_events.record import limit_hit, record
from accounts.security_events.words import sentence
from tests.accounts.oauth_server.app import App
from tests.conftest import PASSWORD
from tests.test_stolen_database import whole_database

pytestmark = pytest.mark.django_db


# --- Append-only ---


def test_an_event_is_not_changed() -> None:
    event = record(Event.SIGN_OUT)
    event.why = "something else"
    with pytest.raises(AppendOnly):
        event.save()
    with pytest.raises(AppendOnly):
        SecurityEvent.objects.get().save(update_fields=["why"])
    with pytest.raises(AppendOnly):
        SecurityEvent.objects.update(why="something else")
    with pytest.raises(AppendOnly), transaction.atomic():
        SecurityEvent.objects.bulk_update([event], ["why"])
    assert SecurityEvent.objects.get().why == ""


def test_an_event_is_not_deleted() -> None:
    event = record(Event.SIGN_OUT)
    with pytest.raises(AppendOnly):
        event.delete()
    with pytest.raises(AppendOnly):
        SecurityEvent.objects.all().delete()
    assert SecurityEvent.objects.count() == 1


def test_only_old_events_expire() -> None:
    now = timezone.now()
    for age in (400, 370, 366, 10):
        SecurityEvent.objects.create(kind=Event.SIGN_OUT, at=now - timedelta(days=age))
    assert SecurityEvent.objects.expire(now - timedelta(days=365), at_most=2) == 2
    assert SecurityEvent.objects.expire(now - timedelta(days=365)) == 1
    assert SecurityEvent.objects.expire(now - timedelta(days=365)) == 0
    assert SecurityEvent.objects.count() == 1


# --- In one with what it tells of ---


def test_what_is_rolled_back_is_not_recorded(
    caplog: pytest.LogCaptureFixture, django_capture_on_commit_callbacks: Any
) -> None:
    caplog.set_level("INFO", "security")
    with django_capture_on_commit_callbacks(execute=True), transaction.atomic():
        record(Event.SIGN_OUT)
        transaction.set_rollback(True)
    assert not SecurityEvent.objects.exists()
    assert [line for line in caplog.records if line.name == "security"] == []


# --- In the log ---


def log_lines(caplog: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    return [line.msg for line in caplog.records if line.name == "security"]  # type: ignore[misc]


def test_the_log_line_has_the_same_facts(
    client: Browser,
    alice: User,
    caplog: pytest.LogCaptureFixture,
    django_capture_on_commit_callbacks: Any,
) -> None:
    caplog.set_level("INFO", "security")
    with django_capture_on_commit_callbacks(execute=True):
        client.post(
            "/accounts/login/",
            {"login": alice.email, "password": "wrong horse"},
            REMOTE_ADDR="2001:db8::1",
            headers={"User-Agent": "Firefox/130.0"},
        )
    (line,) = log_lines(caplog)
    event = SecurityEvent.objects.get()
    assert {name: line.get(name) for name in ("event", "outcome", "why", "level", "sub")} == {
        "event": "sign_in",
        "outcome": "failed",
        "why": "password",
        "level": "warning",
        "sub": alice.sub,
    }
    assert line["address"] == event.address == "2001:db8::1"
    assert line["user_agent"] == event.user_agent == "Firefox/130.0"
    assert line["request_id"] == event.request_id


FORGED = 'Firefox\r\n{"event": "sign_in"}\x00\x1b[31m\u2028\u202e\x85\\n'


def test_nothing_can_forge_a_line(
    rf: Any, caplog: pytest.LogCaptureFixture, django_capture_on_commit_callbacks: Any
) -> None:
    caplog.set_level("INFO", "security")
    request = rf.get("/", HTTP_USER_AGENT=FORGED)
    with django_capture_on_commit_callbacks(execute=True):
        event = record(Event.CLIENT_REFUSED, request=request, client_id=FORGED, why=FORGED)
    event.refresh_from_db()
    encoded = 'Firefox\\r\\n{"event": "sign_in"}\\x00\\x1b[31m\\u2028\\u202e\\x85\\\\n'
    assert event.user_agent == event.client_public_id == event.why == encoded
    assert log_lines(caplog)[0]["user_agent"] == encoded
    assert log_lines(caplog)[0]["client_id"] == encoded


def test_endless_and_broken_text_is_cut_and_kept(rf: Any) -> None:
    request = rf.get("/", HTTP_USER_AGENT="\x00" * 100_000)
    event = record(Event.CLIENT_REFUSED, request=request, client_id="é\ud800" * 999, why="x" * 999)
    event.refresh_from_db()
    assert len(event.user_agent) == len(event.why) == 200
    assert event.client_public_id.startswith("é\\ud800é")


def test_a_forged_client_id_over_http_is_encoded(app: App) -> None:
    app.client.client_id = "x\u2028y\u202ez"
    assert app.post("/oauth/token/", {"grant_type": "client_credentials"}).status_code == 401
    assert SecurityEvent.objects.get().client_public_id == "x\\u2028y\\u202ez"


def test_the_address_is_the_one_that_the_proxies_vouch_for(
    client: Browser, alice: User, settings: Any
) -> None:
    settings.TRUSTED_PROXIES = 1
    form = {"login": alice.email, "password": PASSWORD}
    headers = {"X-Forwarded-For": "10.0.0.1, 203.0.113.9", "X-Forwarded-Proto": "http"}
    client.post("/accounts/login/", form, headers=headers)
    assert SecurityEvent.objects.get().address == "203.0.113.9"


def test_a_limit_that_is_hit(rf: Any, alice: User) -> None:
    limit_hit(rf.get("/"), "token", user=alice, client_id="nobody")
    event = SecurityEvent.objects.get()
    assert (event.kind, event.outcome, event.why) == (Event.LIMIT_HIT, Outcome.FAILED, "token")
    assert (event.user, event.client_public_id) == (alice, "nobody")


# --- No secret ---


def test_no_event_and_no_log_line_holds_a_secret(
    app: App,
    alice: User,
    client: Browser,
    caplog: pytest.LogCaptureFixture,
    django_capture_on_commit_callbacks: Any,
) -> None:
    """Walk, with secrets also where they do not belong, then search rows and lines."""
    caplog.set_level("INFO", "security")
    with django_capture_on_commit_callbacks(execute=True):
        secrets = _walk(app, alice, client)
    rows = [text for table, text in whole_database() if table == "accounts_securityevent"]
    assert len(rows) > 100
    assert len(log_lines(caplog)) > 10
    searched = [*rows, *map(str, log_lines(caplog))]
    found = [name for name, secret in secrets.items() for text in searched if secret in text]
    assert found == []


def _walk(app: App, alice: User, client: Browser) -> dict[str, str]:
    secret = str(app.secret)
    client.post("/accounts/login/", {"login": alice.email, "password": PASSWORD})
    client.post("/accounts/login/", {"login": PASSWORD, "password": PASSWORD})
    code = app.code_for(alice)
    first = app.redeem(code).json()
    second = app.refresh(first["refresh_token"]).json()
    for_itself = app.post("/oauth/token/", {"grant_type": "client_credentials"}).json()
    app.redeem(code)
    app.refresh(second["refresh_token"], client_id=secret)
    app.post("/oauth/revoke/", {"token": second["access_token"]})
    # In the wrong places: as a client ID, as a user agent, as a bearer token's client.
    tokens = [secret, second["access_token"], second["refresh_token"], code]
    for token in tokens:
        form = {"grant_type": "client_credentials", "client_id": token, "client_secret": "x"}
        client.post("/oauth/token/", form, headers={"User-Agent": f"tool {token}"})
        app.client.client_id, known = token, app.client.client_id
        app.post("/oauth/token/", {"grant_type": "client_credentials"})
        app.client.client_id = known
    return {
        "password": PASSWORD,
        "client secret": secret,
        "code": code,
        "access token": first["access_token"],
        "later access token": second["access_token"],
        "refresh token": first["refresh_token"],
        "later refresh token": second["refresh_token"],
        "client's own token": for_itself["access_token"],
        "random part of the secret": secret[6:20],
        "random part of the code": code[6:20],
        "Authorization header": app.authorization["Authorization"].removeprefix("Basic "),
        "session": client.session.session_key or "none",
        "signing key": SigningKey.objects.current().private_jwk,
    }


# --- In words ---


@pytest.mark.parametrize("kind", Event)
def test_every_kind_has_words_and_a_group(kind: Event) -> None:
    assert [group for group, kinds in GROUPS.items() if kind in kinds], "no group"
    said = [sentence(SecurityEvent(kind=kind, outcome=outcome, why="x"), {}) for outcome in Outcome]
    plain = [str(SecurityEvent(kind=kind, outcome=outcome)) for outcome in Outcome]
    assert said != plain, "no sentence"


@pytest.mark.parametrize(
    ("kind", "outcome", "why", "words"),
    [
        (Event.SIGN_IN, "succeeded", "password", "You signed in with your password"),
        (Event.SIGN_IN, "succeeded", "code", "You signed in with a code sent by e-mail"),
        (Event.SIGN_IN, "succeeded", "third_party example", "You signed in with Example ID"),
        (Event.SIGN_IN, "succeeded", "password + mfa", "You signed in with your password"),
        (Event.SIGN_IN, "succeeded", "", "You signed in"),
        (Event.SIGN_IN, "failed", "password", "Somebody tried to sign in with a wrong password"),
        (
            Event.SIGN_IN,
            "failed",
            "third_party example: ThirdPartyDeclined",
            "A sign-in by way of Example ID did not work",
        ),
        (
            Event.CONNECTION_ADDED,
            "failed",
            "third_party example: ThirdPartyDeclined",
            "Connecting an account at Example ID did not work",
        ),
        (Event.TOKEN_REFRESHED, "succeeded", "", "An app that is gone refreshed its access"),
    ],
)
def test_what_happened_is_said_in_a_sentence(
    kind: Event, outcome: str, why: str, words: str
) -> None:
    assert (
        sentence(SecurityEvent(kind=kind, outcome=outcome, why=why), {"example": "Example ID"})
        == words
    )


@pytest.mark.parametrize(
    ("kind", "why", "words"),
    [
        (
            Event.EVERYTHING_ENDED,
            "sessions=2 apps=1 codes=1",
            "You were signed out everywhere. Ended: 2 sign-ins on devices and 1 unused code.",
        ),
        (
            Event.EVERYTHING_ENDED,
            "sessions=1 last_used=2030-05-03T10:15:00+00:00",
            "You were signed out everywhere. Ended: 1 sign-in on a device, last used on 3 May 2030 "
            "at 10:15.",
        ),
        (
            Event.APP_REMOVED,
            "nothing",
            "An app that is gone was removed. There was nothing left to end.",
        ),
        (Event.APP_REMOVED, "In old words.", "An app that is gone was removed. In old words."),
        (
            Event.PROFILE_CHANGED,
            "nickname, birthdate",
            "You changed your profile: what friends call you and date of birth",
        ),
        (Event.RECOVERY_CODE_USED, "9 left", "You used a recovery code: 9 left"),
        (Event.PASSKEY_ADDED, "by an admin", "You added the passkey “by an admin”"),
    ],
)
def test_what_is_stored_of_a_reason_is_said_in_words(kind: Event, why: str, words: str) -> None:
    assert sentence(SecurityEvent(kind=kind, outcome="succeeded", why=why), {}) == words
