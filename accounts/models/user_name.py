"""Give each person a user name that nobody else has: the claim `preferred_username`.

It is proposed when the account is made. What somebody gave up, or had when their account was
deleted, is nobody else's for a year, as apps know people by it: of those names a keyed digest
alone is kept.
"""

import hmac
import re
from collections.abc import Iterable
from datetime import timedelta
from hashlib import sha256
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.text import user_names

KEPT = timedelta(days=365)
_TRIES = 4


class ReleasedNameManager(models.Manager["ReleasedName"]):
    def release(self, key: str, *, of: int | None) -> None:
        """Keep a name from everybody but the person `of`: None, where they are deleted."""
        if key:
            kept = {"user_id": of, "released_at": timezone.now()}
            self.update_or_create(digest=_digests(key)[0], defaults=kept)

    def kept_from(self, person: int | None, keys: Iterable[str]) -> set[str]:
        """Return those of `keys` that the person may not have."""
        of_key = {digest: key for key in keys for digest in _digests(key)}
        since = timezone.now() - KEPT
        found = self.filter(digest__in=of_key, released_at__gt=since).exclude(
            user_id=person or 0, user__isnull=False
        )
        return {of_key[digest] for digest in found.values_list("digest", flat=True)}


class ReleasedName(models.Model):
    digest = models.CharField(max_length=64, primary_key=True, editable=False)
    released_at = models.DateTimeField(db_index=True, editable=False)
    user = models.ForeignKey(  # who may have it back
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )

    objects = ReleasedNameManager()

    def __str__(self) -> str:
        return self.digest[:8]


class UserName(models.Model):
    """Keep `preferred_username` unique by its key."""

    # NULL, of which there may be many: what a node of an older version inserts.
    username_key = models.CharField(  # noqa: DJ001
        max_length=user_names.LONGEST_KEY, null=True, editable=False
    )
    username_changed_at = models.DateTimeField(null=True, editable=False)  # by the person

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save, with the key of the name. Of a newcomer, propose a name."""
        fields = kwargs.get("update_fields")
        if not self._touches_name(fields):
            super().save(*args, **kwargs)
            return
        if fields is not None:
            kwargs["update_fields"] = {*fields, "preferred_username", "username_key"}
        if self._name_of_self() and self._is_as_stored():
            super().save(*args, **kwargs)
            return
        self._save_named(*args, **kwargs)

    def _name_of_self(self) -> str:
        return str(getattr(self, "preferred_username", ""))

    def _touches_name(self, fields: Iterable[str] | None) -> bool:
        if self.get_deferred_fields() & {"preferred_username", "username_key", "name", "email"}:
            return False
        return fields is None or "preferred_username" in fields

    def _is_as_stored(self) -> bool:
        return not self._state.adding and user_names.key(self._name_of_self()) == self.username_key

    def _save_named(self, *args: Any, **kwargs: Any) -> None:
        """Save the name that was set, or else another one, where it is somebody's."""
        before = self.username_key or ""
        is_proposed = self._state.adding or not self._name_of_self()
        for tries in range(_TRIES):  # of two who take one name at once, the other was first
            if is_proposed:
                self.preferred_username = self._propose(is_again=tries > 0)
            self.username_key = user_names.key(self._name_of_self()) or None
            try:
                with transaction.atomic():
                    super().save(*args, **kwargs)
                    if before and before != self.username_key:
                        ReleasedName.objects.release(before, of=self.pk)
                return
            except IntegrityError:
                if not is_proposed or not self._is_taken() or tries + 1 == _TRIES:
                    self.username_key = before or None
                    raise

    def _is_taken(self) -> bool:
        others = type(self)._base_manager.filter(username_key=self.username_key)
        return others.exclude(pk=self.pk).exists()

    def _propose(self, *, is_again: bool = False) -> str:
        """Return a name that is free: the one that was wished for, or one like it; or again, one
        with a number that nobody else draws at the same time."""
        person: Any = self
        sources = [self._name_of_self(), person.name, person.email]
        limits = {
            "at_least": settings.USER_NAME_MIN_LENGTH,
            "at_most": settings.USER_NAME_MAX_LENGTH,
        }
        proposed = list(user_names.proposals(sources, **limits))
        keys = {name: user_names.key(name) for name in proposed}
        others = type(self)._base_manager.filter(username_key__in=keys.values())
        taken = set(others.exclude(pk=self.pk).values_list("username_key", flat=True))
        taken |= _reserved() | ReleasedName.objects.kept_from(self.pk, keys.values())
        proposed = proposed[-4:] if is_again else proposed
        return next((name for name in proposed if keys[name] not in taken), proposed[-1])

    def refuse_name_of_others(self) -> None:
        """Raise ValidationError where the name that was set is somebody's, or was in this year."""
        key = user_names.key(self._name_of_self())
        if not key or key == self.username_key:
            return
        self_key, self.username_key = self.username_key, key
        is_taken = self._is_taken()
        self.username_key = self_key
        if is_taken or ReleasedName.objects.kept_from(self.pk, [key]):
            raise ValidationError({"preferred_username": name_taken()})

    def refuse_name_by_rule(self) -> None:
        """Raise ValidationError where a person may not give themselves the name that was set."""
        name, key = self._name_of_self(), user_names.key(self._name_of_self())
        shortest, longest = settings.USER_NAME_MIN_LENGTH, settings.USER_NAME_MAX_LENGTH
        if not shortest <= len(name) <= longest or not re.fullmatch(
            settings.USER_NAME_PATTERN, name
        ):
            words = _(
                "Use %(shortest)d to %(longest)d small letters (a to z), digits, dots, hyphens "
                "and underscores, with a letter or digit at both ends."
            )
            raise ValidationError(words % {"shortest": shortest, "longest": longest})
        if key != self.username_key and key in _reserved():
            raise ValidationError(name_taken())


def _reserved() -> frozenset[str]:
    return user_names.keys(tuple(settings.USER_NAMES_RESERVED))


def name_taken() -> str:
    return _("This username is not available. Choose a different one.")


def may_change_name(person: UserName) -> bool:
    """Return whether `person` may give themselves another name by now."""
    last = person.username_changed_at
    wait = timedelta(days=settings.USER_NAME_CHANGE_DAYS)
    return settings.USER_NAMES_CHANGEABLE and (last is None or last + wait <= timezone.now())


def _digests(key: str) -> list[str]:
    """Return the digest of a name's key by each secret that this site has, the newest first."""
    secrets = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return [
        hmac.new(f"released name {each}".encode(), key.encode(), sha256).hexdigest()
        for each in secrets
    ]
