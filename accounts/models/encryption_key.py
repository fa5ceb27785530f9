"""Remember which of ENCRYPTION_KEYS something in this database is sealed under, each with its
canary.

A database that is restored beside other keys is found out by these rows, before anything else of
it is read: each holds a word that its key alone opens.
"""

from datetime import date

from django.db import models

from accounts.storage.sealed import SealedTextField, fingerprint, unopened

_CANARY = "canary"


class EncryptionKeyManager(models.Manager["EncryptionKey"]):
    def missing(self) -> list["EncryptionKey"]:
        """Return the keys that have sealed something here and are in ENCRYPTION_KEYS no more."""
        return [key for key in self.order_by("first_used", "pk") if unopened(key)]

    def note(self) -> None:
        """Remember the key that seals from now on. Not where another is missing: then it is likely
        to be the wrong one, and nobody should have to keep it."""
        if not self.missing():
            self.get_or_create(fingerprint=fingerprint(), defaults={"canary": _CANARY})

    def forget_others(self) -> None:
        """Forget every key but the one that seals now: nothing is sealed under them any more, or
        what is has been given up."""
        self.exclude(fingerprint=fingerprint()).delete()
        self.note()


class EncryptionKey(models.Model):
    """Remember a key that has sealed something here. The key itself is never stored."""

    fingerprint = models.CharField(max_length=16, unique=True, editable=False)
    canary = SealedTextField(editable=False)
    first_used = models.DateField(default=date.today, editable=False)

    objects = EncryptionKeyManager()

    def __str__(self) -> str:
        return f"Encryption key {self.fingerprint}"
