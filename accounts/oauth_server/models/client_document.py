"""Keep until when a client's metadata document counts, which its client ID is the address of."""

from django.db import models

from accounts.oauth_server.models.client import Client


class ClientDocument(models.Model):
    """Keep one row for each client that a document describes."""

    client = models.OneToOneField(
        Client, on_delete=models.CASCADE, related_name="document", editable=False
    )
    expires = models.DateTimeField()

    def __str__(self) -> str:
        return f"Document of {self.client}"
