"""Fetch the list of redirect URIs at a client's `sector_identifier_uri`, and compare it.

OpenID Connect Dynamic Client Registration section 5. Called before a transaction opens: whoever
saves a client asks here first, and the client itself calls nobody.
"""

from typing import Any

from django.utils.translation import gettext as _

from accounts.oauth_server.clients import outbound
from accounts.oauth_server.models import Client
from accounts.oauth_server.rules import redirect_uris


def problems(client: Client) -> list[str]:
    """Fetch the list that `client` names and say in words what is wrong with it.

    Empty where the client names none, or has no names of its own for people.
    """
    uri = client.sector_identifier_uri
    if client.subject_type != Client.PAIRWISE or not uri or redirect_uris.address_problems(uri):
        return []
    try:
        listed = outbound.fetch_json(uri, may_be_loopback=client.is_registered_by_admin)
    except outbound.CannotFetch as error:
        return [_("The list cannot be read: %(why)s.") % {"why": error}]
    return _not_listed(client.redirect_uris.split(), listed)


def _not_listed(uris: list[str], listed: Any) -> list[str]:
    if not isinstance(listed, list):
        return [_("There is no JSON array of redirect URIs at that address.")]
    return [
        _("%(uri)s is not in the list there.") % {"uri": uri} for uri in uris if uri not in listed
    ]
