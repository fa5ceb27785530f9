"""Remember proofs of possession: each is good for one request (RFC 9449 section 11.1)."""

from datetime import datetime

from django.db import IntegrityError, models, transaction

from accounts.oauth_server.rules.credentials import digest


class UsedProofManager(models.Manager["UsedProof"]):
    def use(self, key: str, jti: str, *, expires: datetime) -> bool:
        """Note that the proof `jti` of the key was used; False where it was before.

        A row and not an entry of the cache, as of assertions: a cache may forget.
        """
        try:
            with transaction.atomic():
                self.create(digest=digest(f"{key} {jti}"), expires=expires)
        except IntegrityError:
            return False
        return True


class UsedProof(models.Model):
    """Remember one proof by the digest of its key and its identifier, until it is too old to be
    taken."""

    digest = models.CharField(max_length=64, unique=True, editable=False)
    expires = models.DateTimeField()

    objects = UsedProofManager()

    class Meta:
        indexes = [models.Index(fields=["expires"])]  # cleanup

    def __str__(self) -> str:
        return "Proof of possession"
