"""People: who they are, and that they sign in by e-mail address."""

import secrets
from datetime import datetime
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.hashers import check_password, make_password
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone

from accounts.models.standard_claims import StandardClaims


def new_subject() -> str:
    """Return a random subject identifier: 128 bits as 32 hexadecimal characters."""
    return secrets.token_hex(16)


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        user = self.model(email=self.normalize_email(email), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def lock(self, pk: int) -> "User | None":
        """Lock a person's row for the rest of the transaction; None where nobody may act as them.

        What makes, ends or deletes all of a person takes this lock before any other.
        """
        return self.select_for_update(no_key=True).filter(pk=pk, is_active=True).first()

    def closed(self) -> "models.QuerySet[User]":
        """Those who asked to be deleted: see accounts/endings/deletion.py."""
        return self.filter(is_active=False, delete_after__isnull=False)

    def due(self, now: datetime | None = None) -> "models.QuerySet[User]":
        return self.closed().filter(delete_after__lte=now or timezone.now())

    def get_by_natural_key(self, email: str | None) -> "User":
        return self.get(email__iexact=email)


class User(StandardClaims, AbstractBaseUser, PermissionsMixin):
    """A person. They sign in by e-mail address; client apps know them by `sub` alone."""

    sub = models.CharField(
        "subject",
        max_length=32,
        unique=True,
        editable=False,
        default=new_subject,
        help_text="What client apps know this person by: random, opaque, never changed or reused.",
    )
    email = models.EmailField("e-mail address", unique=True)
    name = models.CharField(max_length=150, blank=True)
    is_active = models.BooleanField(
        "active",
        default=True,
        help_text="Switch off to end everything at once: sessions, tokens, API access.",
    )
    is_staff = models.BooleanField("admin", default=False, help_text="May sign in to this admin.")
    delete_after = models.DateTimeField(
        "will be deleted",
        null=True,
        blank=True,
        editable=False,
        help_text="They asked for it. Make the account active again to keep it.",
    )
    date_joined = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True, editable=False)

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    objects = UserManager()
    _has_old_hash = False

    class Meta:
        verbose_name = "person"
        verbose_name_plural = "people"
        constraints = [
            models.UniqueConstraint(Lower("email"), name="user_email_is_unique_in_any_case"),
            models.CheckConstraint(
                condition=models.Q(delete_after=None) | models.Q(is_active=False),
                name="who_will_be_deleted_is_inactive",
            ),
        ]
        indexes = [
            models.Index(
                fields=["delete_after"],
                condition=models.Q(delete_after__isnull=False),
                name="who_will_be_deleted",
            )
        ]

    def __str__(self) -> str:
        return self.name or self.email

    @property
    def why_inactive(self) -> str:
        """In a word, for the record of a sign-in that was refused."""
        return "closed" if self.delete_after else "inactive"

    def check_password(self, raw_password: str | None) -> bool:
        """Django would hash anew in passing what was hashed at another cost. That ends the sessions
        there are: the one that asks, too, where somebody proves once more who they are.
        Who has no password takes as long as nobody does.
        """
        if not self.has_usable_password():
            make_password(raw_password)
            return False
        return check_password(raw_password, self.password, self._note_old_hash)

    def _note_old_hash(self, _raw_password: str) -> None:
        self._has_old_hash = True

    def renew_hash(self, raw_password: str) -> None:
        """Hash anew what was checked just now, where it was hashed at another cost.

        Not where the password has been changed since: the old one would be back.
        """
        if not self._has_old_hash:
            return
        new = make_password(raw_password)
        if type(self).objects.filter(pk=self.pk, password=self.password).update(password=new):
            self.password = new

    def get_full_name(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.name.partition(" ")[0]
