"""The short way of programs: it answers as the way of pages would, header by header."""

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
from django.conf import settings
from django.http import HttpResponse
from django.test import Client as Browser
from django.test import override_settings
from django.urls import URLPattern, get_resolver
from django.urls import path as at

from accounts.models import User
from accounts.site.programs import is_for_programs
from tests.accounts.oauth_server.app import App
from tests.accounts.oauth_server.conftest import app

__all__ = ["app"]

WAY_OF_PAGES = [each for each in settings.MIDDLEWARE if not each.endswith(".ShortWay")]
ORIGIN = "https://app.example"
NOT_THERE = ["/api/v1/nothing", "/api/", "/oauth/token", "/oauth/token/more", "/oauth/jwks"]
METHODS = ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "TRACE", "QUERY"]
AS_SENT: dict[str, dict[str, str]] = {
    "plainly": {},
    "by a browser": {"Accept": "text/html", "Accept-Language": "de", "User-Agent": "Firefox"},
    "from a page": {"Origin": ORIGIN},
    "from a foreign page": {"Origin": "https://mallory.example"},
    "before a page's call": {
        "Origin": ORIGIN,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization",
    },
    "to another host": {"Host": "mallory.example"},
    "by a proxy over http": {"X-Forwarded-For": "192.0.2.7", "X-Forwarded-Proto": "http"},
    "with a token that is none": {"Authorization": "Bearer lk_at_none"},
    "with too much": {"Content-Length": "99999999999"},
    "with a session": {"Cookie": "sessionid=none; csrftoken=none"},
    "to be kept": {"If-None-Match": "*", "If-Modified-Since": "Sat, 01 Jan 2050 00:00:00 GMT"},
}
# The methods that headers are about, where that is not GET alone.
ABOUT = {
    "from a page": ["GET", "POST"],
    "from a foreign page": ["GET", "POST"],
    "before a page's call": ["OPTIONS"],
    "with too much": ["POST"],
    "with a session": ["GET", "POST"],
}


def addresses(patterns: list[Any], start: str = "/") -> Iterator[str]:
    for pattern in patterns:
        here = start + re.sub("<[^>]*>", "1", str(pattern.pattern))
        if isinstance(pattern, URLPattern):
            yield here
        else:
            yield from addresses(pattern.url_patterns, here)


OF_PROGRAMS = [path for path in addresses(get_resolver().url_patterns) if is_for_programs(path)]


def said(response: HttpResponse) -> tuple[int, dict[str, str], str]:
    headers = dict(response.headers)
    request_id = headers.pop("X-Request-ID")
    headers.pop("RateLimit", None)  # one of the two was the first
    if response.status_code in (204, 304):
        headers.pop("Content-Length", None)  # which Django's middleware has there, too
    return response.status_code, headers, response.content.decode().replace(request_id, "ID")


def both(method: str, path: str, **how: Any) -> list[Any]:
    """Ask by the short way, and by the way of pages."""
    return [said(browser.generic(method, path, **how)) for browser in _browsers()]


@cache
def _browsers() -> list[Browser]:
    """A browser reads the settings with its first request, which is what takes long."""
    by_short_way = Browser(raise_request_exception=False)
    by_pages = Browser(raise_request_exception=False)
    by_short_way.get("/api/")
    with override_settings(MIDDLEWARE=WAY_OF_PAGES):
        by_pages.get("/api/")
    return [by_short_way, by_pages]


def test_there_are_addresses_to_ask() -> None:
    assert len(OF_PROGRAMS) >= 14
    assert len(WAY_OF_PAGES) == len(settings.MIDDLEWARE) - 1


@pytest.mark.parametrize("how", AS_SENT)
def test_both_ways_answer_alike(app: App, how: str) -> None:
    app.client.allowed_origins = ORIGIN
    app.client.save()
    for number, path in enumerate([*OF_PROGRAMS, *NOT_THERE]):
        for method in methods(how, number):
            short, long = both(method, path, headers=AS_SENT[how])
            assert short == long, (method, path)


def methods(how: str, number: int) -> set[str]:
    """Every method, sent plainly; otherwise those that the headers are about, and one of all in
    turn. So each two of address, method and headers meet; to send each three would take long."""
    if how == "plainly":
        return set(METHODS)
    turn = number + list(AS_SENT).index(how)
    return {*ABOUT.get(how, ["GET"]), METHODS[turn % len(METHODS)]}


def test_every_method_meets_all_headers() -> None:
    paths = range(len([*OF_PROGRAMS, *NOT_THERE]))
    for how in AS_SENT:
        assert set().union(*(methods(how, number) for number in paths)) == set(METHODS)


@pytest.mark.parametrize("path", ["/api/v1/me", "/oauth/userinfo/", "/api/v1/me/connections"])
def test_both_ways_open_to_a_token_alike(app: App, alice: User, path: str) -> None:
    token = app.tokens_for(alice)["access_token"]
    headers = {"Authorization": f"Bearer {token}", "Origin": ORIGIN}

    short, long = both("GET", path, headers=headers)

    assert short == long
    assert short[0] in (200, 403)


@pytest.mark.parametrize("form", ["", "grant_type=client_credentials", "token=none", "%00=%ff"])
@pytest.mark.parametrize("content_type", ["application/x-www-form-urlencoded", "text/plain"])
def test_both_ways_read_a_form_alike(db: None, form: str, content_type: str) -> None:
    for path in OF_PROGRAMS:
        short, long = both("POST", path, data=form, content_type=content_type)
        assert short == long, path


def test_both_ways_limit_alike(db: None) -> None:
    form = "grant_type=client_credentials&client_id=none&client_secret=none"
    asked = {"data": form, "content_type": "application/x-www-form-urlencoded"}
    with override_settings(RATE_LIMITS={**settings.RATE_LIMITS, "token": "1/m"}):
        (first, _), (short, long) = [both("POST", "/oauth/token/", **asked) for _ in range(2)]

    assert (first[0], short[0]) == (401, 429)
    assert without_seconds(short) == without_seconds(long)


def without_seconds(answer: tuple[int, dict[str, str], str]) -> Any:
    """Leave out how long to wait, as a second may pass between the two."""
    code, headers, body = answer
    return code, headers | {"Retry-After": ""}, re.sub(r"\d+ seconds?", "", body)


def test_a_fault_of_ours_is_told_alike(db: None) -> None:
    with override_settings(ROOT_URLCONF=__name__):
        short, long = both("GET", "/api/v1/me", headers={"Accept": "text/html"})

    assert short == long
    assert short[0] == 500


def fails(request: Any) -> HttpResponse:
    raise RuntimeError("a fault")


handler500 = "accounts.site.errors.server_error"
urlpatterns = [at("api/v1/me", fails)]
