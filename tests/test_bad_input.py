"""Nasty values at every address of the site: each is answered in words, and none is a 500."""

import copy
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote

import pytest
from django.db import transaction
from django.test import Client as Browser
from django.urls import URLPattern, URLResolver, get_resolver

from accounts.models import User
from tests.accounts.account_pages.proof import signed_in as proven
from tests.accounts.second_factors.conftest import SECRET, give_password
from tests.conftest import PASSWORD
from tests.upstream import TOTP

pytestmark = [pytest.mark.django_db, pytest.mark.every_case]

RTL = "\u202eecilA\u2066"
NOT_UTF_8 = "%ff"
NASTY = [
    "\x00",
    "a\x00b@example.com",
    NOT_UTF_8,
    "x" * 5000,
    "<script>alert(1)</script>",
    f"👩‍💻{RTL}\x07\r\nSet-Cookie: a=b",
    "-1",
    "9" * 40,
    "1e9",
    "[]",
    '{"a": [1, {"b": null}]}',
    "http://[",
    "//evil.example",
    "9999-99-99",
    "0000-00-00",
]
_FORM = "application/x-www-form-urlencoded"
FIELDS = (
    *("login", "email", "password", "password1", "password2", "oldpassword", "code", "next"),
    *("key", "name", "account", "action_add", "action_remove", "action_primary", "credential"),
    *("page", "kind", "since", "until", "from", "to", "day", "days", "lifetime", "expires"),
    *("scope", "scopes", "sub", "language", "process", "state", "error", "client_id", "prompt"),
    *("redirect_uri", "response_type", "max_age", "user_code", "id_token_hint", "birthdate"),
    *("code_challenge", "nonce", "claims", "resource", "login_hint", "ui_locales", "first_seen"),
    *("acr_values", "request", "post_logout_redirect_uri", "logout_hint", "request_uri", "resend"),
    *("action", "confirm", "send", "description", "zoneinfo", "phone_number", "device_code"),
)
UNREADABLE = [
    ("application/json", b'{"a":'),
    ("multipart/form-data", b"no boundary"),
    ("multipart/form-data; boundary=b", b'--b\r\nContent-Disposition: form-data; name="code"; '),
    (f"{_FORM}; charset=nonsense", b"login=%ff&code=x"),
    (_FORM, b"email=" + b"x" * 3_000_000),
    (_FORM, b"&".join(b"field=x" for _ in range(1200))),
]
FILLED = {"int": "1", "str": "x", "uuid": "00000000-0000-0000-0000-000000000000", "slug": "x"}


def addresses(resolver: Any = None, prefix: str = "/") -> Iterator[str]:
    """Every address of the site but the admin's own."""
    for entry in (resolver or get_resolver()).url_patterns:
        pattern = entry.pattern
        if isinstance(entry, URLResolver):
            if entry.app_name != "admin":
                yield from addresses(entry, prefix + _example(pattern))
        elif isinstance(entry, URLPattern):
            yield prefix + _example(pattern)


def _example(pattern: Any) -> str:
    text = str(pattern)
    for name, converter in pattern.converters.items():
        kind = type(converter).__name__.removesuffix("Converter").lower().replace("string", "str")
        text = text.replace(f"<{kind}:{name}>", FILLED.get(kind, "x")).replace(f"<{name}>", "x")
    return text


def anonymous(alice: User) -> Browser:
    return Browser()


def signed_in(alice: User) -> Browser:
    browser = Browser()
    browser.force_login(alice)
    return browser


def who_has_confirmed(alice: User) -> Browser:
    return proven(alice)


def between_two_steps(alice: User) -> Browser:
    TOTP.activate(alice, SECRET)
    browser = Browser()
    assert give_password(browser)["Location"].startswith("/accounts/2fa/authenticate/")
    return browser


def who_waits_for_a_code(alice: User) -> Browser:
    browser = Browser()
    browser.post("/accounts/login/code/", {"email": alice.email})
    return browser


CAST = [anonymous, signed_in, who_has_confirmed, between_two_steps, who_waits_for_a_code]


def encoded(turn: int) -> str:
    """Every field with a nasty value: which one, the turn decides."""
    values = {name: NASTY[(place + turn) % len(NASTY)] for place, name in enumerate(FIELDS)}
    return "&".join(
        f"{name}={value if value == NOT_UTF_8 else quote(value)}" for name, value in values.items()
    )


def is_of_site(address: str) -> bool:
    """Not one of the hundred providers that nobody has registered here."""
    parts = address.split("/")
    is_providers = "callback" in parts or (len(parts) == 5 and parts[3] == "login")
    return not is_providers or not {"oidc", "google", "webauthn"}.isdisjoint(parts)


@pytest.fixture
def unlimited(settings: Any) -> None:
    settings.RATE_LIMITS = dict.fromkeys(settings.RATE_LIMITS, "1000000/d")
    # What each request sends is undone with it: the test's own transactions are no fault of ours.
    settings.EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"


@pytest.mark.usefixtures("unlimited")
@pytest.mark.parametrize("whose", CAST)
def test_no_nasty_value_is_a_fault_of_ours(alice: User, whose: Callable[[User], Browser]) -> None:
    alice.set_password(PASSWORD)
    alice.save()
    browser = whose(alice)
    browser.raise_request_exception = False
    cookies = copy.deepcopy(browser.cookies)

    def status(method: str, address: str, body: bytes = b"", content_type: str = _FORM) -> int:
        """Of one request, which leaves nothing behind."""
        browser.cookies = copy.deepcopy(cookies)
        with transaction.atomic():
            response = browser.generic(method, address, body, content_type)
            transaction.set_rollback(True)
        return response.status_code

    for address in filter(is_of_site, dict.fromkeys(addresses())):
        assert status("GET", f"{address}?{encoded(0)}") < 500, address
        assert status("POST", address, encoded(5).encode()) < 500, address


@pytest.mark.parametrize("address", ["/accounts/login/", "/accounts/signup/", "/account/profile/"])
@pytest.mark.parametrize(("content_type", "body"), UNREADABLE, ids=range(len(UNREADABLE)))
def test_a_body_that_cannot_be_read_is_answered_in_words(
    alice: User, address: str, content_type: str, body: bytes
) -> None:
    response = signed_in(alice).generic("POST", address, body, content_type)
    assert response.status_code in {200, 302, 400, 413}
    assert response.status_code == 302 or "css/site.css" in response.content.decode()


@pytest.mark.parametrize("onward", ["1e9", "account_home", "home", "a:b"])
def test_what_is_no_address_leads_nowhere(alice: User, onward: str) -> None:
    """Django's redirect() would take it for the name of a page, and fail where there is none."""
    response = signed_in(alice).get("/account/second-factor/", {"next": onward})
    assert response["Location"] == "/account/methods/"


PAGES = [
    *("/account/", "/account/profile/", "/account/sessions/", "/account/apps/", "/account/tokens/"),
    *("/account/tokens/new/", "/account/export/", "/account/delete/", "/account/activity/"),
    *("/account/methods/", "/accounts/email/", "/accounts/3rdparty/", "/accounts/password/change/"),
    *("/accounts/2fa/totp/activate/", "/accounts/2fa/webauthn/add/", "/accounts/reauthenticate/"),
    *("/accounts/logout/", "/account/sign-out-everywhere/", "/oauth/device/"),
]


@pytest.mark.parametrize("page", PAGES)
def test_no_page_of_an_account_comes_back_by_the_back_button(alice: User, page: str) -> None:
    browser = proven(alice)
    response = browser.get(page)
    assert response.status_code == 200
    assert "no-store" in response["Cache-Control"]
    browser.post("/accounts/logout/")
    again = browser.get(page)
    assert again.status_code == 302
    assert again["Location"].startswith("/accounts/login/")
