"""Keep people: who they are, and that they sign in by e-mail address."""

import secrets
from datetime import datetime
from functools import cached_property
from typing import Any, ClassVar

from allauth.account.models import EmailAddress
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.hashers import check_password, make_password
from django.contrib.auth.models import Group, PermissionsMixin
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models.standard_claims import StandardClaims
from accounts.models.user_name import UserName
from accounts.text.email_addresses import comparable, normalise, readable
from accounts.text.passwords import opaque, spellings


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
        """Return those who asked to be deleted: see accounts/endings/deletion.py."""
        return self.filter(is_active=False, delete_after__isnull=False)

    def due(self, now: datetime | None = None) -> "models.QuerySet[User]":
        return self.closed().filter(delete_after__lte=now or timezone.now())

    def unproven(self) -> "models.QuerySet[User]":
        """Return those who have shown no address to be theirs."""
        proven = EmailAddress.objects.filter(user=models.OuterRef("pk"), verified=True)
        return self.filter(~models.Exists(proven))

    def unfinished(self) -> "models.QuerySet[User]":
        """Return sign-ups that nobody finished, and people whom an admin made who have not come
        yet.

        Staff who have been here are none, whatever became of their addresses: what they may do
        must not go to whoever reads an address that nobody has proven.
        """
        trusted = models.Q(is_staff=True) | models.Q(is_superuser=True)
        return self.unproven().exclude(trusted, last_login__isnull=False)

    def trusted(self) -> "models.QuerySet[User]":
        """Return those to whom rights in Django admin were given, in whichever way, used or not. A
        group that has no permissions gives none."""
        own = {"user": models.OuterRef("pk")}
        memberships = User.groups.through.objects.filter(**own)
        in_group = models.Exists(memberships.filter(group__permissions__isnull=False))
        permitted = models.Exists(User.user_permissions.through.objects.filter(**own))
        trusted = models.Q(is_staff=True) | models.Q(is_superuser=True)
        return self.filter(trusted | models.Q(in_group) | models.Q(permitted))

    def abandoned(self) -> "models.QuerySet[User]":
        """Return those of the unfinished that hold nothing: nobody was ever here, and no admin gave
        rights."""
        given = {"is_staff": False, "is_superuser": False, "groups": None}
        return self.unproven().filter(last_login=None, **given)

    def owning(self, address: str) -> "User | None":
        """Return whose account `address` opens, however it is spelt; None where it is nobody's.

        That is who has shown it to be theirs, or else the unfinished sign-up that began with it.
        No other address that nobody has proven is ever looked at: anybody may have named it. Two
        queries for whomever, so that the time does not tell who is known.
        """
        email = comparable(address)
        verified = EmailAddress.objects.filter(email=email, verified=True)
        proven = verified.select_related("user").first()
        begun = self.unfinished().filter(email=email).first()
        return proven.user if proven else begun

    def is_taken(self, email: str) -> bool:
        """Return whether nobody else can sign up with `email`. Two queries, as above."""
        is_proven = EmailAddress.objects.filter(email=email, verified=True).exists()
        is_begun_with = self.unproven().filter(email=email).exists()
        return is_proven or is_begun_with

    def is_kept(self, email: str) -> bool:
        """Return whether not even who has just proven `email` can have it for another account."""
        is_abandoned = self.abandoned().filter(email=email).exists()
        return self.is_taken(email) and not is_abandoned

    def is_named(self, email: str, *, but_by: int) -> bool:
        """Return whether the account of anybody but the person `but_by` names `email` as its main
        address or has shown it to be its own."""
        main = self.filter(email=email).exclude(pk=but_by)
        proven = EmailAddress.objects.filter(email=email, verified=True).exclude(user=but_by)
        return main.exists() or proven.exists()

    def release(self, email: str, *, to: "User | None" = None) -> None:
        """Take `email` from all others who have named it, but shown another one to be theirs."""
        own = to.pk if to else 0  # nobody's
        EmailAddress.objects.filter(email=email, verified=False).exclude(user=own).delete()
        for holder in self.filter(email=email).exclude(pk=own):
            proven = EmailAddress.objects.get_verified(holder)
            if proven:
                holder.email = proven.email
                holder.save(update_fields=["email", "updated_at"])

    def get_by_natural_key(self, email: str | None) -> "User":
        return self.get(email__iexact=comparable(email or ""))

    @classmethod
    def normalize_email(cls, email: str | None) -> str:
        return normalise(email or "")


class User(StandardClaims, UserName, AbstractBaseUser, PermissionsMixin):
    """Describe a person. They sign in by e-mail address; client apps know them by `sub` alone."""

    # Longer than Django's, as hashes of other servers name more (entrance/imported_hashes.py).
    password = models.CharField(max_length=512)
    sub = models.CharField(
        "subject",
        max_length=255,
        unique=True,
        editable=False,
        default=new_subject,
        help_text=_("The identifier that client apps know this person by. It never changes."),
    )
    email = models.EmailField(_("e-mail address"), unique=True)
    name = models.CharField(max_length=150, blank=True)
    is_active = models.BooleanField(
        "active",
        default=True,
        help_text=_("Untick to disable the account. All sessions and tokens end at once."),
    )
    is_staff = models.BooleanField(
        "admin", default=False, help_text=_("Can sign in to Django admin.")
    )
    second_factor_demanded_at = models.DateTimeField(
        _("needs two-step verification since"),
        null=True,
        blank=True,
        editable=False,
        help_text=_("An admin demands it of this person, whatever SECOND_FACTOR says."),
    )
    delete_after = models.DateTimeField(
        _("will be deleted"),
        null=True,
        blank=True,
        editable=False,
        help_text=_("The person asked for this. Make the account active again to cancel it."),
    )
    groups = models.ManyToManyField(  # type: ignore[assignment]  # with columns of its own
        Group,
        through="accounts.Membership",
        blank=True,
        related_name="user_set",
        related_query_name="user",
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
        permissions = (("support_user", "Can end sessions of people and send a link to sign in"),)
        constraints = [
            models.UniqueConstraint(Lower("email"), name="user_email_is_unique_in_any_case"),
            models.UniqueConstraint(fields=["username_key"], name="user_name_is_unique"),
            models.CheckConstraint(
                condition=models.Q(delete_after=None) | models.Q(is_active=False),
                name="who_will_be_deleted_is_inactive",
            ),
        ]
        indexes = [
            models.Index(
                fields=["delete_after"],
                condition=models.Q(delete_after__isnull=False),
                name="who_will_be_deleted",  # cleanup
            ),
            # The list in Django admin: its order, and what is few there. Searching it goes by an
            # index of words, which a migration makes: accounts/storage/word_index.py.
            models.Index(fields=["date_joined"], name="person_by_joining"),
            models.Index(
                fields=["email"],
                name="person_who_is_inactive",
                condition=models.Q(is_active=False),
            ),
            models.Index(
                fields=["email"], name="person_who_is_staff", condition=models.Q(is_staff=True)
            ),
        ]

    def __str__(self) -> str:
        return self.name or readable(self.email)

    def clean(self) -> None:
        super().clean()
        try:
            self.email = normalise(self.email)
        except ValidationError as error:
            raise ValidationError({"email": error}) from error
        self.refuse_name_of_others()

    @cached_property
    def email_verified(self) -> bool:
        """Return whether they have shown their main address to be theirs, as when it is first asked
        of this instance: the claim of that name (OpenID Connect Core section 5.1)."""
        own = EmailAddress.objects.filter(user=self, verified=True)
        return own.filter(email__iexact=self.email).exists()

    @property
    def why_inactive(self) -> str:
        """Return why, in a word, for the record of a sign-in that was refused."""
        return "closed" if self.delete_after else "inactive"

    @staticmethod
    def hash_of(raw_password: str | None) -> str:
        """Return the hash to store of a new password, in the one spelling of it."""
        return make_password(raw_password and opaque(raw_password))

    def set_password(self, raw_password: str | None) -> None:
        super().set_password(raw_password and opaque(raw_password))

    def check_password(self, raw_password: str | None) -> bool:
        """Check the password, and note that it was hashed at another cost: Django would hash it
        anew in passing. That ends the sessions there are: the one that asks, too, where somebody
        proves once more who they are. Who has no password takes as long as who has one, and as who
        is nobody: `rehearse_check`.
        """
        if not self.has_usable_password():
            self.rehearse_check(raw_password)
            return False
        for spelling in spellings(raw_password or ""):
            if check_password(spelling, self.password, self._note_old_hash):
                self._has_old_hash |= spelling != opaque(spelling)
                return True
        return False

    @staticmethod
    def rehearse_check(raw_password: str | None) -> None:
        """Take the time that a wrong password takes: one hash for each spelling that is tried."""
        for spelling in spellings(raw_password or ""):
            make_password(spelling)

    def _note_old_hash(self, _raw_password: str) -> None:
        self._has_old_hash = True

    def renewed_hash(self, raw_password: str) -> str:
        """Return a new hash of what was checked just now, where it was hashed at another cost or in
        another spelling; "" where there is no need. Whoever stores it makes sure that the password
        is still the same.
        """
        return self.hash_of(raw_password) if self._has_old_hash else ""

    def get_full_name(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.name.partition(" ")[0]
