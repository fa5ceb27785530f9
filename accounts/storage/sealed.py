"""Columns whose content is sealed (encrypted and authenticated) under keys outside the database.

`cryptography`'s MultiFernet does the work. ENCRYPTION_KEYS is a list: the first key seals, every
key opens. To rotate, put a new key in front; `manage.py reseal` then lets the old one go.
"""

from functools import lru_cache
from typing import Any

from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.core.signals import setting_changed
from django.db import models


@lru_cache(maxsize=1)
def _keys() -> MultiFernet:
    return MultiFernet([Fernet(key) for key in settings.ENCRYPTION_KEYS])


setting_changed.connect(lambda **_: _keys.cache_clear(), weak=False)


def seal(text: str) -> str:
    """Return `text` sealed under the first key, as URL-safe ASCII."""
    return _keys().encrypt(text.encode()).decode()


def unseal(sealed: str) -> str:
    """Open what `seal` returned. Raises cryptography.fernet.InvalidToken where no key fits."""
    return _keys().decrypt(sealed.encode()).decode()


class SealedTextField(models.TextField):  # type: ignore[type-arg]
    """Text that is plain in Python and sealed in the database. It cannot be searched by value."""

    def get_prep_value(self, value: Any) -> Any:
        return seal(str(value)) if value else value

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> str | None:
        return unseal(value) if value else value
