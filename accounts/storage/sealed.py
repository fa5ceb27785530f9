"""Seal columns (encrypt and authenticate them) under keys outside the database.

`cryptography`'s MultiFernet does the work. ENCRYPTION_KEYS is a list: the first key seals, every
key opens. To rotate, put a new key in front; `manage.py reseal` then lets the old one go.

What no key opens (another setting after a restore, a row that somebody altered) can be loaded and
saved as it is, and raises CannotOpen where its content is asked for.
"""

import hashlib
import logging
from functools import lru_cache
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.core.signals import setting_changed
from django.db import models
from django.db.models.query_utils import DeferredAttribute

log = logging.getLogger("sealed")


class CannotOpen(Exception):
    """Report that what is stored sealed is opened by none of ENCRYPTION_KEYS, or is not what was
    sealed.

    A fault of ours, for now: answered as a database that is away is, with 503.
    """


@lru_cache(maxsize=1)
def _keys() -> MultiFernet:
    return MultiFernet([Fernet(key) for key in settings.ENCRYPTION_KEYS])


setting_changed.connect(lambda **_: _keys.cache_clear(), weak=False)


def fingerprint() -> str:
    """Return by what the key that seals now is told from others: it gives nothing of it away."""
    return hashlib.sha256(settings.ENCRYPTION_KEYS[0].encode()).hexdigest()[:16]


def seal(text: str) -> str:
    """Return `text` sealed under the first key, as URL-safe ASCII."""
    return _keys().encrypt(text.encode()).decode()


def unseal(sealed: str, what: str) -> str:
    """Open what `seal` returned. Raises CannotOpen, which the log knows by `what` it was."""
    try:
        return _keys().decrypt(sealed.encode()).decode()
    except InvalidToken:
        raise cannot_open(what) from None


def cannot_open(what: str) -> CannotOpen:
    """Return the exception to raise, with its line in the log written."""
    log.error("cannot_open: %s (ENCRYPTION_KEYS)", what)
    return CannotOpen(what)


def unopened(row: models.Model) -> list[str]:
    """Return the names of the sealed columns of `row` that no key opens."""
    return [name for name, value in row.__dict__.items() if isinstance(value, _Unopened)]


class _Unopened:
    """Keep a sealed value that no key opens, so that saving its row does not destroy it."""

    def __init__(self, sealed: str) -> None:
        self.sealed = sealed


class _Opened(DeferredAttribute):
    """Open a sealed column as it is read. Raises CannotOpen where no key opens it."""

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        value = super().__get__(instance, owner)
        if isinstance(value, _Unopened):
            raise cannot_open(f"{instance._meta.label}.{self.field.attname}")
        return value

    def __set__(self, instance: Any, value: Any) -> None:
        instance.__dict__[self.field.attname] = value


class SealedTextField(models.TextField):  # type: ignore[type-arg]
    """Keep text that is plain in Python and sealed in the database. It cannot be searched by
    value."""

    descriptor_class = _Opened

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        value = model_instance.__dict__.get(self.attname)
        return value if isinstance(value, _Unopened) else super().pre_save(model_instance, add)

    def get_prep_value(self, value: Any) -> Any:
        if isinstance(value, _Unopened):
            return value.sealed
        return seal(str(value)) if value else value

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> Any:
        try:
            return _keys().decrypt(value.encode()).decode() if value else value
        except InvalidToken:
            return _Unopened(value or "")
