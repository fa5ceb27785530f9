"""Keep what was answered to a request with an Idempotency-Key, so that sending it again repeats
nothing."""

from django.conf import settings
from django.db import models

from accounts.storage.sealed import SealedTextField


class KeptAnswer(models.Model):
    """Keep one answer of the API for a day. `key` is a digest of the Idempotency-Key with whose it
    is and where it was sent; `request`, one of what was asked. The answer is sealed: it may hold a
    token that was made."""

    key = models.CharField(max_length=64, unique=True)
    request = models.CharField(max_length=64)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, related_name="+"
    )
    status = models.PositiveSmallIntegerField()
    answer = SealedTextField()
    expires = models.DateTimeField(db_index=True)

    class Meta:
        verbose_name = "kept answer"

    def __str__(self) -> str:
        return f"Answer {self.key[:8]}"
