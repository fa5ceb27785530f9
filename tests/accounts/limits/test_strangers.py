"""What a stranger can repeat makes no rows without a limit, whatever address it is sent to."""

import json
from collections import Counter
from collections.abc import Callable
from itertools import count
from typing import Any

import pytest
from allauth.socialaccount.models import SocialApp
from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.db import connection
from django.test import Client as Browser
from django.urls import reverse

from accounts.models import Session, User
from accounts.oauth_server.models import Client
from tests.conftest import PASSWORD
from tests.test_bad_input import addresses, is_of_site

pytestmark = pytest.mark.django_db

TIMES, LIMIT = 50, 2
# What each try may leave below its limit: a person with their address, their session, the record
# of it, and what the limits themselves count by. And a limit that is reached is recorded.
AT_MOST = 4 * LIMIT + 4

turns = count()


@pytest.fixture
def tight(settings: Any) -> None:
    settings.RATE_LIMITS = dict.fromkeys(settings.RATE_LIMITS, f"{LIMIT}/h")
    settings.CLIENT_FAILURES = LIMIT
    settings.REGISTRATION = "open"


@pytest.fixture
def github(db: None) -> None:
    SocialApp.objects.create(provider="github", provider_id="", name="GitHub", client_id="x")


@pytest.fixture
def app(db: None) -> Client:
    return Client.objects.create(
        name="Garden Notes",
        client_id="garden-notes",
        client_type=Client.CLIENT_PUBLIC,
        grant_types="authorization_code urn:ietf:params:oauth:grant-type:device_code",
        redirect_uris="https://garden.example/callback",
        scopes="openid profile",
    )


def every_address() -> list[str]:
    """Those of the site with its admin, and of one third party."""
    admin = [
        "/admin/" + path
        for path in ("", "login/", "logout/", "accounts/user/", "accounts/user/1/change/", "x/")
    ]
    own = [address for address in addresses() if is_of_site(address)]
    github = ["/accounts/github/login/", "/accounts/github/login/callback/?state=x&code=y"]
    return list(dict.fromkeys([*own, *admin, *github, "/nowhere/", "/accounts/no-such-page/"]))


def form(turn: int) -> dict[str, str]:
    """What a form of the site may hold, with somebody else in it each time."""
    email = f"stranger-{turn}@example.com"
    passwords = dict.fromkeys(("password", "password1", "password2"), f"{PASSWORD} {turn}")
    return {
        **passwords,
        "login": email,
        "email": email,
        "username": email,
        "code": "AAAA-AAAA",
        "language": "de",
        "next": f"/account/?{turn}",
        "user_code": "BBBB-CCCC",
        "client_id": f"app-{turn}",
        "client_secret": "lk_cs_x",
        "token": f"lk_at_{turn}",
        "grant_type": "authorization_code",
        "response_type": "code",
        "scope": "openid",
        "credential": json.dumps({"id": "x", "rawId": "x", "type": "public-key", "response": {}}),
    }


def of_app(turn: int) -> dict[str, str]:
    """The same from an app that there is."""
    return form(turn) | {
        "client_id": "garden-notes",
        "redirect_uri": "https://garden.example/callback",
        "code_challenge": "x" * 43,
        "code_challenge_method": "S256",
        "state": str(turn),
        "client_secret": "",
        "grant_type": "refresh_token",
        "refresh_token": f"lk_rt_{turn}",
    }


def rows() -> Counter[str]:
    """How many rows each table has."""
    tables = connection.introspection.table_names()
    counts = " UNION ALL ".join(f"SELECT '{name}', COUNT(*) FROM \"{name}\"" for name in tables)
    with connection.cursor() as cursor:
        cursor.execute(counts)
        return Counter(dict(cursor.fetchall()))


Way = Callable[[Browser, str, int], Any]

GETS: list[Way] = [
    lambda browser, address, turn: browser.get(address),
    lambda browser, address, turn: browser.get(address, headers={"Accept": "application/json"}),
    lambda browser, address, turn: browser.get(address, of_app(turn)),
]
POSTS: list[Way] = [
    lambda browser, address, turn: browser.post(address, form(turn)),
    lambda browser, address, turn: browser.post(address, of_app(turn)),
    lambda browser, address, turn: browser.post(
        address,
        {"redirect_uris": ["https://garden.example/callback"], "client_name": f"App {turn}"},
        content_type="application/json",
    ),
]


def made_by(ways: list[Way], address: str, network: str) -> dict[str, int]:
    """The tables, with the number of rows, that grow while a stranger repeats each of `ways`.

    They begin anew each time, without cookies. Once nothing has grown, nothing will.
    """
    before = last = rows()
    for _ in range(TIMES):
        for way in ways:
            way(Browser(REMOTE_ADDR=network), address, next(turns))
        now = rows()
        if now == last:
            break
        last = now
    return {table: made for table, made in (last - before).items() if made > AT_MOST}


@pytest.mark.parametrize("ways", [GETS, POSTS], ids=["GET", "POST"])
@pytest.mark.usefixtures("tight", "github", "app")
def test_what_a_stranger_repeats_makes_no_rows_without_a_limit(ways: list[Way]) -> None:
    """Each address is called from a network address of its own: no limit has been used up there."""
    unlimited = {}
    for place, address in enumerate(every_address()):
        made = made_by(ways, address, f"198.51.{100 + place // 250}.{place % 250}")
        if made:
            unlimited[address] = made
    assert not unlimited


def challenge(browser: Browser) -> int:
    address = reverse("mfa_login_webauthn")
    return int(browser.get(address, headers={"Accept": "application/json"}).status_code)


def test_forty_challenges_of_passkeys_are_not_forty_sessions(settings: Any) -> None:
    settings.RATE_LIMITS = settings.RATE_LIMITS | {"new_sessions": "12/m"}
    answers = Counter(challenge(Browser()) for _ in range(40))
    assert answers == {200: 12, 429: 28}
    assert Session.objects.count() == 12


@pytest.mark.parametrize("key", ["", "x" * 32, "é"])
@pytest.mark.usefixtures("tight", "github")
def test_a_cookie_that_is_no_sessions_begins_one_each_time(key: str) -> None:
    for _ in range(10):
        browser = Browser()
        browser.cookies[settings.SESSION_COOKIE_NAME] = key
        browser.post("/accounts/github/login/")
    assert Session.objects.count() == LIMIT


@pytest.mark.usefixtures("tight")
def test_who_has_a_session_goes_on_with_it_while_strangers_begin_none() -> None:
    browser = Browser()
    challenge(browser)
    assert [challenge(Browser()) for _ in range(LIMIT)][-1] == 429
    assert challenge(browser) == 200


def test_who_knows_their_password_signs_in_while_strangers_begin_no_session(
    alice: User, settings: Any
) -> None:
    settings.RATE_LIMITS = settings.RATE_LIMITS | {"new_sessions": "1/h"}
    assert [challenge(Browser()) for _ in range(2)] == [200, 429]
    browser = Browser()
    browser.post("/accounts/login/", {"login": alice.email, "password": PASSWORD})
    assert SESSION_KEY in browser.session


def test_who_is_known_asks_for_a_code_while_strangers_begin_no_session(
    alice: User, settings: Any, mailoutbox: Any
) -> None:
    home = Browser()
    home.post("/accounts/login/", {"login": alice.email, "password": PASSWORD})
    home.post("/accounts/logout/")
    del home.cookies["latchkey-session"]
    settings.RATE_LIMITS = settings.RATE_LIMITS | {"new_sessions": "1/h"}
    for _ in range(2):
        challenge(Browser())
    assert Browser().post("/accounts/login/code/", {"email": alice.email}).status_code == 429
    assert home.post("/accounts/login/code/", {"email": alice.email}).status_code == 302
