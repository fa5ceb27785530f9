"""The record itself: append-only, clean, in one with what it tells of, and in the log too."""

from datetime import timedelta
from itertools import product
from typing import Any

import pytest
from django.db import transaction
from django.test import Client as Browser
from django.utils import timezone

from accounts.models import SecurityEvent, User
from accounts.models.event_kinds import Actor, Event, Outcome
from accounts.models.security_event import AppendOnly
from accounts.oauth_server.models import SigningKey
from accounts.security_events.details import (
    Action,
    AdminChange,
    Name,
    details_of,
    structure_of,
)
from accounts.security_events.record import limit_hit, record
from tests.accounts.oauth_server.app import App
from tests.accounts.security_events.events import EXAMPLES, happens, unsaved
from tests.conftest import PASSWORD
from tests.test_stolen_database import whole_database

pytestmark = pytest.mark.django_db


# --- Append-only ---


def test_an_event_is_not_changed() -> None:
    event = happens(Event.SIGN_OUT)
    event.actor = Actor.ADMIN
    with pytest.raises(AppendOnly):
        event.save()
    with pytest.raises(AppendOnly):
        SecurityEvent.objects.get().save(update_fields=["actor"])
    with pytest.raises(AppendOnly):
        SecurityEvent.objects.update(actor="admin")
    with pytest.raises(AppendOnly), transaction.atomic():
        SecurityEvent.objects.bulk_update([event], ["actor"])
    assert SecurityEvent.objects.get().actor == "person"


def test_an_event_is_not_deleted() -> None:
    event = happens(Event.SIGN_OUT)
    with pytest.raises(AppendOnly):
        event.delete()
    with pytest.raises(AppendOnly):
        SecurityEvent.objects.all().delete()
    assert SecurityEvent.objects.count() == 1


def test_only_old_events_expire() -> None:
    now = timezone.now()
    for age in (400, 370, 366, 10):
        unsaved(Event.SIGN_OUT, at=now - timedelta(days=age)).save()
    assert SecurityEvent.objects.expire(now - timedelta(days=365), at_most=2) == 2
    assert SecurityEvent.objects.expire(now - timedelta(days=365)) == 1
    assert SecurityEvent.objects.expire(now - timedelta(days=365)) == 0
    assert SecurityEvent.objects.count() == 1


# --- What it says of who and how ---


def test_details_are_stored_and_read_as_the_structure_of_their_kind() -> None:
    for kind, outcome in product(Event, Outcome):
        happens(kind, outcome)
        read = details_of(SecurityEvent.objects.get(kind=kind, outcome=outcome))
        assert read == EXAMPLES[structure_of(kind, outcome)], (kind, outcome)


def test_details_of_another_structure_are_refused() -> None:
    wrong = {"details": Name("x"), "actor": Actor.PERSON}
    with pytest.raises(TypeError, match="details of email_added, succeeded are Address, not Name"):
        record(Event.EMAIL_ADDED, **wrong)
    with pytest.raises(TypeError, match="not Nothing"):
        record(Event.EMAIL_ADDED, actor=Actor.PERSON)
    assert not SecurityEvent.objects.exists()


def test_who_acted_has_to_be_said() -> None:
    with pytest.raises(TypeError, match="actor"):
        record(Event.SIGN_OUT)  # type: ignore[call-arg]


# --- In one with what it tells of ---


def test_what_is_rolled_back_is_not_recorded(
    caplog: pytest.LogCaptureFixture, django_capture_on_commit_callbacks: Any
) -> None:
    caplog.set_level("INFO", "security")
    with django_capture_on_commit_callbacks(execute=True), transaction.atomic():
        happens(Event.SIGN_OUT)
        transaction.set_rollback(True)
    assert not SecurityEvent.objects.exists()
    assert [line for line in caplog.records if line.name == "security"] == []


# --- In the log ---


FACTS = ("event", "outcome", "actor", "details", "level", "sub")


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
    assert {name: line.get(name) for name in FACTS} == {
        "event": "sign_in",
        "outcome": "failed",
        "actor": "unknown",
        "details": {"code": "password"},
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
        failed, details = Outcome.FAILED, Name(FORGED)
        event = happens(
            Event.PASSKEY_REFUSED, failed, request=request, client_id=FORGED, details=details
        )
    event.refresh_from_db()
    encoded = 'Firefox\\r\\n{"event": "sign_in"}\\x00\\x1b[31m\\u2028\\u202e\\x85\\\\n'
    assert event.user_agent == event.client_public_id == event.details["name"] == encoded
    assert log_lines(caplog)[0]["user_agent"] == encoded
    assert log_lines(caplog)[0]["client_id"] == encoded
    assert "details" not in log_lines(caplog)[0]  # which has nothing but a name


def test_no_name_is_in_a_log_line(
    caplog: pytest.LogCaptureFixture, django_capture_on_commit_callbacks: Any
) -> None:
    caplog.set_level("INFO", "security")
    told = {"action": "change", "model": "person", "object_id": "7", "object": "Alice Example"}
    fields = {"fields": ["e-mail address"], "object": "alice@example.com"}
    change = AdminChange.read({**told, "changes": [{"changed": fields}]})
    with django_capture_on_commit_callbacks(execute=True):
        record(Event.ADMIN_PERSON, actor=Actor.ADMIN, details=change)
    (line,) = log_lines(caplog)
    del told["object"]
    assert line["details"] == {**told, "changes": [{"changed": {"fields": ["e-mail address"]}}]}


def test_endless_and_broken_text_is_cut_and_kept(rf: Any) -> None:
    request = rf.get("/", HTTP_USER_AGENT="\x00" * 100_000)
    endless = AdminChange(Action.CHANGE, "x" * 999, changes=({"added": {"name": "y" * 999}},) * 999)
    event = happens(Event.ADMIN_OTHER, request=request, client_id="é\ud800" * 999, details=endless)
    event.refresh_from_db()
    assert len(event.user_agent) == len(event.details["model"]) == 200
    assert event.details["changes"] == [{"added": {"name": "y" * 200}}] * 50
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
    assert (event.kind, event.outcome) == (Event.LIMIT_HIT, Outcome.FAILED)
    assert (event.actor, event.details) == ("unknown", {"limit": "token"})
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
