"""Authorization requests that must not be answered as they ask."""

import base64
import re
from typing import Any
from urllib.parse import parse_qsl, quote

import jwt
import pytest
from django.core.exceptions import ValidationError
from django.test import Client as Browser

from accounts.models import User
from accounts.oauth_server.models import AuthorizationCode
from tests.accounts.oauth_server.app import App, answer_in


@pytest.fixture
def browser(alice: User) -> Browser:
    browser = Browser()
    browser.force_login(alice)
    return browser


REGISTERED = "https://app.example/callback"


@pytest.mark.parametrize(
    "uri",
    [
        "https://app.example/callback/",
        "https://app.example/callback?next=evil",
        "https://app.example/callback?",
        "https://app.example/callback#",
        "https://app.example/callback#fragment",
        "https://app.example/Callback",
        "https://APP.example/callback",
        "HTTPS://app.example/callback",
        "https://app.example:443/callback",
        "https://app.example:8443/callback",
        "https://user@app.example/callback",
        "https://app.example@evil.example/callback",
        "https://app.example.evil.example/callback",
        "https://evil.example/callback",
        "http://app.example/callback",
        "https://app.example/callback\n",
        "https://app.example/callback%0A",
        " https://app.example/callback",
        "https://app.example/callback/../evil",
        "https://app.example//callback",
        "https://app.example\\callback",
        "//app.example/callback",
        "/callback",
        "javascript:alert(1)",
        "data:text/html,x",
        "callback",
    ],
)
def test_nobody_is_sent_to_an_address_that_is_not_registered(
    app: App, browser: Browser, uri: str
) -> None:
    for response in (
        app.send(browser, redirect_uri=uri),
        app.send(browser, redirect_uri=uri, response_type="nonsense"),
        app.send(Browser(), redirect_uri=uri, prompt="none"),
    ):
        assert response.status_code == 400
        assert "Location" not in response
        assert b"request" in response.content


@pytest.mark.parametrize("decision", ["allow", "deny"])
def test_no_decision_leads_to_an_address_that_is_not_registered(
    app: App, browser: Browser, decision: str
) -> None:
    query = f"client_id={app.client.client_id}&response_type=code&redirect_uri="
    address = f"/oauth/authorize/decision/?{query}{quote('https://evil.example/')}"

    assert browser.post(address, {"decision": decision}).status_code == 400
    assert AuthorizationCode.objects.count() == 0


@pytest.mark.parametrize(
    ("uri", "status"),
    [
        ("http://127.0.0.1:5000/callback", 200),
        ("http://127.0.0.1/callback", 200),
        ("http://127.0.0.1:99999/callback", 400),
        ("http://127.0.0.1:5000/other", 400),
        ("http://127.0.0.1:5000@evil.example/callback", 400),
        ("http://127.0.0.1.evil.example/callback", 400),
        ("http://localhost:5000/callback", 400),
        ("http://[::1]:5000/callback", 400),
        ("https://127.0.0.1:5000/callback", 400),
    ],
)
def test_a_loopback_port_is_the_apps_choice_and_nothing_else_is(
    native_app: App, browser: Browser, uri: str, status: int
) -> None:
    assert native_app.send(browser, redirect_uri=uri).status_code == status


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"response_type": None}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": "id_token"}, "unsupported_response_type"),
        ({"response_type": "code token"}, "unsupported_response_type"),
        ({"response_type": "code id_token"}, "unsupported_response_type"),
        ({"response_type": "none"}, "unsupported_response_type"),
        ({"scope": "openid introspection"}, "invalid_scope"),
        ({"scope": "introspection"}, "invalid_scope"),
        ({"code_challenge": None, "code_challenge_method": None}, "invalid_request"),
        ({"code_challenge": "short"}, "invalid_request"),
        ({"code_challenge": "x" * 129}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": "s256"}, "invalid_request"),
        ({"prompt": "none login"}, "invalid_request"),
        ({"request": "e30.e30."}, "request_not_supported"),
        ({"request_uri": "https://app.example/r"}, "request_uri_not_supported"),
    ],
)
def test_the_client_is_told_what_is_wrong_with_state_and_issuer(
    app: App, browser: Browser, change: dict[str, str | None], error: str
) -> None:
    response = app.send(browser, **change)

    assert response.status_code == 302
    assert response["Location"].startswith(REGISTERED + "?")
    answer = answer_in(response)
    assert answer["error"] == error
    assert answer["state"] == "state-of-the-app"
    assert answer["iss"] == "http://testserver"


@pytest.mark.parametrize(
    "change",
    [
        {"client_id": None},
        {"client_id": "nobody"},
        {"client_id": "\x00"},
        {"client_id": "x" * 5000},
        {"state": "a\r\nSet-Cookie: b=c"},
        {"client_id": ["one", "two"]},
        {"redirect_uri": [REGISTERED, "https://evil.example/"]},
    ],
)
def test_a_request_of_nobody_known_ends_on_a_page(
    app: App, browser: Browser, change: dict[str, str | None]
) -> None:
    response = app.send(browser, **change)

    assert response.status_code == 400
    assert "Location" not in response


@pytest.mark.parametrize("query", ["%zz", "%ff%fe=1", "a=%00", "&&&==", "client_id=%F0%28%8C"])
def test_a_query_that_cannot_be_read_ends_on_a_page(browser: Browser, query: str) -> None:
    assert browser.get(f"/oauth/authorize/?{query}").status_code == 400


def test_a_switched_off_client_sends_nobody_anywhere(app: App, browser: Browser) -> None:
    app.client.is_active = False
    app.client.save()

    assert app.send(browser).status_code == 400


def test_asking_for_no_scope_gives_the_stated_default(app: App, alice: User) -> None:
    assert app.tokens_for(alice, scope=None)["scope"] == "profile"


def test_the_query_of_a_registered_address_is_kept(app: App, browser: Browser) -> None:
    app.client.redirect_uris = "https://app.example/callback?tenant=7"
    app.client.save()

    answer = answer_in(app.ask(browser, redirect_uri="https://app.example/callback?tenant=7"))
    assert answer["tenant"] == "7"
    assert answer["code"]


def test_a_consent_page_is_kept_by_nobody_and_framed_by_nobody(app: App, browser: Browser) -> None:
    page = app.send(browser)

    assert page["Cache-Control"] == "no-store"
    assert page["X-Frame-Options"] == "DENY"
    policy = page["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in policy
    assert "unsafe-inline" not in policy


def test_the_page_says_what_is_asked_by_whom_for_how_long(app: App, browser: Browser) -> None:
    words = app.send(browser).content.decode()

    for said in ("Photo Album", "app.example", "See your name", "alice@example.com", "365 days"):
        assert said in words


@pytest.mark.parametrize(
    ("uri", "words"),
    [
        ("https://app.example/Callback", "path is “/Callback”, not “/callback”"),
        ("http://app.example/callback", "scheme is “http”, not “https”"),
        ("https://app.example:8443/callback", "port is “8443”, not “”"),
        ("https://evil.example/callback", "host is “evil.example”, not “app.example”"),
        ("https://APP.example/callback", "spelling differs"),
    ],
)
def test_the_clients_own_people_learn_which_part_differs(
    app: App, browser: Browser, alice: User, uri: str, words: str
) -> None:
    assert "What does not match" not in app.send(browser, redirect_uri=uri).content.decode()
    app.client.user = alice
    app.client.save()

    page = app.send(browser, redirect_uri=uri).content.decode()
    assert words in page[:1].upper() + page
    assert "What does not match" not in app.send(Browser(), redirect_uri=uri).content.decode()


@pytest.mark.parametrize(
    "uri",
    [
        *("com.example.terminal:/callback", "cursor://anysphere.cursor-mcp/oauth/callback"),
        "claude://claude.ai/mcp-auth-callback/sdk",
    ],
)
def test_a_public_app_may_have_a_scheme_of_its_own(
    native_app: App, browser: Browser, uri: str
) -> None:
    native_app.client.redirect_uris = uri
    native_app.client.full_clean()
    native_app.client.save()

    page = native_app.send(browser, redirect_uri=uri).content.decode()
    assert "any program on this device" in page or "It runs on this device" in page
    assert f"<dd><bdi>{uri.partition(':')[0]}</bdi></dd>" in page  # and no host behind it
    response = native_app.ask(browser, redirect_uri=uri)
    assert response["Location"].startswith(f"{uri}?code=")
    assert native_app.send(browser, redirect_uri=uri).status_code == 200  # asked each time
    for other in (f"{uri}/", uri.upper(), uri.replace(":/", ":///", 1), f"{uri}?x"):
        assert native_app.send(browser, redirect_uri=other).status_code == 400


@pytest.mark.parametrize(
    "uri",
    [
        *("javascript:alert(1)", "javascript:/x", "JAVASCRIPT:/x", "data:/x", "file:///etc/passwd"),
        *("vbscript:/x", "blob:/x", "about:/blank", "view-source:/x", "ftp://host/x", "ws://host/"),
        *("mailto:/x", "tel:/1", "chrome://settings/", "intent://x/", "ms-msdt:/x"),
        *("com.example.app://host/x#y", "app:callback", "App://host/x", "app://me@host/x"),
    ],
)
def test_no_scheme_that_others_own_can_be_registered(native_app: App, uri: str) -> None:
    native_app.client.redirect_uris = uri
    with pytest.raises(ValidationError):
        native_app.client.full_clean()
    native_app.client.redirect_uris = "http://127.0.0.1/callback"
    native_app.client.post_logout_redirect_uris = uri
    with pytest.raises(ValidationError):
        native_app.client.full_clean()


def test_an_app_that_keeps_a_secret_has_no_scheme_of_its_own(app: App) -> None:
    app.client.redirect_uris = "cursor://anysphere.cursor-mcp/oauth/callback"
    with pytest.raises(ValidationError, match="only for public clients"):
        app.client.full_clean()


# --- response modes ---


def request_object(**claims: Any) -> str:
    return jwt.encode(claims, None, algorithm="none")


def test_a_request_object_is_refused_in_the_mode_that_it_asks_for(
    app: App, browser: Browser
) -> None:
    """The Form Post plan sends all but what OAuth itself requires in there."""
    inside = request_object(response_mode="form_post", state="inside")
    response = app.send(browser, request=inside, state=None)

    page = response.content.decode()
    assert response.status_code == 200
    assert f'action="{REGISTERED}"' in page
    for name, value in {"error": "request_not_supported", "state": "inside"}.items():
        assert f'name="{name}" value="{value}"' in page


def test_what_is_said_beside_a_request_object_counts_first(app: App, browser: Browser) -> None:
    inside = request_object(response_mode="form_post", state="inside")
    response = app.send(browser, request=inside, response_mode="fragment")
    assert response["Location"].startswith(f"{REGISTERED}#error=request_not_supported")
    assert "state=state-of-the-app" in response["Location"]


@pytest.mark.parametrize(
    "inside",
    [
        *("", "a", "a.b.c", "a.b.c.d.e", request_object(response_mode="x", state=["x"])),
        *(request_object(response_mode={}, state="a\r\nb"), request_object(state="\ud800")),
        "eyJhbGciOiJub25lIn0." + base64.urlsafe_b64encode(b"[" * 8_000).decode() + ".",
    ],
)
def test_a_request_object_that_says_nothing_of_use_is_refused_as_before(
    app: App, browser: Browser, inside: str
) -> None:
    response = app.send(browser, request=inside or "x", state=None)
    assert re.match(
        rf"{re.escape(REGISTERED)}\?error=(request_not_supported|invalid_request_object)&",
        response["Location"],
    )
    assert "state=" not in response["Location"]


def test_a_request_object_leads_to_no_address_that_is_not_registered(
    app: App, browser: Browser
) -> None:
    inside = request_object(response_mode="form_post", redirect_uri=REGISTERED)
    response = app.send(browser, request=inside, redirect_uri="https://evil.example/")
    assert response.status_code == 400
    inside = request_object(response_mode="form_post", redirect_uri="https://evil.example/")
    assert "evil.example" not in app.send(browser, request=inside).content.decode()


def test_an_app_may_have_the_answer_in_the_fragment(app: App, browser: Browser) -> None:
    response = app.ask(browser, response_mode="fragment")

    address, _, fragment = response["Location"].partition("#")
    assert address == REGISTERED
    answer = dict(parse_qsl(fragment))
    assert answer.keys() == {"code", "state", "iss"}
    assert app.redeem(answer["code"]).status_code == 200


def test_an_error_comes_in_the_fragment_too(app: App, browser: Browser) -> None:
    for changes in ({"scope": "introspection"}, {"prompt": "none"}):
        response = app.send(browser, response_mode="fragment", **changes)
        address, _, fragment = response["Location"].partition("#")
        assert address == REGISTERED
        assert dict(parse_qsl(fragment)).keys() == {"error", "error_description", "state", "iss"}


def test_a_parameter_without_a_value_counts_as_not_sent(app: App, browser: Browser) -> None:
    """RFC 6749 section 3.1."""
    empty = {"response_mode": "", "max_age": "", "claims": "", "id_token_hint": "", "scope": ""}
    response = app.ask(browser, **empty, acr_values="", ui_locales="", display="", nonce="")
    assert answer_in(response).keys() == {"code", "state", "iss"}
