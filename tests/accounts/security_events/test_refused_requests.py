"""Why a client's request was refused: what it sent, what would have done, and no secret."""

from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client as Browser
from django.utils import translation

from accounts.models import SecurityEvent, User
from accounts.models.event_kinds import Actor, Event
from accounts.oauth_server.rules.response_modes import RESPONSE_MODES
from accounts.security_events.words import sentence
from tests.accounts.oauth_server.app import App
from tests.accounts.oauth_server.conftest import app, native_app  # noqa: F401

pytestmark = pytest.mark.django_db

ALL = SecurityEvent.objects.filter(kind=Event.REQUEST_REFUSED)


def told() -> SecurityEvent:
    """The one refusal that there is."""
    return ALL.get()


def test_another_redirect_uri_says_which_one_is_registered(app: App) -> None:  # noqa: F811
    page = app.send(Browser(), redirect_uri="https://app.example/cb?key=secret")
    event = told()

    assert event.client == app.client
    assert (event.actor, event.user, event.address) == (Actor.UNKNOWN, None, "127.0.0.1")
    assert event.details == {
        "endpoint": "authorize",
        "error": "invalid_request",
        "problem": "Mismatching redirect URI.",
        "parameter": "redirect_uri",
        "sent": "https://app.example/cb",
        "expected": app.client.redirect_uris.split(),
    }
    assert event.request_id in page.content.decode()


def test_the_number_on_the_error_page_finds_it_in_admin(
    app: App,  # noqa: F811
    desk: Browser,
) -> None:
    app.send(Browser(), redirect_uri="https://elsewhere.example/")
    app.send(Browser(), scope="openid", response_type="token")
    event = ALL.order_by("pk")[0]
    found = desk.get("/admin/accounts/securityevent/", {"q": event.request_id}).content.decode()
    assert f"/admin/accounts/securityevent/{event.pk}/change/" in found
    assert f"/admin/accounts/securityevent/{event.pk + 1}/change/" not in found


@pytest.mark.parametrize(
    ("change", "parameter", "sent", "expected"),
    [
        ({"response_type": "token"}, "response_type", "token", ["code"]),
        ({"response_mode": "x"}, "response_mode", "x", list(RESPONSE_MODES)),
        ({"code_challenge_method": "plain"}, "code_challenge_method", "plain", ["S256"]),
        ({"code_challenge": None}, "code_challenge", None, ["S256"]),
        ({"max_age": "soon"}, "max_age", "soon", None),
        ({"prompt": "none login"}, "prompt", "none login", None),
        ({"claims": "no JSON"}, "claims", None, None),
        ({"id_token_hint": "made up"}, "id_token_hint", None, None),
        ({"request": "eyJhbGciOiJub25lIn0.e30."}, "request", None, None),
        ({"request_uri": "https://app.example/key"}, "request_uri", None, None),
        ({"client_id": "nobody"}, "client_id", "nobody", None),
        ({"client_id": None}, "client_id", None, None),
        ({"redirect_uri": None}, "redirect_uri", None, ["https://app.example/callback"]),
    ],
)
def test_what_was_sent_and_what_would_have_done_is_kept(
    app: App,  # noqa: F811
    change: dict[str, Any],
    parameter: str,
    sent: str | None,
    expected: list[str] | None,
) -> None:
    app.send(Browser(), **change)
    details = told().details
    assert details["parameter"] == parameter
    assert details.get("sent") == sent
    assert details.get("expected") == expected
    assert "state-of-the-app" not in str(details)


def test_a_scope_that_the_client_may_not_have_is_named(app: App) -> None:  # noqa: F811
    app.send(Browser(), scope="openid introspection")
    details = told().details
    assert (details["error"], details["parameter"]) == ("invalid_scope", "scope")
    assert details["sent"] == "openid introspection"
    assert "openid" in details["expected"]


def test_a_stranger_fills_no_table(app: App, settings: Any) -> None:  # noqa: F811
    settings.RATE_LIMITS = settings.RATE_LIMITS | {"refused_requests": "3/h"}
    for number in range(6):
        assert app.send(Browser(), client_id=f"made-up-{number}").status_code == 400
    assert ALL.count() == 3
    assert SecurityEvent.objects.get(kind=Event.LIMIT_HIT).details == {"limit": "refused_requests"}


def test_many_strangers_fill_no_table_either(app: App, settings: Any) -> None:  # noqa: F811
    settings.RATE_LIMITS = settings.RATE_LIMITS | {"refused_requests_of_client": "2/h"}
    for number in range(4):
        browser = Browser(REMOTE_ADDR=f"203.0.113.{number}")
        app.send(browser, client_id=f"made-up-{number}")
        app.send(browser, response_type="token")
    assert ALL.filter(client=None).count() == 2
    assert ALL.filter(client=app.client).count() == 2


@pytest.mark.parametrize(
    ("change", "parameter"),
    [
        ({"code_verifier": "v" * 43}, "code_verifier"),
        ({"redirect_uri": "https://app.example/other"}, "redirect_uri"),
        ({"redirect_uri": None}, "redirect_uri"),
    ],
)
def test_a_token_request_that_fails_says_why_without_its_secrets(
    app: App,  # noqa: F811
    alice: User,
    change: dict[str, str | None],
    parameter: str,
) -> None:
    code = app.code_for(alice)
    assert app.redeem(code, **change).status_code == 400
    event = told()
    assert event.client == app.client
    assert (event.details["endpoint"], event.details["parameter"]) == ("token", parameter)
    kept = str(event.details)
    assert code not in kept
    assert app.verifier not in kept
    assert "v" * 43 not in kept
    assert app.secret
    assert app.secret not in kept


def test_a_grant_type_that_does_not_exist_is_named(app: App) -> None:  # noqa: F811
    assert app.post("/oauth/token/", {"grant_type": "password"}).status_code == 400
    assert (told().details["parameter"], told().details["sent"]) == ("grant_type", "password")


def test_what_has_an_event_of_its_own_has_no_second_one(app: App, alice: User) -> None:  # noqa: F811
    code = app.code_for(alice)
    app.redeem(code)
    app.redeem(code)
    app.secret = "wrong"
    app.post("/oauth/token/", {"grant_type": "client_credentials"})
    assert not ALL.exists()
    kinds = set(SecurityEvent.objects.values_list("kind", flat=True))
    assert {Event.CODE_REPLAYED, Event.CLIENT_REFUSED} <= kinds


def test_a_logout_request_that_fails_says_why(app: App) -> None:  # noqa: F811
    asked = {
        "client_id": app.client.client_id,
        "post_logout_redirect_uri": "https://x.example/?a=b",
    }
    assert Browser().get(f"/oauth/logout/?{urlencode(asked)}").status_code == 400
    details = told().details
    assert (details["endpoint"], details["parameter"]) == ("logout", "post_logout_redirect_uri")
    assert details["sent"] == "https://x.example/"


def test_a_device_that_may_not_ask_says_why(app: App) -> None:  # noqa: F811
    assert app.post("/oauth/device-authorization/", {"scope": "openid"}).status_code == 400
    assert (told().details["endpoint"], told().details["error"]) == (
        "device-authorization",
        "unauthorized_client",
    )


def test_it_is_told_in_the_language_of_its_reader(app: App) -> None:  # noqa: F811
    app.send(Browser(), response_type="token")
    assert sentence(told(), {}) == (
        "A request of Photo Album was not valid: response_type is “token”; expected: “code”"
    )
    with translation.override("de"):
        assert "response_type ist „token“; erwartet: „code“" in sentence(told(), {})
