"""Keep the links that admins had mailed to people, with which they come to their account again, or
for the first time.

A link holds 256 random bits, of which the digest alone is kept. There is one for each person at
most: a newer one ends the former.
"""

import secrets
from datetime import timedelta

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models.invitation import digest_of

LIFETIME = timedelta(days=1)
SET_UP_LIFETIME = timedelta(days=7)  # of whoever was never here


class AccountLinkQuerySet(models.QuerySet["AccountLink"]):
    def open(self) -> "AccountLinkQuerySet":
        """Return those that work. One that was used is gone."""
        return self.filter(expires__gt=timezone.now())


class AccountLink(models.Model):
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", editable=False
    )
    email = models.EmailField(_("e-mail address"), editable=False)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    expires = models.DateTimeField(editable=False, db_index=True)

    objects = AccountLinkQuerySet.as_manager()

    def renew(self, *, is_first: bool) -> str:
        """Give it a new token, and return that. The former one ends."""
        token = secrets.token_urlsafe(32)
        self.digest = digest_of(token)
        self.expires = timezone.now() + (SET_UP_LIFETIME if is_first else LIFETIME)
        return token
