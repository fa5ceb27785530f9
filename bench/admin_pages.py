"""Ask for each page, list, filter and search of Django admin on the database of an organisation
(bench/organisation.py): `python -m bench.admin_pages`, for DJANGO_SETTINGS_MODULE, prints as JSON
how long each took and how many statements it sent.

Asked in the process that answers, so that nothing but the page is measured.
"""

import json
import statistics
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode

import django

from bench.organisation import BUSY, BUSY_GROUP, EVENTS, PEOPLE

ADMIN = "admin@example.com"
TRIES = 3
SOMEBODY = PEOPLE // 3  # without anything that others have not
NOBODY = "zzqxj"


class Page(NamedTuple):
    """Name an address below /admin/, and how it is asked."""

    name: str
    path: str
    posted: bool = False


class Took(NamedTuple):
    """Hold how long a page took, of the clock and of CPU, and how many statements it sent."""

    name: str
    milliseconds: float
    server: float
    database: float
    queries: int

    @property
    def cpu(self) -> float:
        return self.server + self.database


def pages() -> Iterator[Page]:
    """Yield all that is measured."""
    from accounts.models import SecurityEvent, User

    person = User.objects.get(pk=SOMEBODY)
    event = SecurityEvent.objects.get(pk=EVENTS // 2)
    yield from _single()
    yield from _people(person)
    yield from _held("oauth_server/authorization", "authorizations", person)
    yield from _held("oauth_server/accesstoken", "access tokens", person)
    yield from _held("oauth_server/refreshtoken", "refresh tokens", person)
    yield from _others(person)
    yield from _events(person, event)


def _single() -> Iterator[Page]:
    client = f"oauth_server/client/{BUSY}/"
    yield Page("start page", "")
    yield Page("doctor", "doctor/")
    yield Page("person with the most events", f"accounts/user/{BUSY}/change/")
    yield Page("person", f"accounts/user/{SOMEBODY}/change/")
    yield Page("client with the most tokens", f"{client}change/")
    yield Page("the same, delete?", f"{client}delete/")
    yield Page("the same, what it receives", f"{client}preview/")
    yield Page("client", "oauth_server/client/77/change/")
    yield Page("group of 100,000", f"auth/group/{BUSY_GROUP}/change/")
    yield Page("the same, delete?", f"auth/group/{BUSY_GROUP}/delete/")


def _list(where: str, what: str, **chosen: Any) -> Page:
    name = ", ".join(f"{key} {value}" for key, value in chosen.items() if value != "")
    return Page(f"{what}: {name}" if name else what, f"{where}/?{urlencode(chosen)}")


def _people(person: Any) -> Iterator[Page]:
    where = "accounts/user"
    yield _list(where, "people")
    for number in (2, 100, 200):
        yield _list(where, "people", p=number)
    for column in (1, -1, 6, -6, 5):
        yield _list(where, "people", o=column)
    for value in (1, 0):
        yield _list(where, "people", is_active__exact=value)
        yield _list(where, "people", is_staff__exact=value)
    yield _list(where, "people", group=BUSY_GROUP)
    yield _list(where, "people", groups__id__exact=BUSY_GROUP)
    yield _list(where, "people", groups__id__exact=BUSY_GROUP, q=person.email[:8])
    local, name = person.email.partition("@")[0], person.name
    for typed in (
        *(person.email, person.email.upper(), local, local[3:], "anna.", "nna.m", "example.org"),
        *(name, name.split()[0], name.split()[1][1:4], name.split()[2], "anna mueller"),
        *(person.sub, f"{NOBODY}@example.org", NOBODY, f"{NOBODY} {NOBODY}"),
    ):
        yield _list(where, "people", q=typed)
    yield _list(where, "people", is_staff__exact=1, q="anna")


def _held(where: str, what: str, person: Any) -> Iterator[Page]:
    yield _list(where, what)
    yield _list(where, what, p=100)
    yield _list(where, what, p=200)
    yield _list(where, what, o=5)
    if where.endswith("authorization"):
        yield _list(where, what, client__id__exact=BUSY)
        yield _list(where, what, client__id__exact=77)
    for typed in (
        *(person.email, person.sub, person.name, person.email[:6], "App 1", "app 77", "App"),
        *(f"client-{BUSY}", "client-77", "Müller", NOBODY, "anna App"),
    ):
        yield _list(where, what, q=typed)


def _others(person: Any) -> Iterator[Page]:
    yield _list("oauth_server/client", "clients")
    for typed in ("App 77", "client-77", "example", NOBODY):
        yield _list("oauth_server/client", "clients", q=typed)
    for column in (1, 2, 6):
        yield _list("oauth_server/client", "clients", o=column)
    yield _list("oauth_server/client", "clients", is_verified__exact=1)
    yield _list("auth/group", "groups")
    yield _list("auth/group", "groups", q="Team 3")
    yield _list("auth/group", "groups", o=3)
    yield _list("accounts/invitation", "invitations")
    yield _list("accounts/invitation", "invitations", q="guest4711@example.net")
    yield _list("accounts/invitation", "invitations", q="guest47")
    yield _list("accounts/invitation", "invitations", is_by_person__exact=1)
    yield _list("socialaccount/socialaccount", "connections")
    for provider in ("google", "github", NOBODY):
        yield _list("socialaccount/socialaccount", "connections", provider__exact=provider)
    for typed in (person.email, "100000077", "Müller", NOBODY):
        yield _list("socialaccount/socialaccount", "connections", q=typed)
    yield _list("oauth_server/personaltoken", "personal tokens")
    for typed in (person.email, "Script 77", NOBODY):
        yield _list("oauth_server/personaltoken", "personal tokens", q=typed)
    yield _list("oauth_server/authorizationcode", "codes")
    yield _list("socialaccount/socialapp", "providers")
    yield _list("oauth_server/signingkey", "signing keys")
    yield _list("django_tasks_database/dbtaskresult", "tasks")
    yield _list("oauth_server/initialaccesstoken", "initial access tokens")


def _events(person: Any, event: Any) -> Iterator[Page]:
    from accounts.models import User

    where, what = "accounts/securityevent", "events"
    busy = User.objects.get(pk=BUSY)
    since = event.at.strftime("%Y-%m-%dT%H:%M")
    until = (event.at + timedelta(days=3)).strftime("%Y-%m-%dT%H:%M")
    yield _list(where, what)
    yield _list(where, what, p=100)
    yield _list(where, what, p=200)
    for chosen in (
        *({"person": busy.email}, {"person": person.email}, {"person": person.sub}),
        *({"person": NOBODY}, {"client": f"client-{BUSY}"}, {"client": "App 77"}),
        *({"client": NOBODY}, {"kind": "sign_in"}, {"kind": "second_factors_reset"}),
        *({"kind": "taken_over"}, {"outcome": "failed"}, {"outcome": "succeeded"}),
        *({"actor": "person"}, {"actor": "admin"}, {"actor": "site"}),
        *({"request": event.request_id}, {"address": "192.0.2.1"}, {"address": "198.51.100.7"}),
        *({"since": since}, {"since": since, "until": until}, {"until": "2026-01-01T00:00"}),
        {"kind": "sign_in", "outcome": "failed"},
        {"kind": "second_factors_reset", "outcome": "failed"},
        {"kind": "sign_in", "since": since, "until": until},
        {"kind": "password_changed", "client": f"client-{BUSY}"},
        {"client": f"client-{BUSY}", "outcome": "failed"},
        {"client": "client-77", "kind": "request_refused"},
        {"person": busy.email, "kind": "sign_in", "outcome": "failed"},
        {"person": busy.email, "client": "client-77"},
        {"address": "192.0.2.1", "kind": "taken_over"},
        {"address": "192.0.2.1", "outcome": "failed"},
        {"actor": "person", "outcome": "failed", "address": "192.0.2.1"},
    ):
        yield _list(where, what, **chosen)
    for typed in (
        *(busy.email, person.email, person.sub, event.request_id, "192.0.2.1", "198.51.100.7"),
        *("sign_in", "App 1", "client-77", "Müller", "redirect_uri", "back/7", NOBODY),
        "anna sign_in",
    ):
        yield _list(where, what, q=typed)
    yield _list(where, what, q=NOBODY, kind="sign_in")
    for kind in ("csv", "jsonl"):
        for chosen in ({}, {"person": busy.email}, {"client": f"client-{BUSY}", "kind": "sign_in"}):
            query = urlencode(chosen)
            yield Page(
                f"export, first piece: {kind} {query}", f"{where}/export/{kind}/?{query}", True
            )
    yield Page("event", f"{where}/{event.pk}/change/")
    yield Page("log of a person", f"accounts/user/{quote(str(person.pk))}/history/")


def took(browser: Any, page: Page, database: int) -> Took:
    """Ask for a page some times; return the medians. `database` is the process that answers us."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as asked:
        _ask(browser, page)  # what is asked once and remembered
        queries = len(asked)  # the next request forgets them
    found = []
    for _ in range(TRIES):
        began = time.perf_counter(), time.process_time(), milliseconds_of(database)
        _ask(browser, page)
        ms, cpu = (1000 * (now - then) for now, then in zip(_clocks(), began, strict=False))
        found.append((ms, cpu, milliseconds_of(database) - began[2]))
    ms, server, theirs = (statistics.median(each) for each in zip(*found, strict=True))
    return Took(page.name, ms, server, theirs, queries)


def _ask(browser: Any, page: Page) -> None:
    answer = (browser.post if page.posted else browser.get)(f"/admin/{page.path}")
    if answer.status_code not in (200, 302):
        raise SystemExit(f"{page.path} answered {answer.status_code}.")
    if answer.streaming:
        next(iter(answer.streaming_content))


def _clocks() -> tuple[float, float]:
    return time.perf_counter(), time.process_time()


def milliseconds_of(process: int) -> float:
    """Return how long a process ran on a CPU until now."""
    return int(Path(f"/proc/{process}/schedstat").read_text().split()[0]) / 1_000_000


def main() -> None:
    django.setup()
    from django.conf import settings
    from django.db import connection
    from django.test import Client

    from accounts.models import User

    admin = User.objects.filter(email=ADMIN).first() or User.objects.create_superuser(ADMIN, "x")
    browser = Client(HTTP_HOST=settings.SITE_URL.partition("//")[2])
    browser.force_login(admin)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (database,) = cursor.fetchone()
    sys.stdout.write(json.dumps([took(browser, page, database) for page in pages()]))


if __name__ == "__main__":
    main()
