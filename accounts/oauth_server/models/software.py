"""Keep what a client is: an app that a person uses, or an agent that acts for people."""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.network import loopback
from accounts.oauth_server.rules import document_addresses, redirect_uris

APP, AGENT = "app", "agent"
SOFTWARE_KINDS = {
    APP: _("App: does what a person in front of it asks for"),
    AGENT: _("Agent: acts for people on its own, such as an MCP client"),
}
_INTRODUCED = {
    "manual": _("registered by an admin"),
    "dcr": _("registered itself"),
    "cimd": _("introduced itself by the document at its client ID"),
}
# The hosts of this device itself stand together: which of them a program is answered at says
# nothing of who made it.
THIS_DEVICE = loopback.NAME


class Software(models.Model):
    """Hold an admin's word on what a client is, and the client's own on which software it is (RFC
    7591 section 2).

    Everybody can register under any name, so a client that nobody of this site let in counts as an
    agent until an admin says otherwise.
    """

    # Of the client that this is a part of.
    client_id: Any
    redirect_uris: Any
    registration_source: Any

    kind = models.CharField(
        _("what it is"),
        max_length=5,
        choices=list(SOFTWARE_KINDS.items()),
        default=APP,
        db_default=APP,
        help_text=_(
            "People and admins see their agents together, and can end all of them at once."
        ),
    )
    software_id = models.CharField(
        max_length=255, blank=True, default="", db_default="", editable=False
    )
    software_version = models.CharField(
        max_length=100, blank=True, default="", db_default="", editable=False
    )

    class Meta:
        abstract = True

    @property
    def introduced(self) -> str:
        """Say how this site came to know the client."""
        return str(_INTRODUCED[self.registration_source])

    @property
    def is_agent(self) -> bool:
        return self.kind == AGENT

    @property
    def schemes(self) -> frozenset[str]:
        """Return those of `hosts` that are schemes which an app claims on people's devices."""
        claimed = filter(redirect_uris.is_private_use, self.redirect_uris.split())
        return frozenset(map(redirect_uris.host, claimed))

    @property
    def hosts(self) -> list[str]:
        """Return the hosts that answer for the client, the one that says most of it first: of its
        metadata document, then those that people are sent back to."""
        uris = [redirect_uris.host(uri) for uri in self.redirect_uris.split()]
        found = [THIS_DEVICE if redirect_uris.is_loopback(host) else host for host in uris]
        if document_addresses.is_address(self.client_id):
            found.insert(0, document_addresses.name_of(self.client_id))
        # A name with its root at the end is the same host.
        return list(dict.fromkeys(host for each in found if (host := each.rstrip("."))))
