"""Admins filter security events, count them by day, and export what is filtered."""

import csv
import io
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client as Browser

from accounts.admin import event_export
from accounts.models import SecurityEvent, User
from accounts.models.event_kinds import Actor, Event, Outcome
from accounts.security_events import days
from accounts.security_events.details import Name
from accounts.templatetags.days import days_picture
from tests.accounts.admin.scene import desk_of
from tests.accounts.oauth_server.conftest import register
from tests.accounts.security_events.events import happens

pytestmark = pytest.mark.django_db
LIST = "/admin/accounts/securityevent/"
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def event(**columns: Any) -> SecurityEvent:
    told = {"kind": Event.SIGN_OUT, "outcome": Outcome.SUCCEEDED, "actor": Actor.PERSON}
    return SecurityEvent.objects.create(**(told | columns))


def listed(desk: Browser, **typed: str) -> list[SecurityEvent]:
    answer = desk.get(LIST, typed)
    assert answer.status_code == 200
    return list(answer.context["cl"].result_list)


def exported(desk: Browser, form: str = "jsonl", **typed: str) -> list[dict[str, Any]]:
    answer = desk.post(f"{LIST}export/{form}/", query_params=typed)
    assert answer.status_code == 200, answer.content
    assert "no-store" in answer["Cache-Control"]
    text = b"".join(answer.streaming_content).decode()
    if form == "csv":
        return list(csv.DictReader(io.StringIO(text)))
    return [json.loads(line) for line in text.splitlines()]


def test_each_filter_finds_what_it_names(desk: Browser, alice: User) -> None:
    album = register("Photo Album").client
    gone = event(sub="gone-person", client_public_id="gone-client", at=NOON)
    client = {"client": album, "client_public_id": album.client_id}
    found = event(
        user=alice, sub=alice.sub, **client, kind=Event.CODE_REDEEMED, outcome=Outcome.FAILED,
        actor=Actor.SITE, request_id="0b5c2f6e-1111-4222-8333-444455556666", address="192.0.2.7",
        at=NOON + timedelta(days=1),
    )  # fmt: skip
    filters = {
        "person": [alice.email, alice.email.upper(), alice.sub],
        "client": [album.client_id, "photo album"],
        "kind": [Event.CODE_REDEEMED],
        "outcome": ["failed"],
        "actor": ["site"],
        "request": [found.request_id],
        "address": ["192.0.2.7"],
    }
    for name, values in filters.items():
        for value in values:
            assert listed(desk, **{name: value}) == [found], (name, value)
    assert listed(desk, person="gone-person") == listed(desk, client="gone-client") == [gone]
    times = {"since": "2026-11-20T12:00", "until": "2026-11-21T12:00"}
    assert listed(desk, **times) == [gone]
    assert listed(desk, **times, outcome="failed") == []


@pytest.mark.parametrize(
    "typed",
    [
        *({"kind": "no_such"}, {"since": "yesterday"}, {"person": "a\0b"}, {"address": "x" * 50}),
        {"since": "2026-11-21T12:00", "until": "2026-11-20T12:00"},
    ],
)
def test_a_filter_that_makes_no_sense_finds_nothing_and_exports_nothing(
    desk: Browser, typed: dict[str, str]
) -> None:
    event(at=NOON)
    assert listed(desk, **typed) == []
    assert "errorlist" in desk.get(LIST, typed).content.decode()
    assert desk.post(f"{LIST}export/csv/", query_params=typed).status_code == 404


def test_the_address_of_a_filter_holds_what_was_filled_in(desk: Browser) -> None:
    answer = desk.get(LIST, {"person": "", "kind": "sign_out", "q": ""})
    assert (answer.status_code, answer["Location"]) == (302, f"{LIST}?kind=sign_out")


def test_what_is_filtered_is_exported_in_both_formats(desk: Browser, alice: User) -> None:
    kept = event(user=alice, sub=alice.sub, kind=Event.PASSKEY_ADDED, details={"name": "Ключ"})
    event(kind=Event.PASSKEY_REMOVED)
    (line,) = exported(desk, kind="passkey_added")
    assert list(line) == list(event_export.COLUMNS)
    assert (line["id"], line["sub"], line["details"]) == (kept.pk, alice.sub, {"name": "Ключ"})
    assert datetime.fromisoformat(line["at"]) == kept.at
    (row,) = exported(desk, "csv", kind="passkey_added")
    assert row == {name: str(line[name]) for name in line} | {"details": '{"name": "Ключ"}'}


def test_no_cell_is_a_formula(desk: Browser) -> None:
    begins = ["=", "+", "-", "@", "\t", "\r"]
    for each in begins:
        event(user_agent=f"{each}cmd|' /C calc'!A0")
    agents = [row["user_agent"] for row in exported(desk, "csv", kind="sign_out")]
    assert [agent[:2] for agent in reversed(agents)] == [f"'{each}" for each in begins]
    agents = [line["user_agent"] for line in exported(desk, kind="sign_out")]
    assert [agent[0] for agent in reversed(agents)] == begins


def test_an_export_is_whole_while_events_are_added(db: None) -> None:
    before = {event(at=NOON).pk for _ in range(7)}  # all of one moment
    told = []
    for line in event_export.json_lines(SecurityEvent.objects.filter(at__lte=NOON), piece=2):
        told.append(json.loads(line)["id"])
        event()
    assert sorted(told) == sorted(before)


def test_a_file_holds_the_newest(db: None) -> None:
    events = [event(at=NOON + timedelta(hours=number)) for number in range(3)]
    rows = SecurityEvent.objects.all()
    assert (event_export.is_cut(rows, 2), event_export.is_cut(rows, 3)) == (True, False)
    ids = [json.loads(line)["id"] for line in event_export.json_lines(rows, most=2)]
    assert ids == [events[2].pk, events[1].pk]


def test_an_export_is_an_event_that_tells_the_filter(desk: Browser, alice: User, bob: User) -> None:
    exported(desk, "csv", person=alice.email, since="2026-11-20T12:00", q="alice@example.com")
    told = SecurityEvent.objects.get(kind=Event.EVENTS_EXPORTED)
    assert (told.user, told.actor) == (bob, Actor.ADMIN)
    filtered = [f"person: {alice.sub}", "since: 2026-11-20T12:00:00+00:00", "words: …"]
    assert told.details == {"format": "csv", "filtered": filtered}


def test_an_export_holds_what_its_admin_may_see(alice: User, bob: User, mallory: User) -> None:
    bob.is_staff = bob.is_superuser = True
    bob.save()
    desk = desk_of(mallory, Permission.objects.get(codename="view_securityevent"))
    happens(Event.PASSKEY_ADDED, user=bob, details=Name("Bob's"))
    happens(Event.PASSKEY_ADDED, user=alice, details=Name("Alice's"))
    (line,) = exported(desk, kind="passkey_added")
    assert line["sub"] == alice.sub
    mallory.user_permissions.clear()
    assert desk.post(f"{LIST}export/csv/").status_code == 403


def test_no_link_exports_and_no_other_format(desk: Browser) -> None:
    assert desk.get(f"{LIST}export/csv/").status_code == 405
    assert desk.post(f"{LIST}export/xml/").status_code == 404


def test_days_are_counted_by_outcome_and_drawn(desk: Browser) -> None:
    event(at=NOON), event(at=NOON, outcome=Outcome.FAILED), event(at=NOON - timedelta(days=1))
    event(at=NOON - timedelta(days=40))
    counts = desk.get(LIST, {"until": "2026-11-21T00:00"}).context["counts"]
    assert [day[1:] for day in counts.days[-3:]] == [(0, 0), (1, 0), (1, 1)]
    assert (len(counts.days), counts.total, counts.is_all) == (days.DAYS, 3, True)
    last = days_picture(counts).bars[-1]
    assert last.said == "2026-11-20: 1 succeeded, 1 failed"
    assert last.succeeded == last.failed > 2


def test_counts_are_bounded(db: None) -> None:
    for _ in range(3):
        event(at=NOON)
    long_ago = datetime(2020, 1, 1, tzinfo=UTC)
    until = NOON + timedelta(hours=12)
    counts = days.count(SecurityEvent.objects.all(), long_ago, until, most=2)
    assert (len(counts.days), counts.total, counts.is_all) == (days.MOST_DAYS, 2, False)
    assert days.count(SecurityEvent.objects.none(), long_ago, until).total == 0
