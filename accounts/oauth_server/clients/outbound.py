"""Call the addresses that a client's registration names, such as its `jwks_uri`.

Whoever registers a client chooses them, so they must lead this site to nothing that is reachable
from here alone: neither to this machine nor to the network around it (server-side request
forgery, RFC 7591 section 5).
"""

import ipaddress
import socket
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import requests
from django.utils.translation import gettext_noop

from accounts.network import loopback
from accounts.network.outbound import BadAnswer, BoundedSession, Unavailable
from accounts.network.public_addresses import is_public
from accounts.network.waiting import waiting_anyway
from accounts.text.in_words import InWords

if TYPE_CHECKING:
    from accounts.oauth_server.models import Client

# What a client that registered itself is told of every address that does not do. More would tell
# it which names and ports there are inside.
_NOTHING = gettext_noop("nothing usable answers there on the public internet")


class CannotFetch(InWords):
    """Report that there is nothing to be had from an address."""


def fetch_json(url: str, *, may_be_loopback: bool) -> Any:
    """Return the JSON at `url`. Raises CannotFetch.

    `may_be_loopback` is for what an admin registered: http and this machine are allowed then, and
    the reason is told in full.
    """
    try:
        return json_in(_fetch(url, "application/json", may_be_loopback=may_be_loopback))
    except CannotFetch as error:
        if may_be_loopback:
            raise
        raise CannotFetch(_NOTHING) from error


def json_in(response: requests.Response) -> Any:
    """Return the JSON in an answer. Raises CannotFetch."""
    try:
        return response.json()
    except (ValueError, RecursionError) as error:  # of numbers without end, too
        raise CannotFetch(gettext_noop("the answer is not JSON")) from error


def fetch(url: str, accept: str, *, may_be_private: bool) -> requests.Response:
    """Return what is at `url`, which no admin chose. Raises CannotFetch, with the reason.

    `may_be_private` is for a host that an admin named: it may be of the network around this site,
    or this machine, over http then.
    """
    return _fetch(url, accept, may_be_loopback=may_be_private, may_be_private=may_be_private)


def fetch_bytes(url: str, accept: str, *, may_be_loopback: bool) -> bytes:
    """Return what is at `url`, for an admin, who is told the reason where that fails. Raises
    CannotFetch. `may_be_loopback` as fetch_json's."""
    return _fetch(url, accept, may_be_loopback=may_be_loopback).content


def _fetch(
    url: str, accept: str, *, may_be_loopback: bool, may_be_private: bool = False
) -> requests.Response:
    try:
        with session_to(
            url, may_be_loopback=may_be_loopback, may_be_private=may_be_private
        ) as session:
            response = session.get(url, headers={"Accept": accept})
    except Unavailable as error:
        raise CannotFetch(gettext_noop("there is no answer, or not in time")) from error
    except (BadAnswer, requests.RequestException) as error:
        words = gettext_noop("the answer is too long, cannot be read, or leads elsewhere")
        raise CannotFetch(words) from error
    if response.status_code != 200:
        words = gettext_noop("the answer has status %(status)s")
        raise CannotFetch(words, status=response.status_code)
    return response


def session_to(
    url: str,
    *,
    may_be_loopback: bool,
    may_be_private: bool = False,
    seconds: float | None = None,
) -> BoundedSession:
    """Return an HTTP client that may call `url`, and reaches no other place by way of it.

    Its host is looked up once, and what was checked is what is called: a name that leads elsewhere
    a moment later (DNS rebinding) leads nowhere. `seconds` as BoundedSession's. Raises CannotFetch.
    """
    on_loopback = may_be_loopback and urlsplit(url).hostname in loopback.HOSTS
    if urlsplit(url).scheme != "https" and not on_loopback:
        raise CannotFetch(gettext_noop("it is not https"))
    fits = _is_this_machine if on_loopback else _is_any if may_be_private else is_public
    session = BoundedSession(seconds, addresses=_addresses(url, fits))
    session.trust_env = False  # through a proxy, its address would be all that could be checked
    return session


def session_for(client: "Client", url: str, *, seconds: float | None = None) -> BoundedSession:
    """Return an HTTP client for `url`, which `client` wants to be told at. An admin may register an
    app of the network around; a client that registers itself must not lead this site there. Raises
    CannotFetch."""
    if client.is_registered_by_admin:
        return BoundedSession(seconds)
    return session_to(url, may_be_loopback=False, seconds=seconds)


def _addresses(url: str, fits: Callable[[str], bool]) -> list[str]:
    """Look up the addresses of the host, all of which have to be where they may be."""
    host = urlsplit(url).hostname or ""
    try:
        with waiting_anyway(host):
            found = socket.getaddrinfo(host, urlsplit(url).port or 443)
    except (OSError, UnicodeError, ValueError) as error:
        raise CannotFetch(gettext_noop("its host has no address")) from error
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    if not all(map(fits, addresses)):
        raise CannotFetch(gettext_noop("its host is not on the public internet"))
    return addresses


def _is_any(address: str) -> bool:
    return True


def _is_this_machine(address: str) -> bool:
    return ipaddress.ip_address(address).is_loopback
