"""`manage.py doctor`, as an operator runs it: each finding where something is wrong."""

import io
import json
import threading
from collections.abc import Callable, Iterator
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest
from allauth.socialaccount.models import SocialApp
from django.core import mail
from django.core.management import call_command
from django.db import OperationalError, connection

from accounts.doctor import calls, disk
from accounts.doctor.findings import Finding, State, Topic
from accounts.models import CleanupRun
from accounts.oauth_server.models import Client
from config.instance import free_ports
from tests.accounts.doctor.ailments import AILMENTS

pytestmark = pytest.mark.django_db

Told = dict[str, str]

NOWHERE = "http://127.0.0.1:9"


def doctor(**options: Any) -> tuple[int, list[Told]]:
    """What it exits with, and what it finds."""
    printed, status = io.StringIO(), 0
    try:
        call_command("doctor", json=True, stdout=printed, **options)
    except SystemExit as ended:
        status = int(ended.code or 0)
    told = json.loads(printed.getvalue())
    assert set(told) == {"state", "findings"}
    return status, told["findings"]


def wrong(findings: list[Told], topic: str) -> list[Told]:
    return [
        each
        for each in findings
        if each["topic"] == topic and each["state"] in ("warning", "broken")
    ]


# --- what can be told at once ---


@pytest.mark.parametrize(
    ("happens", "topic", "state", "remedy"),
    AILMENTS,
)
def test_what_is_wrong_here_is_said_with_what_to_do(
    settings: Any, happens: Callable[[Any], None], topic: str, state: str, remedy: str
) -> None:
    happens(settings)
    status, findings = doctor(offline=True, only=[topic])
    assert {state} <= {each["state"] for each in wrong(findings, topic) if remedy in each["remedy"]}
    assert status == (1 if any(each["state"] == "broken" for each in findings) else 0)
    assert settings.SECRET_KEY not in str(findings)
    assert not set(settings.ENCRYPTION_KEYS) & set(str(findings).split())


def test_a_site_that_is_well_is_broken_nowhere_and_strict_counts_warnings() -> None:
    CleanupRun.objects.note("tokens", 1, 0.1)
    status, findings = doctor(offline=True)
    assert status == 0, findings
    assert {each["topic"] for each in findings} >= {
        *("database", "cache", "keys", "clock", "tasks", "cleanup", "disk", "settings")
    }
    assert all(each["remedy"] for each in findings if each["state"] in ("warning", "broken"))
    CleanupRun.objects.all().delete()
    assert doctor(offline=True, strict=True, only=["cleanup"])[0] == 1


def test_little_room_is_a_warning_and_none_is_broken() -> None:
    found = [disk.room(Path("/srv"), free).state for free in (2 * 10**9, 5 * 10**8, 10**7)]
    assert found == ["ok", "warning", "broken"]


def test_without_a_database_that_is_said_and_the_rest_is_looked_at() -> None:
    def down(*_: Any) -> None:
        raise OperationalError("at 192.0.2.1, as latchkey")

    with connection.execute_wrapper(down):
        status, findings = doctor(offline=True)
    (found,) = wrong(findings, "database")
    assert (status, found["found"]) == (1, "No answer (OperationalError).")
    assert "DATABASE_URL" in found["remedy"]
    assert {each["topic"] for each in findings} == {"database", "settings", "disk"}


def test_it_is_printed_for_people_too() -> None:
    printed = io.StringIO()
    call_command("doctor", offline=True, only=["database", "cleanup"], stdout=printed)
    assert "database: It answers." in printed.getvalue()
    assert "→ Run manage.py cleartokens every day" in printed.getvalue()


# --- what others have to be called for ---


class Stranger(BaseHTTPRequestHandler):
    """Answers at the address of the site, of a client or of a third party, as a test says."""

    answer: tuple[int, dict[str, str], bytes] = (200, {}, b"{}")
    asked: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        self.asked.append(self.path)
        status, headers, body = self.answer
        self.send_response_only(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def stranger() -> Iterator[str]:
    Stranger.asked.clear()
    with ThreadingHTTPServer(("127.0.0.1", 0), Stranger) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def answers(url: str, issuer: str | None = None, **headers: str) -> tuple[int, Any, bytes]:
    # A balancer adds a cookie of its own before ours.
    told = {"set-cookie": "AWSALB=x; Expires=Fri, 01 Jan 2100 00:00:00 GMT; Path=/"}
    told |= {
        "Date": formatdate(usegmt=True),
        **{k.replace("_", "-"): v for k, v in headers.items()},
    }
    return 200, told, json.dumps({"issuer": issuer or url}).encode()


@pytest.mark.parametrize(
    ("topic", "state", "answer"),
    [
        ("site", "broken", lambda url: answers(url, "https://evil.example")),
        ("site", "broken", lambda url: (302, {"Location": url}, b"")),
        ("site", "broken", lambda url: (400, {}, b"")),
        ("site", "broken", lambda url: (200, {}, b"no JSON")),
        ("clock", "warning", lambda url: answers(url, Date=formatdate(0, usegmt=True))),
        ("cookies", "broken", lambda url: answers(url)),
        ("cookies", "broken", lambda url: answers(url, Set_Cookie="latchkey-csrf=x; Path=/")),
    ],
)
def test_a_site_that_is_not_reached_as_it_says_is_broken(
    settings: Any, monkeypatch: Any, stranger: str, topic: str, state: str, answer: Any
) -> None:
    settings.SITE_URL = stranger
    monkeypatch.setattr(Stranger, "answer", answer(stranger))
    (found,) = wrong(doctor(only=[topic, "site"])[1], topic)
    assert found["state"] == state
    assert found["remedy"]


def test_a_site_that_is_reached_as_it_says_is_well(
    settings: Any, monkeypatch: Any, stranger: str
) -> None:
    settings.SITE_URL = stranger
    cookie = "latchkey-csrf=x; Path=/; HttpOnly; SameSite=Lax"
    monkeypatch.setattr(Stranger, "answer", answers(stranger, Set_Cookie=cookie))
    _, findings = doctor(only=["site", "clock", "cookies"])
    assert [wrong(findings, topic) for topic in ("site", "clock", "cookies")] == [[], [], []]


def test_a_proxy_that_keeps_headers_for_itself_is_warned_of(
    settings: Any, monkeypatch: Any, stranger: str
) -> None:
    settings.SITE_URL, settings.HTTPS = stranger, True
    monkeypatch.setattr(Stranger, "answer", answers(stranger))
    (found,) = wrong(doctor(only=["site"])[1], "site")
    assert (found["state"], "Strict-Transport-Security" in found["found"]) == ("warning", True)


def test_a_site_that_nobody_reaches_is_broken(settings: Any) -> None:
    settings.SITE_URL = NOWHERE
    (found,) = wrong(doctor(only=["site"])[1], "site")
    assert "No answer" in found["found"]


def test_a_client_whose_addresses_do_not_answer_is_named(stranger: str) -> None:
    made = Client(name="Photos", jwks_uri=f"{stranger}/jwks", backchannel_logout_uri=NOWHERE)
    made.save()
    Client(name="Asleep", jwks_uri=NOWHERE, is_active=False).save()
    found = wrong(doctor(only=["clients"])[1], "clients")
    assert [each["checked"] for each in found] == ["Keys of Photos", "Back channel of Photos"]
    assert Stranger.asked == ["/jwks"]
    assert {each["state"] for each in found} == {"broken"}


def test_a_back_channel_where_nobody_is_told_anything_is_broken(
    monkeypatch: Any, stranger: str
) -> None:
    Client(name="Photos", backchannel_logout_uri=f"{stranger}/end").save()
    for status, expected in ((405, 0), (404, 1), (503, 1)):
        monkeypatch.setattr(Stranger, "answer", (status, {}, b""))
        assert len(wrong(doctor(only=["clients"])[1], "clients")) == expected, status


def test_a_client_that_registered_itself_leads_the_doctor_to_nothing_inside(stranger: str) -> None:
    inside = {"jwks_uri": f"{stranger}/jwks", "backchannel_logout_uri": f"{stranger}/end"}
    Client(name="Guest", registration_source=Client.RegistrationSource.DCR, **inside).save()
    found = wrong(doctor(only=["clients"])[1], "clients")
    assert [each["state"] for each in found] == ["warning", "warning"]
    assert Stranger.asked == []


def test_a_mail_server_that_is_away_is_said(settings: Any) -> None:
    settings.EMAIL_BACKEND = "accounts.mail.backend.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", free_ports(1)[0]
    found = wrong(doctor(only=["mail"], send_mail_to="alice@example.com")[1], "mail")
    assert [each["state"] for each in found] == ["broken", "broken"]
    assert all("ConnectionRefusedError" in each["found"] for each in found)


def test_a_letter_is_sent_where_that_is_asked_for() -> None:
    _, findings = doctor(offline=True, only=["mail"], send_mail_to="alice@example.com")
    assert [letter.to for letter in mail.outbox] == [["alice@example.com"]]
    assert findings[-1]["state"] == "ok"


def test_who_does_not_answer_in_time_is_waited_for_no_longer() -> None:
    end = threading.Event()

    def hangs() -> list[Finding]:
        end.wait(5)
        return []

    call = calls.Call(Topic("site"), "Somebody answers", hangs)
    (found,) = calls.make([call], seconds=0.01)
    end.set()
    assert (found.state, found.checked) == ("warning", "Somebody answers")


def test_a_third_party_that_is_not_who_it_says_is_named(monkeypatch: Any, stranger: str) -> None:
    monkeypatch.setattr(Stranger, "answer", answers(stranger, "https://evil.example"))
    SocialApp.objects.create(
        provider="openid_connect",
        provider_id="corp",
        name="Corp",
        client_id="latchkey",
        settings={"server_url": stranger},
    )
    (found,) = wrong(doctor(only=["providers"])[1], "providers")
    assert found["state"] == "broken"
    assert found["checked"].startswith("Corp: ")
    assert "evil.example" in found["remedy"]


def test_what_nobody_thought_of_is_said_and_the_others_are_told() -> None:
    def fails() -> list[Finding]:
        raise LookupError("with a secret")

    fine = Finding("site", "Somebody answers", State.OK, "Yes.")
    asked = [calls.Call(Topic("mail"), "It answers", fails)]
    asked.append(calls.Call(Topic("site"), "Somebody answers", lambda: [fine]))
    failed, other = calls.make(asked)
    assert (failed.state, failed.topic) == ("broken", "mail")
    assert "secret" not in failed.found
    assert other == fine
