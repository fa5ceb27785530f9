"""Which clients share their names for people (OpenID Connect Core section 8.1).

A sector is a host: the one of all redirect URIs, or the one of an address under which the owner
of several clients lists all their redirect URIs (Registration section 5).
"""

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from accounts.oauth_server.clients import outbound
from accounts.oauth_server.rules.redirect_uris import LOOPBACK_HOSTS

if TYPE_CHECKING:
    from accounts.oauth_server.models import Client


def sector_of(client_id: str, redirect_uris: str, sector_identifier_uri: str) -> str:
    """Return the sector. A client without a host of its own is a sector by itself.

    That is one that people's own devices answer for (every native app has the host 127.0.0.1) and
    one that needs no redirect URI.
    """
    if sector_identifier_uri:
        return urlsplit(sector_identifier_uri).hostname or client_id
    return min(_hosts(redirect_uris), default=client_id)


def problems(client: "Client") -> dict[str, list[str]]:
    """Say in words, by field, what keeps a client from having names of its own for people."""
    uri = client.sector_identifier_uri
    if not uri:
        return {"subject_type": _too_many_hosts(client.redirect_uris)}
    try:
        listed = outbound.fetch_json(uri, may_be_loopback=client.is_registered_by_admin)
    except outbound.CannotFetch as error:
        return {"sector_identifier_uri": [f"The list cannot be read: {error}."]}
    return {"sector_identifier_uri": _not_listed(client.redirect_uris.split(), listed)}


def _too_many_hosts(redirect_uris: str) -> list[str]:
    if len(_hosts(redirect_uris)) < 2:
        return []
    return [
        "An app that gets a name of its own for each person needs all redirect URIs on one host, "
        "or a sector identifier URI."
    ]


def _not_listed(redirect_uris: list[str], listed: Any) -> list[str]:
    if not isinstance(listed, list):
        return ["There is no JSON array of redirect URIs at that address."]
    return [f"{uri} is not in the list there." for uri in redirect_uris if uri not in listed]


def _hosts(redirect_uris: str) -> set[str]:
    hosts = {urlsplit(uri).hostname or "" for uri in redirect_uris.split()}
    return hosts - LOOPBACK_HOSTS - {""}
