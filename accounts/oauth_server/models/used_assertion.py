"""Remember the assertions that clients proved themselves with: each is good once (RFC 7523)."""

from datetime import datetime

from django.db import IntegrityError, models, transaction
from django.utils import timezone

from accounts.oauth_server.models.client import Client
from accounts.oauth_server.rules.credentials import digest


class UsedAssertionManager(models.Manager["UsedAssertion"]):
    def use(self, client: Client, jti: str, *, expires: datetime) -> bool:
        """Note that `client` used the assertion `jti`; False where it did so before.

        A row and not an entry of the cache: a cache may forget, and a thief would wait for that.
        """
        self.filter(client=client, expires__lt=timezone.now()).delete()
        try:
            with transaction.atomic():
                self.create(client=client, jti=digest(jti), expires=expires)
        except IntegrityError:
            return False
        return True


class UsedAssertion(models.Model):
    """Remember one assertion. `jti` is a digest. The row stays until the assertion has expired."""

    # The constraint below begins with it.
    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="+", db_index=False)
    jti = models.CharField(max_length=64)
    expires = models.DateTimeField()

    objects = UsedAssertionManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["client", "jti"], name="an_assertion_is_used_once")
        ]
        indexes = [models.Index(fields=["expires"])]  # cleanup

    def __str__(self) -> str:
        return f"Assertion of {self.client}"
