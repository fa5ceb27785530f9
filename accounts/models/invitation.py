"""Keep invitations to make an account: whom they were mailed to, and what became of them.

The link in the mail holds 256 random bits, of which the digest alone is kept.
"""

import hashlib
import secrets
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.models import Group
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

LIFETIME = timedelta(days=7)


def people_may_invite() -> bool:
    """Return whether people invite others here, and not admins alone."""
    return settings.INVITATIONS == "people" and settings.SIGN_UP != "closed"


def digest_of(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def waiting(self) -> "InvitationQuerySet":
        """Return those that were neither used nor withdrawn, also where they are too old."""
        return self.filter(used_at=None, withdrawn_at=None)

    def open(self) -> "InvitationQuerySet":
        """Return those whose link works: of a person's, while people may invite, and this one has
        an account that is open."""
        in_force = models.Q(is_by_person=False)
        if people_may_invite():
            in_force |= models.Q(made_by__is_active=True)
        return self.waiting().filter(in_force, expires__gt=timezone.now())

    def of_person(self, person: Any) -> "InvitationQuerySet":
        """Return those that `person` made on the pages of their account."""
        return self.filter(is_by_person=True, made_by=person)


class Invitation(models.Model):
    email = models.EmailField(_("e-mail address"))
    digest = models.CharField(max_length=64, unique=True, editable=False)
    groups = models.ManyToManyField(
        Group,
        blank=True,
        related_name="+",
        help_text=_("Who accepts the invitation becomes a member of these."),
    )
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        editable=False,
        related_name="+",
    )
    is_by_person = models.BooleanField(
        _("by a person"),
        default=False,
        db_default=False,
        editable=False,
        help_text="Made on the pages of an account, and not in Django admin.",
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
                condition=models.Q(used_at=None, withdrawn_at=None, is_by_person=False),
                name="one_waiting_invitation_of_admins",
            ),
            # Of each person one: nobody ends, or learns of, what somebody else has sent.
            models.UniqueConstraint(
                fields=["made_by", "email"],
                condition=models.Q(used_at=None, withdrawn_at=None, is_by_person=True),
                name="one_waiting_invitation_of_a_person",
            ),
        ]

    def __str__(self) -> str:
        return f"Invitation {self.pk}"  # not the address: logs outlive the person

    @property
    def state(self) -> str:
        if self.used_at:
            return gettext_noop("accepted")
        if self.withdrawn_at:
            return gettext_noop("withdrawn")
        if not self.is_in_force:
            return gettext_noop("ended")
        return gettext_noop("waiting") if self.expires > timezone.now() else gettext_noop("expired")

    @property
    def is_in_force(self) -> bool:
        """Return whether whoever made it may still invite: see InvitationQuerySet.open."""
        if not self.is_by_person:
            return True
        return people_may_invite() and self.made_by is not None and self.made_by.is_active

    def renew(self) -> str:
        """Give it a new link, for a week; return the token of it. The former one ends."""
        token = secrets.token_urlsafe(32)
        self.digest, self.sent_at = digest_of(token), timezone.now()
        self.expires = self.sent_at + LIFETIME
        return token
