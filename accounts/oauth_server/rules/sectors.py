"""Name the sector of a client: which clients share their names for people (OpenID Connect Core
section 8.1).

A sector is a host: the one of all redirect URIs, or the one of an address under which the owner
of several clients lists all their redirect URIs (Registration section 5).
"""

from urllib.parse import urlsplit

from django.utils.translation import gettext

from accounts.network import loopback


def sector_of(client_id: str, redirect_uris: str, sector_identifier_uri: str) -> str:
    """Return the sector. A client without a host of its own is a sector by itself.

    That is one that people's own devices answer for (every native app has the host 127.0.0.1) and
    one that needs no redirect URI.
    """
    if sector_identifier_uri:
        return urlsplit(sector_identifier_uri).hostname or client_id
    return min(_hosts(redirect_uris), default=client_id)


def problems(redirect_uris: str) -> list[str]:
    """Say in words what keeps a client without a sector identifier URI from names of its own."""
    if len(_hosts(redirect_uris)) < 2:
        return []
    return [
        gettext(
            "An app that gets a name of its own for each person needs all redirect URIs on one "
            "host, or a sector identifier URI."
        )
    ]


def _hosts(redirect_uris: str) -> set[str]:
    # Behind a scheme that an app claims stands any host that it likes.
    split = [urlsplit(uri) for uri in redirect_uris.split()]
    hosts = {uri.hostname or "" for uri in split if uri.scheme in ("https", "http")}
    return hosts - loopback.HOSTS - {""}
