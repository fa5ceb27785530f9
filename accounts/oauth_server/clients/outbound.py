"""Calls to addresses that a client's registration names, such as its `jwks_uri`.

Whoever registers a client chooses them, so they must lead this site to nothing that is reachable
from here alone: neither to this machine nor to the network around it (server-side request
forgery, RFC 7591 section 5).
"""

import ipaddress
import socket
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import requests

from accounts.network import loopback
from accounts.network.outbound import BadAnswer, BoundedSession, Unavailable

# Through these, an IPv6 address leads to an IPv4 one: RFC 6052, RFC 3056, RFC 4380.
_TRANSLATED = [ipaddress.ip_network(net) for net in ("64:ff9b::/96", "2002::/16", "2001::/32")]


class CannotFetch(Exception):
    """There is nothing to be had from that address; says why in words."""


def fetch_json(url: str, *, may_be_loopback: bool) -> Any:
    """Return the JSON at `url`. Raises CannotFetch.

    `may_be_loopback` is for what an admin registered: http and this machine are allowed then.
    """
    try:
        with session_to(url, may_be_loopback=may_be_loopback) as session:
            response = session.get(url, headers={"Accept": "application/json"})
            if response.status_code != 200:
                raise CannotFetch(f"the answer has status {response.status_code}")
            return response.json()
    except Unavailable as error:
        raise CannotFetch("there is no answer, or not in time") from error
    except (BadAnswer, requests.RequestException) as error:
        raise CannotFetch("the answer is not JSON, too long, or leads elsewhere") from error


def session_to(url: str, *, may_be_loopback: bool, seconds: float | None = None) -> BoundedSession:
    """Return an HTTP client that may call `url`, and reaches no other place by way of it.

    `seconds` as BoundedSession's. Raises CannotFetch here, and from a call.
    """
    on_loopback = may_be_loopback and urlsplit(url).hostname in loopback.HOSTS
    if urlsplit(url).scheme != "https" and not on_loopback:
        raise CannotFetch("it is not https")
    if not on_loopback:
        _check_addresses(url)
    session = BoundedSession(seconds, admit=partial(_admit, on_loopback))
    session.trust_env = False  # through a proxy, its address would be all that could be checked
    return session


def _check_addresses(url: str) -> None:
    """Raise CannotFetch before anything is sent: else one could learn which ports are open."""
    try:
        found = socket.getaddrinfo(urlsplit(url).hostname, urlsplit(url).port or 443)
    except (OSError, UnicodeError, ValueError) as error:
        raise CannotFetch("its host has no address") from error
    if not all(_is_public(str(entry[4][0])) for entry in found):
        raise CannotFetch("its host is not on the public internet")


def _admit(on_loopback: bool, opened: socket.socket) -> None:
    """Raise CannotFetch where the name has led elsewhere than a moment ago (DNS rebinding)."""
    address = opened.getpeername()[0]
    allowed = ipaddress.ip_address(address).is_loopback if on_loopback else _is_public(address)
    if not allowed:
        opened.close()
        raise CannotFetch("its host is not on the public internet")


def _is_public(address: str) -> bool:
    parsed = ipaddress.ip_address(address)
    if any(parsed.version == net.version and parsed in net for net in _TRANSLATED):
        return False
    return parsed.is_global and not parsed.is_multicast
