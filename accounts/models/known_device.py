"""Remember browsers that a person has signed in with before."""

from django.db import models
from django.utils import timezone

from accounts.models.user import User


class KnownDevice(models.Model):
    """Remember one browser of one person: accounts/entrance/known_devices.py.

    `digest` is of the browser's cookie together with the person, so that the table does not tell
    who share a browser.
    """

    user = models.ForeignKey(
        User,
        on_delete=models.CASCADE,
        related_name="known_devices",
        db_index=False,  # the constraint below begins with it
    )
    digest = models.CharField(max_length=64)
    last_used = models.DateTimeField(default=timezone.now, db_index=True)  # cleanup

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "digest"], name="a_device_is_known_once")
        ]

    def __str__(self) -> str:
        return f"A browser of {self.user}"
