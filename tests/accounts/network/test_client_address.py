"""Whose address a request has: only the proxies of our own are believed."""

from typing import Any

import pytest
from django.test import RequestFactory

from accounts.network.client_address import client_address

CONNECTION = "192.0.2.10"


def address(forwarded: str | None = None, remote: str = CONNECTION) -> str:
    headers = {} if forwarded is None else {"X-Forwarded-For": forwarded}
    return client_address(RequestFactory().get("/", headers=headers, REMOTE_ADDR=remote))


@pytest.mark.parametrize("forwarded", [None, "", "203.0.113.9", "203.0.113.9, 198.51.100.4"])
def test_without_proxies_a_forwarded_address_is_ignored(
    settings: Any, forwarded: str | None
) -> None:
    settings.TRUSTED_PROXIES = 0
    assert address(forwarded) == CONNECTION


@pytest.mark.parametrize(
    ("proxies", "forwarded", "expected"),
    [
        (1, "203.0.113.9", "203.0.113.9"),
        (1, "10.0.0.1, 203.0.113.9", "203.0.113.9"),  # 10.0.0.1 is what the sender made up
        (2, "10.0.0.1,203.0.113.9,198.51.100.4", "203.0.113.9"),
        (3, "203.0.113.9, 198.51.100.4, 198.51.100.5", "203.0.113.9"),
    ],
)
def test_each_proxy_is_one_entry_from_the_right(
    settings: Any, proxies: int, forwarded: str, expected: str
) -> None:
    settings.TRUSTED_PROXIES = proxies
    assert address(forwarded) == expected


@pytest.mark.parametrize("forwarded", [None, "", "203.0.113.9", " , "])
def test_a_list_that_is_too_short_is_not_believed(settings: Any, forwarded: str | None) -> None:
    settings.TRUSTED_PROXIES = 2
    assert address(forwarded) == CONNECTION


@pytest.mark.parametrize(
    "forwarded",
    ["unknown", "_hidden", "203.0.113.999", "1", "203.0.113.9\r\nx", "[", "fe80::1::2", "é", ":"],
)
def test_what_is_no_address_is_not_believed(settings: Any, forwarded: str) -> None:
    settings.TRUSTED_PROXIES = 1
    assert address(forwarded) == CONNECTION


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        ("2001:DB8:0:0::1", "2001:db8::1"),
        ("[2001:db8::1]", "2001:db8::1"),
        ("[2001:db8::1]:8443", "2001:db8::1"),
        ("203.0.113.9:51000", "203.0.113.9"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("fe80::1%eth0", "fe80::1"),
    ],
)
def test_an_address_has_one_form_however_it_is_written(
    settings: Any, written: str, canonical: str
) -> None:
    settings.TRUSTED_PROXIES = 1
    assert address(written) == canonical
    assert address(None, remote=written) == canonical


def test_a_connection_without_an_address_has_none(settings: Any) -> None:
    settings.TRUSTED_PROXIES = 0
    assert address(remote="") == ""  # a Unix socket
