"""Keep the logos of clients: in the database, which is all that several nodes share."""

from collections.abc import Iterable
from typing import NamedTuple

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.oauth_server.models.client import Client


class Mark(NamedTuple):
    """Hold what a page says of a logo; the picture itself is at an address of its own."""

    digest: str
    width: int
    height: int


class ClientLogoQuerySet(models.QuerySet["ClientLogo"]):
    def marks(self, clients: Iterable[Client]) -> dict[int, Mark]:
        """Return what pages show of `clients`, by their keys, without a picture.

        Of verified ones alone: what else would keep a stranger from an app's face?
        """
        verified = [client.pk for client in clients if client.is_verified]
        if not verified:
            return {}
        rows = self.filter(client__in=verified).values_list("client", *Mark._fields)
        return {pk: Mark(*row) for pk, *row in rows}

    def mark(self, client: Client) -> Mark | None:
        return self.marks([client]).get(client.pk)

    def picture(self, digest: str) -> bytes | None:
        """Return the PNG whose SHA-256 is `digest`, None where no client has it."""
        found = self.filter(digest=digest).values_list("image", flat=True).first()
        return None if found is None else bytes(found)


class ClientLogo(models.Model):
    """Keep a client's logo, as rules/logo_images.py has drawn it.

    A table of its own, and no way to it from a client: whatever reads clients, with every token
    that is presented, must never read their pictures.
    """

    UPLOADED, FETCHED = "uploaded", "fetched"
    SOURCES = {UPLOADED: _("Uploaded by an admin"), FETCHED: _("Fetched from the app's logo_uri")}

    client = models.OneToOneField(Client, on_delete=models.CASCADE, related_name="+")
    digest = models.CharField(max_length=64, db_index=True)
    image = models.BinaryField()
    width = models.PositiveSmallIntegerField()
    height = models.PositiveSmallIntegerField()
    source = models.CharField(max_length=8, choices=list(SOURCES.items()))
    made_at = models.DateTimeField(auto_now=True)

    objects = ClientLogoQuerySet.as_manager()

    def __str__(self) -> str:
        return f"Logo of {self.client}"
