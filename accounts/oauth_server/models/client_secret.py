"""Keep the secrets that clients prove themselves with, as digests."""

from datetime import datetime, timedelta

from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.oauth_server.models.client import Client
from accounts.oauth_server.rules.credentials import Kind, digest, mint

MOST = 10  # secrets of one client that work: two while one is replaced, and some places more


class TooManySecrets(Exception):
    """Report a client that has as many secrets that work as it may have."""


class ClientSecretQuerySet(models.QuerySet["ClientSecret"]):
    def live(self) -> "ClientSecretQuerySet":
        return self.filter(
            models.Q(expires__isnull=True) | models.Q(expires__gt=timezone.now()),
        )


class ClientSecretManager(models.Manager.from_queryset(ClientSecretQuerySet)):  # type: ignore[misc]
    def issue(self, client: Client, *, lifetime: timedelta | None = None) -> str:
        """Make a secret for `client` and return it: the only time that anybody sees it. Raises
        TooManySecrets."""
        secret = mint(Kind.CLIENT_SECRET)
        self.keep(client, secret, expires=timezone.now() + lifetime if lifetime else None)
        return secret

    def keep(self, client: Client, secret: str, *, expires: datetime | None = None) -> None:
        """Let `client` go on with a secret of its own: whether it is a strong one, the caller
        asks. Raises TooManySecrets."""
        with transaction.atomic():
            Client.objects.select_for_update(no_key=True).get(pk=client.pk)  # which counts them
            if self.live().filter(client=client).count() >= MOST:
                raise TooManySecrets
            row = {"digest": digest(secret), "ends_with": secret[-4:], "expires": expires}
            self.create(client=client, **row)


class ClientSecret(models.Model):
    """Keep one of a client's secrets, as a digest. Several may live at once, so that one can be
    replaced without downtime."""

    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="secrets")
    digest = models.CharField(max_length=64, unique=True, editable=False)
    ends_with = models.CharField(max_length=4, editable=False)
    created = models.DateTimeField(auto_now_add=True)
    expires = models.DateTimeField(null=True, blank=True, help_text=_("Empty: does not expire."))
    last_used = models.DateTimeField(null=True, editable=False)

    objects = ClientSecretManager()

    def __str__(self) -> str:
        return f"Secret ending in {self.ends_with}"
