"""Keep invitations to make an account: whom they were mailed to, and what became of them.

The link in the mail holds 256 random bits, of which the digest alone is kept.
"""

import hashlib
import secrets
from datetime import timedelta

from django.conf import settings
from django.contrib.auth.models import Group
from django.db import models
from django.utils import timezone

LIFETIME = timedelta(days=7)


def digest_of(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def waiting(self) -> "InvitationQuerySet":
        """Return those that were neither used nor withdrawn, also where they are too old."""
        return self.filter(used_at=None, withdrawn_at=None)

    def open(self) -> "InvitationQuerySet":
        """Return those whose link works."""
        return self.waiting().filter(expires__gt=timezone.now())


class Invitation(models.Model):
    email = models.EmailField("e-mail address")
    digest = models.CharField(max_length=64, unique=True, editable=False)
    groups = models.ManyToManyField(
        Group,
        blank=True,
        related_name="+",
        help_text="Who accepts the invitation becomes a member of these.",
    )
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        editable=False,
        related_name="+",
    )
    made_at = models.DateTimeField(default=timezone.now, editable=False)
    sent_at = models.DateTimeField(default=timezone.now, editable=False)
    expires = models.DateTimeField(editable=False, db_index=True)
    withdrawn_at = models.DateTimeField(null=True, editable=False)
    used_at = models.DateTimeField(null=True, editable=False)
    used_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        null=True,
        editable=False,
        related_name="+",
    )

    objects = InvitationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["email"],
                condition=models.Q(used_at=None, withdrawn_at=None),
                name="one_waiting_invitation_for_an_address",
            )
        ]

    def __str__(self) -> str:
        return f"Invitation {self.pk}"  # not the address: logs outlive the person

    @property
    def state(self) -> str:
        if self.used_at:
            return "accepted"
        if self.withdrawn_at:
            return "withdrawn"
        return "waiting" if self.expires > timezone.now() else "expired"

    def renew(self) -> str:
        """Give it a new link, for a week; return the token of it. The former one ends."""
        token = secrets.token_urlsafe(32)
        self.digest, self.sent_at = digest_of(token), timezone.now()
        self.expires = self.sent_at + LIFETIME
        return token
