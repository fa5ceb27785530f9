"""What every request asks PostgreSQL is found by an index, however large the tables are.

The statements are those that the requests really send. Each is explained with sequential scans
made dear: one that is left has no index to go by, and so has one that reads an index from end to
end, which is why a condition on the index is asked for, too.
"""

import json
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext

from accounts.models import SecurityEvent, User
from accounts.oauth_server.models import AccessToken
from accounts.site.admin_search import NEWEST
from tests.accounts.oauth_server.app import App, me
from tests.accounts.oauth_server.conftest import app
from tests.accounts.second_factors.authenticators import confirmed
from tests.api.test_conventions import links
from tests.api.test_services import Service
from tests.conftest import PASSWORD

__all__ = ["app"]

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(connection.vendor != "postgresql", reason="of PostgreSQL"),
]

# Those that grow with people and their traffic. Of the others a page holds all.
LARGE = {
    *("accounts_user", "accounts_session", "accounts_knowndevice", "accounts_securityevent"),
    *("account_emailaddress", "cache"),
    *("oauth_server_client", "oauth_server_clientsecret", "oauth_server_authorization"),
    *("oauth_server_authorizationcode", "oauth_server_accesstoken", "oauth_server_refreshtoken"),
    *("oauth_server_personaltoken", "oauth_server_pairwisesubject", "oauth_server_usedassertion"),
}
# Once a day, and no larger than the number of client apps, or of people who are signed in: whether
# a session is over depends on who it is of, and on which of two times is the later one.
READ_WHOLE_BY_CLEANUP = {
    "oauth_server_client",
    "oauth_server_clientsecret",
    "accounts_session",
    "accounts_user",
}
# An index of some rows alone, all of which a page may show: verified apps that lead somewhere; or
# that a list of them begins with, and counts up to a bound.
READ_WHOLE_BY_A_PAGE = {
    *("which_apps_can_be_opened", "event_failed"),
    *("person_who_is_inactive", "person_who_is_staff"),
}
# Where a table is known to have next to no rows, reading all of an index costs the same as finding
# one entry. These look as if nobody had counted them yet: of middling size. The test takes it back.
_AS_IF_UNKNOWN = "UPDATE pg_class SET reltuples = -1, relpages = 0 WHERE relname = ANY(%s)"
# By an admin who searches for an app by its name, of which there are some hundreds.
READ_FOR_A_NAME = 'FROM "oauth_server_client" '
# By each page of Django admin: a handful, each with its app.
RECORDINGS = 'FROM "oauth_server_recording" '
# So many events of a kind.
_MANY = """
    INSERT INTO accounts_securityevent (at, request_id, sub, client_public_id, address, user_agent,
        kind, outcome, actor, details)
    SELECT now(), '', '', '', '', '', %s, 'succeeded', 'site', '{}' FROM generate_series(1, %s)
"""
EXPLAINED = ("SELECT", "UPDATE", "DELETE", "WITH", "INSERT")


@pytest.fixture
def statements() -> Iterator[CaptureQueriesContext]:
    with CaptureQueriesContext(connection) as captured:
        yield captured


def unindexed(captured: CaptureQueriesContext) -> list[str]:
    """The statements that read a large table without an index, with the table."""
    return unindexed_of(query["sql"].strip() for query in captured.captured_queries)


def unindexed_of(asked: Iterable[str]) -> list[str]:
    sent = dict.fromkeys(asked)
    return [
        f"{scanned}: {sql}"
        for sql in sent
        if sql.startswith(EXPLAINED)
        for scanned in scans(explain(sql))
    ]


def explain(sql: str) -> dict[str, Any]:
    with connection.cursor() as cursor:
        for way in ("seqscan", "hashjoin", "mergejoin", "material"):  # which need no index
            cursor.execute(f"SET LOCAL enable_{way} = off")
        cursor.execute(_AS_IF_UNKNOWN, [list(LARGE)])
        cursor.execute(f"EXPLAIN (FORMAT JSON) {sql}".replace("%", "%%"), [])
        found = cursor.fetchone()[0]
    return (json.loads(found) if isinstance(found, str) else found)[0]["Plan"]


def scans(plan: dict[str, Any]) -> Iterator[str]:
    """The large tables, or their indexes, that `plan` reads from end to end."""
    name = plan.get("Relation Name") or plan.get("Index Name") or ""
    reads = plan["Node Type"].endswith("Scan") and not plan["Node Type"].startswith("Bitmap Heap")
    is_large = name in LARGE or plan["Node Type"].startswith("Bitmap Index")
    is_shown = plan.get("Index Name") in READ_WHOLE_BY_A_PAGE
    if reads and is_large and not is_shown and "Index Cond" not in plan:
        yield name
    for below in plan.get("Plans", []):
        yield from scans(below)


def test_a_condition_without_an_index_is_found(statements: Any) -> None:
    SecurityEvent.objects.filter(user_agent="x").exists()
    list(SecurityEvent.objects.filter(user_agent="x").order_by("-pk"))
    AccessToken.objects.filter(pk=1).exists()
    assert len(unindexed(statements)) == 2


def test_what_client_apps_ask_is_found_by_an_index(app: App, alice: User, statements: Any) -> None:
    form = {"grant_type": "client_credentials", "scope": "profile"}
    assert app.post("/oauth/token/", form).status_code == 200
    tokens = app.tokens_for(alice, scope="openid profile email offline_access")
    tokens = app.refresh(tokens["refresh_token"]).json()
    access = tokens["access_token"]
    assert me(access).status_code == 200
    userinfo = Browser().get("/oauth/userinfo/", headers={"Authorization": f"Bearer {access}"})
    assert userinfo.status_code == 200
    assert app.introspect(access)["active"]
    assert app.introspect(tokens["refresh_token"])["active"]
    assert app.post("/oauth/revoke/", {"token": tokens["refresh_token"]}).status_code == 200

    assert len(statements) > 20
    assert unindexed(statements) == []


def test_what_a_persons_pages_ask_is_found_by_an_index(alice: User, statements: Any) -> None:
    browser = Browser()
    browser.force_login(alice)
    for page in ("/account/", "/account/activity/", "/account/apps/", "/account/sessions/"):
        assert browser.get(page).status_code == 200, page
    assert unindexed(statements) == []


def test_what_an_admin_searches_for_is_found_by_an_index(
    app: App, alice: User, statements: Any
) -> None:
    """Of events, people and clients, those are counted off by their primary key in which a text is
    looked for."""
    app.tokens_for(alice)
    event = SecurityEvent.objects.filter(user=alice)[0]
    pages = {
        "accounts/securityevent": [event.kind, event.address, event.request_id, "gone"],
        "accounts/user": ["ali", "ice@exam", "nobody of this name"],
        "oauth_server/accesstoken": ["An app"],
        "oauth_server/refreshtoken": ["An app"],
        "oauth_server/authorization": ["An app"],
        "oauth_server/personaltoken": [],
        "oauth_server/client": ["An app", "n ap", "alice app"],
        "socialaccount/socialaccount": ["12345"],
    }
    searches = [
        f"{page}/?{urlencode({'q': typed})}"
        for page, others in pages.items()
        for typed in (alice.email, alice.sub, app.client.client_id, *others)
    ]
    asked = asked_by_admin(statements, searches)
    assert len(asked) > 50
    assert unindexed_of(asked) == []


def test_what_an_admin_filters_and_pages_through_is_found_by_an_index(
    app: App, alice: User, statements: Any
) -> None:
    app.tokens_for(alice)
    event = SecurityEvent.objects.filter(user=alice)[0]
    filters: list[dict[str, Any]] = [
        *({"person": alice.email}, {"client": app.client.client_id}, {"kind": event.kind}),
        *({"outcome": "failed"}, {"actor": "admin"}, {"request": event.request_id}),
        {"address": event.address},
        {"since": "2026-01-01T00:00", "until": "2026-01-03T00:00"},
        {"kind": event.kind, "outcome": "failed", "since": "2026-01-01T00:00"},
        {"person": alice.email, "kind": event.kind, "outcome": "failed"},
        {"client": app.client.client_id, "outcome": "failed", "until": "2030-01-01T00:00"},
    ]
    pages = [
        *(f"accounts/securityevent/?{urlencode(each)}" for each in filters),
        f"oauth_server/authorization/?client__id__exact={app.client.pk}",
        f"oauth_server/client/{app.client.pk}/change/",
        f"accounts/user/{alice.pk}/change/",
        "accounts/user/?is_active__exact=0",
        "accounts/user/?is_staff__exact=1",
    ]
    assert unindexed_of(asked_by_admin(statements, pages)) == []


def test_a_collector_finds_a_rare_kind_among_many_by_an_index(statements: Any) -> None:
    collector = Service("site.events")
    with connection.cursor() as cursor:
        cursor.execute(_MANY, ["sign_in", 20_000])
        cursor.execute(_MANY, ["account_deleted", 3])
        cursor.execute(_MANY, ["sign_in", 20_000])
        cursor.execute("ANALYZE accounts_securityevent")
    address = "/api/v1/events?limit=2&kind=account_deleted"
    before = len(statements)
    pages = [collector("GET", address)]
    pages.append(collector("GET", links(pages[0])["next"]))
    assert [len(page.json()) for page in pages] == [2, 1]
    asked = [query["sql"] for query in statements.captured_queries[before:]]
    lists = [sql for sql in asked if '"kind" = ' in sql and sql.startswith("SELECT")]
    assert len(lists) == 2
    for sql in lists:
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN {sql}".replace("%", "%%"), [])
            plan = " ".join(line for (line,) in cursor.fetchall())
        assert "event_of_kind" in plan, plan


def asked_by_admin(statements: Any, pages: Iterable[str]) -> list[str]:
    """Open pages of Django admin; return what they asked, but what reads no more than it may: all
    names of clients, and rows that are counted off."""
    browser = confirmed(User.objects.create_superuser("carol@example.com", PASSWORD))
    before = len(statements)
    for page in pages:
        assert browser.get(f"/admin/{page}").status_code == 200, page
    asked = [query["sql"].strip() for query in statements.captured_queries[before:]]
    return [
        sql
        for sql in asked
        if not ("UPPER(" in sql and READ_FOR_A_NAME in sql)
        and RECORDINGS not in sql
        and not sql.endswith(f"OFFSET {NEWEST - 1}")
    ]


def test_cleanup_finds_what_has_ended_by_an_index(app: App, alice: User, statements: Any) -> None:
    app.tokens_for(alice)
    call_command("cleartokens", verbosity=0)
    left = {found.partition(":")[0] for found in unindexed(statements)}
    assert left <= READ_WHOLE_BY_CLEANUP
