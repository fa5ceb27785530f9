"""The request log: one line a request, and nothing in it of people or secrets."""

import json
import logging
import os
import subprocess
import sys
from typing import Any

import pytest
from django.test import Client as Browser

from config.instance import BASE_DIR
from config.logs import redact


def lines(caplog: Any) -> list[dict[str, Any]]:
    return [record.msg for record in caplog.records if isinstance(record.msg, dict)]


@pytest.mark.django_db
def test_a_request_is_one_line_with_its_time_and_its_address(caplog: Any, settings: Any) -> None:
    settings.TRUSTED_PROXIES = 1
    with caplog.at_level(logging.INFO):
        response = Browser(headers={"X-Forwarded-For": "203.0.113.9"}).get("/accounts/login/?a=b")

    (line,) = lines(caplog)
    assert line["event"] == "request_finished"
    assert line["request"] == "GET /accounts/login/"
    assert line["code"] == 200
    assert line["ms"] > 0
    assert line["address"] == "203.0.113.9"
    assert line["request_id"] == response["X-Request-ID"]


@pytest.mark.parametrize(
    ("path", "status", "level"),
    [("/accounts/login/", 200, "INFO"), ("/nowhere/", 404, "WARNING"), ("/", 400, "WARNING")],
)
def test_the_level_follows_the_status(
    db: None, caplog: Any, path: str, status: int, level: str
) -> None:
    host = "evil.example" if status == 400 else "testserver"
    with caplog.at_level(logging.INFO):
        Browser(headers={"Host": host}).get(path)

    assert [(record.levelname, record.msg["code"]) for record in caplog.records] == [
        (level, status)
    ]


@pytest.mark.servers
def test_no_address_of_a_person_is_in_a_line_tracebacks_included() -> None:
    script = """
import django; django.setup()
import logging
try:
    raise ValueError('duplicate key\\nDETAIL:  Key (name)=(Alice Example) already exists.')
except ValueError:
    logging.getLogger("django.request").exception("for alice@example.com")
"""
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "config.settings", "LOG_JSON": "true"}
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=BASE_DIR,
        env=environment,
        capture_output=True,
        text=True,
    )

    line = json.loads(done.stderr)
    assert "ValueError: duplicate key" in line["exception"]
    assert "alice" not in done.stderr.lower()


def test_all_that_the_database_repeats_of_a_row_is_taken_out() -> None:
    told = "duplicate key\nDETAIL:  Failing row contains (1, Alice Example, Main Street 1\nOxford)."
    went_on = (
        "\n\nThe above exception was the direct cause of the following exception:\n\nValueError"
    )
    kept = redact(None, "", {"exception": told + went_on})["exception"]
    assert kept == f"duplicate key\nDETAIL: …{went_on}"
    assert redact(None, "", {"exception": told})["exception"] == "duplicate key\nDETAIL: …"


def test_a_row_that_an_error_names_is_not_named_in_a_line() -> None:
    told = "of {<Authorization: Notes for Alice Example>}, <User: Alice>, <WSGIRequest: GET '/x'>"
    kept = redact(None, "", {"exception": told})["exception"]
    assert kept == "of {<Authorization: …>}, <User: …>, <WSGIRequest: GET '/x'>"


def test_what_is_no_address_stays() -> None:
    line = {"event": "user@host", "n": 1, "where": "git@github.com:a/b", "x": "a @ b"}
    assert redact(None, "", dict(line)) == line | {"where": "…@…:a/b"}


def test_addresses_are_taken_out_of_what_an_event_holds_too() -> None:
    details = {"changes": [{"added": {"object": "alice@example.com"}}], "left": 9}
    kept = {"changes": [{"added": {"object": "…@…"}}], "left": 9}
    assert redact(None, "", {"event": "x", "details": details}) == {"event": "x", "details": kept}


@pytest.mark.servers
def test_the_line_of_a_request_is_written_like_every_other() -> None:
    script = """
import django; django.setup()
import logging
from django.test import RequestFactory
from config.request_log import RequestLog
from django.http import HttpResponse
ask = RequestFactory().get("/alice@example.com", HTTP_HOST="localhost")
RequestLog(lambda request: logging.getLogger("other").error("x") or HttpResponse())(ask)
"""
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "LOG_JSON": "true",
        "LOG_LEVEL": "INFO",
    }
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=BASE_DIR,
        env=environment,
        capture_output=True,
        text=True,
    )

    other, line = map(json.loads, done.stderr.splitlines())
    assert line["request"] == "GET …@…"
    assert line["level"] == "info"
    assert line["logger"] == "request"
    assert line["request_id"] == other["request_id"]
    assert other.keys() <= line.keys()
    assert line["timestamp"][:10] == other["timestamp"][:10]
    assert line["timestamp"].endswith("Z")
