"""Keep the secrets of third parties, sealed: the tokens of connections, and this site's secrets."""

from allauth.socialaccount.models import SocialAccount, SocialApp
from django.db import models

from accounts.storage.sealed import SealedTextField


class ConnectionToken(models.Model):
    """Keep a third party's tokens for one connection, sealed: what the seventh step calls its API
    with.

    allauth's own SocialToken would keep them as plain text.
    """

    connection = models.OneToOneField(SocialAccount, on_delete=models.CASCADE, related_name="+")
    access_token = SealedTextField()
    refresh_token = SealedTextField(blank=True)
    expires = models.DateTimeField(null=True)
    refreshing_until = models.DateTimeField(null=True)  # one request's lease: tokens.refresh
    updated = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return f"Tokens of connection {self.connection_id}"


class ProviderSecret(models.Model):
    """Keep what proves this site to one third party, sealed.

    allauth's own column would keep the secret as plain text, and its JSON settings Apple's key.
    """

    app = models.OneToOneField(SocialApp, on_delete=models.CASCADE, related_name="+")
    secret = SealedTextField(blank=True)
    private_key = SealedTextField(blank=True)

    def __str__(self) -> str:
        return f"Secret of provider {self.app_id}"
