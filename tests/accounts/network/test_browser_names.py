"""Browsers in words, from what those of this year send."""

import time

import pytest
from django.utils import translation

from accounts.network.browser_names import describe

WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64)"
MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)"
LINUX = "Mozilla/5.0 (X11; Linux x86_64)"
ANDROID = "Mozilla/5.0 (Linux; Android 10; K)"
WEB_VIEW = "Mozilla/5.0 (Linux; Android 16; SM-S921B Build/BP2A; wv)"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X)"
IPAD = "Mozilla/5.0 (iPad; CPU OS 18_7 like Mac OS X)"
BLINK = "AppleWebKit/537.36 (KHTML, like Gecko)"
WEBKIT = "AppleWebKit/605.1.15 (KHTML, like Gecko)"

BROWSERS = [
    (f"{WINDOWS} {BLINK} Chrome/156.0.0.0 Safari/537.36", "Chrome on Windows"),
    (f"{WINDOWS} {BLINK} Chrome/156.0.0.0 Safari/537.36 Edg/156.0.0.0", "Edge on Windows"),
    (f"{WINDOWS} {BLINK} Chrome/154.0.0.0 Safari/537.36 OPR/135.0.0.0", "Opera on Windows"),
    (f"{WINDOWS} {BLINK} Chrome/156.0.0.0 Safari/537.36 Vivaldi/8.1", "Vivaldi on Windows"),
    (
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:158.0) Gecko/20100101 Firefox/158.0",
        "Firefox on Windows",
    ),
    (
        "Mozilla/5.0 (Windows NT 10.0; WOW64; Trident/7.0; rv:11.0) like Gecko",
        "Internet Explorer on Windows",
    ),
    (f"{MAC} {WEBKIT} Version/26.1 Safari/605.1.15", "Safari on macOS"),
    (f"{MAC} {WEBKIT} Version/26.1 Safari/605.1.15 Ddg/26.1", "DuckDuckGo on macOS"),
    (f"{MAC} {BLINK} Chrome/156.0.0.0 Safari/537.36", "Chrome on macOS"),
    (f"{LINUX} {BLINK} Chrome/156.0.0.0 Safari/537.36", "Chrome on Linux"),
    (f"{LINUX} {BLINK} HeadlessChrome/156.0.0.0 Safari/537.36", "Chrome on Linux"),
    (
        "Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:158.0) Gecko/20100101 Firefox/158.0",
        "Firefox on Linux",
    ),
    (
        f"Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) {BLINK} Chrome/156.0.0.0 Safari/537.36",
        "Chrome on ChromeOS",
    ),
    (f"{ANDROID} {BLINK} Chrome/156.0.0.0 Mobile Safari/537.36", "Chrome on Android"),
    (
        f"{ANDROID} {BLINK} Chrome/156.0.0.0 Mobile Safari/537.36 EdgA/156.0.0.0",
        "Edge on Android",
    ),
    (
        f"{ANDROID} {BLINK} SamsungBrowser/30.0 Chrome/144.0.0.0 Mobile Safari/537.36",
        "Samsung Internet on Android",
    ),
    ("Mozilla/5.0 (Android 16; Mobile; rv:158.0) Gecko/158.0 Firefox/158.0", "Firefox on Android"),
    (f"{IPHONE} {WEBKIT} Version/26.1 Mobile/15E148 Safari/604.1", "Safari on iPhone"),
    (f"{IPAD} {WEBKIT} Version/26.1 Mobile/15E148 Safari/604.1", "Safari on iPad"),
    (f"{IPHONE} {WEBKIT} CriOS/156.0.8078.77 Mobile/15E148 Safari/604.1", "Chrome on iPhone"),
    (f"{IPHONE} {WEBKIT} FxiOS/158.0 Mobile/15E148 Safari/605.1.15", "Firefox on iPhone"),
    (
        f"{IPHONE} {WEBKIT} Version/18.0 EdgiOS/156.0.3595.66 Mobile/15E148 Safari/605.1.15",
        "Edge on iPhone",
    ),
    (
        f"{IPHONE} {WEBKIT} Version/18.7 Mobile/15E148 DuckDuckGo/7 Safari/605.1.15",
        "DuckDuckGo on iPhone",
    ),
]
APPS_AND_PROGRAMS = [
    (
        f"{WEB_VIEW} {BLINK} Version/4.0 Chrome/156.0.8078.102 Mobile Safari/537.36 "
        "[FB_IAB/FB4A;FBAV/536.0.0.46.77;]",
        "Facebook on Android",
    ),
    (
        f"{IPHONE} {WEBKIT} Mobile/22H20 Instagram 405.0.0.36.75 (iPhone16,1; iOS 18_7; de_DE; de; "
        "scale=3.00; 1179x2556; 750000000)",
        "Instagram on iPhone",
    ),
    (f"{IPHONE} {WEBKIT} GSA/394.0.826964063 Mobile/15E148 Safari/604.1", "Google on iPhone"),
    (f"{IPHONE} {WEBKIT} Mobile/15E148", "Safari on iPhone"),  # inside of an app without a name
    ("curl/8.16.0", "curl"),
    ("python-requests/2.34.2", "Python"),
    ("PostmanRuntime/7.49.1", "Postman"),
]
UNKNOWN = [
    "",
    "-",
    "Mozilla/5.0",
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "Photos/42 CFNetwork/3826.600.41 Darwin/24.6.0",
    f"{LINUX} {BLINK} Chrome/156.0.0.0 Electron/42.0.0 Safari/537.36",
]


@pytest.mark.parametrize(("user_agent", "words"), [*BROWSERS, *APPS_AND_PROGRAMS])
def test_people_recognise_their_browser_and_system(user_agent: str, words: str) -> None:
    assert describe(user_agent) == words


def test_an_app_for_the_phone_on_a_tablet_is_on_the_tablet() -> None:
    agent = (
        f"Mozilla/5.0 (iPad; CPU iPhone OS 18_7 like Mac OS X) {WEBKIT} Version/26.1 Safari/604.1"
    )
    assert describe(agent) == "Safari on iPad"


@pytest.mark.parametrize("user_agent", UNKNOWN)
def test_nothing_is_said_where_no_browser_is_recognised(user_agent: str) -> None:
    assert describe(user_agent) == ""


def test_it_is_said_in_the_language_of_the_reader() -> None:
    with translation.override("de"):
        assert describe(BROWSERS[0][0]) == "Chrome auf Windows"


@pytest.mark.parametrize(
    "user_agent",
    [
        "We called you about your account ring 555 Bot/1",
        "Your password was stolen/1 CFNetwork/3826.600.41 Darwin/24.6.0",
        "Ring 555 Crawler/1.0 Mozilla/5.0 (iPhone)",
    ],
)
def test_no_words_of_whoever_sent_it_are_shown(user_agent: str) -> None:
    """Mallory makes the site write to Alice, and would have her read Mallory's words."""
    assert describe(user_agent) == ""


@pytest.mark.parametrize("piece", ["Ecosia ", "HeadlessChrome.", "Apple1", "Version/", "x"])
def test_a_long_one_made_to_be_slow_is_read_quickly(piece: str) -> None:
    describe("x")  # the rules are compiled at first use
    describe(piece * 20)
    started = time.process_time()
    describe(piece * 8_000)
    assert time.process_time() - started < 0.5
