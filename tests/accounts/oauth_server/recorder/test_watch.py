"""What a client sends is kept while that is switched on, and nothing of it before and after."""

from datetime import timedelta
from typing import Any

import jwt
import pytest
from django.db import connection
from django.http import HttpRequest
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.endings.cleanup import chores
from accounts.models import User
from accounts.oauth_server.models import Client, RecordedRequest, Recording
from accounts.oauth_server.models.recording import MOST
from accounts.oauth_server.recorder.watch import recorded
from tests.accounts.oauth_server.app import App, basic

FORM = "application/x-www-form-urlencoded"


@pytest.fixture
def watched(app: App) -> App:
    """The photo album, which is being recorded; it was read before that."""
    assert Recording.objects.start(app.client, timedelta(hours=1))
    return app


def rows() -> list[RecordedRequest]:
    return list(RecordedRequest.objects.order_by("number"))


def walk(app: App, person: User) -> dict[str, Any]:
    tokens = app.tokens_for(person)
    app.introspect(tokens["access_token"])
    bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
    assert Browser().get("/oauth/userinfo/", headers=bearer).status_code == 200
    return tokens


def item(items: list[dict[str, Any]], name: str) -> dict[str, Any]:
    return next(each for each in items if each.get("name") == name)


def test_a_walk_is_kept_in_order_and_its_values_can_be_compared(watched: App, alice: User) -> None:
    walk(watched, alice)

    found = rows()
    assert [(row.method, row.endpoint, row.status) for row in found] == [
        *(("GET", "authorize", 200), ("POST", "decision", 302), ("POST", "token", 200)),
        *(("POST", "introspect", 200), ("GET", "userinfo", 200)),
    ]
    assert [row.number for row in found] == list(range(1, 6))
    assert all(row.request_id for row in found)
    decision, token, _, userinfo = found[1:]
    code = item(token.sent["body"], "code")
    assert code["mark"] == item(decision.answered["parameters"], "code")["mark"]
    verifier = item(token.sent["body"], "code_verifier")["mark"]
    assert verifier == item(decision.sent["query"], "code_challenge")["mark"]
    assert token.sent["authentication"] == "client_secret_basic"
    assert "email" in userinfo.answered["names"]
    bearer = userinfo.sent["authorization"]["mark"]
    assert bearer == item(token.answered["parameters"], "access_token")["mark"]


def test_while_nobody_records_no_statement_asks_for_it(app: App, alice: User) -> None:
    with CaptureQueriesContext(
        connection,
    ) as statements:
        walk(app, alice)
        app.redeem("wrong")
        app.send(Browser(), redirect_uri="https://elsewhere.example/")
    assert not [each["sql"] for each in statements if "oauth_server_record" in each["sql"]]
    assert rows() == []


def test_what_is_refused_is_kept_with_its_reason(watched: App, alice: User) -> None:
    code = watched.code_for(alice)
    assert watched.redeem(code).status_code == 200
    assert watched.redeem(code).status_code == 400  # which rolls back and ends what it earned
    watched.send(Browser(), redirect_uri="https://elsewhere.example/")
    watched.send(Browser(), prompt="none")

    replay, mismatch, silent = rows()[-3:]
    assert (replay.error, replay.problem[:8]) == ("invalid_grant", "The code")
    assert mismatch.error == "invalid_request"
    assert "redirect" in mismatch.problem
    assert (silent.status, silent.error) == (302, "login_required")
    assert silent.answered["to"] == watched.redirect_uri


def test_a_request_that_proves_nothing_belongs_to_the_client_that_it_names(
    watched: App, other_app: App
) -> None:
    name, url = watched.client.client_id, "/oauth/token/"
    assertion = jwt.encode({"iss": name}, "k" * 32)
    forms: list[tuple[dict[str, str], dict[str, str]]] = [
        ({"grant_type": "client_credentials"}, basic(name, "wrong")),
        ({"client_id": name, "client_secret": "wrong"}, {}),
        ({"client_assertion": assertion, "client_assertion_type": "x"}, {}),
        ({"grant_type": "client_credentials"}, basic(other_app.client.client_id, "wrong")),
        ({"grant_type": "client_credentials"}, {"Authorization": "Basic ?"}),
    ]
    for form, headers in forms:
        assert Browser().post(url, form, headers=headers).status_code in (400, 401)
        body = "&".join(f"{key}={value}" for key, value in form.items())
        Browser().post(url, body, content_type=FORM, headers=headers)
    assert {row.sent["authentication"] for row in rows()} == {
        *("client_secret_basic", "client_secret_post", "private_key_jwt"),
    }
    assert {row.error for row in rows()} == {"invalid_client", "invalid_request"}
    assert "wrong" not in str([row.sent for row in rows()])


def test_what_cannot_be_read_is_kept_as_that(watched: App) -> None:
    fields = "&".join("field=x" for _ in range(1200))
    headers = watched.authorization
    Browser().post("/oauth/token/", fields, content_type=FORM, headers=headers)
    Browser().post("/oauth/token/", "{}", content_type="application/json", headers=headers)
    Browser().get("/oauth/token/", headers=headers)
    name, strange = watched.client.client_id, {"Authorization": "Strange a-secret"}
    Browser().post("/oauth/token/", f"client_id={name}", content_type=FORM, headers=strange)
    unreadable, json, get, unknown = rows()
    assert unknown.sent["authorization"] == {"unknown": 7, "length": 16}
    assert unreadable.sent["is_unreadable"]
    assert json.sent["content_type"] == "application/json"
    assert (get.status, get.answered["headers"]) == (405, [{"name": "Allow", "value": "POST"}])


def test_a_form_post_answer_is_kept_as_what_it_posts(watched: App, alice: User) -> None:
    browser = Browser()
    browser.force_login(alice)
    watched.ask(browser, response_mode="form_post")
    told = rows()[-1].answered
    assert told["to"] == watched.redirect_uri
    assert {each["name"] for each in told["parameters"]} == {"code", "state", "iss"}


def test_a_signed_userinfo_answer_is_kept_as_the_names_in_it(watched: App, alice: User) -> None:
    watched.client.userinfo_signed_response_alg = "ES256"
    watched.client.save(update_fields=["userinfo_signed_response_alg"])
    walk(watched, alice)
    told = rows()[-1].answered
    assert (told["content_type"], told["algorithm"]) == ("application/jwt", "ES256")
    assert {"sub", "email", "aud"} <= set(told["names"])


def test_nothing_is_kept_once_the_time_is_over(watched: App) -> None:
    over = timezone.now() - timedelta(seconds=1)
    Recording.objects.update(ends=over)
    for until in (over, timezone.now() + timedelta(hours=1)):  # whatever the client's row says
        Client.objects.update(recorded_until=until)
        watched.redeem("wrong")
        Browser().post("/oauth/token/", {"client_id": watched.client.client_id})
    assert rows() == []
    assert Recording.objects.start(watched.client, timedelta(days=1))
    assert Recording.objects.open().get().ends <= timezone.now() + timedelta(hours=1)
    assert Recording.objects.start(watched.client, timedelta(hours=1)) is None


def test_the_last_request_that_there_is_room_for_ends_it(watched: App) -> None:
    Recording.objects.update(kept=MOST - 1)
    watched.redeem("wrong")
    watched.redeem("wrong")
    assert [row.number for row in rows()] == [MOST]
    recording = Recording.objects.get()
    assert (recording.is_full, recording.is_open) == (True, False)
    assert Client.objects.get().recorded_until is None


def test_a_recorder_that_fails_fails_no_request(watched: App, alice: User) -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE oauth_server_recordedrequest RENAME TO away")
    assert watched.tokens_for(alice)["access_token"]
    assert watched.redeem("wrong").status_code == 400


def test_a_view_that_fails_is_kept_as_a_failure_of_this_site(watched: App, rf: Any) -> None:
    @recorded("token")
    def broken(request: HttpRequest) -> Any:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        broken(rf.get("/", {"client_id": watched.client.client_id}))
    assert [row.status for row in rows()] == [500]


def test_a_day_later_nothing_is_left(watched: App) -> None:
    watched.redeem("wrong")
    for hours, left in ((24, 1), (26, 0)):
        for chore in chores(timezone.now() + timedelta(hours=hours) - timedelta(minutes=1)):
            if chore.name in ("recorded requests", "recordings"):
                sum(chore.batches(10))
        assert RecordedRequest.objects.count() == left
    assert not Recording.objects.exists()
