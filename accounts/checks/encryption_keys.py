"""Check what is sealed in the database: whether ENCRYPTION_KEYS still open it.

They look into the database: `manage.py check --database default` and `migrate` run them, as do
`make run`, /readyz and, to say what they find to admins, the pages of Django admin.
"""

import contextlib
from collections.abc import Sequence
from typing import Any

from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.db import DEFAULT_DB_ALIAS, DatabaseError
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy

from accounts.models import EncryptionKey, ProviderSecret
from accounts.oauth_server.models import SigningKey
from accounts.storage.sealed import unopened

_PUT_BACK = gettext_lazy(
    "Put every key back that was in use, as the settings that belong to this database have it "
    "(`make run` keeps its keys in DATA_DIR/secrets.json). If one is lost for good, see "
    "“Lost keys” in docs/operating.md."
)


@register(Tags.database)
def check_keys(*, databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    """Check that every key that sealed what is stored is among ENCRYPTION_KEYS (accounts.E030)."""
    if DEFAULT_DB_ALIAS not in (databases or ()):
        return []
    return [
        Error(
            gettext("ENCRYPTION_KEYS lacks the key that has sealed what is stored since %(since)s.")
            % {"since": key.first_used},
            hint=str(_PUT_BACK),
            id="accounts.E030",
        )
        for key in _found(lost)
    ]


@register(Tags.database)
def check_secrets(*, databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    """Check that providers' secrets and signing keys can be opened (accounts.W030 and W031)."""
    if DEFAULT_DB_ALIAS not in (databases or ()):
        return []
    providers = [
        Warning(
            gettext(
                "The secret of “%(name)s” cannot be opened, so this third party is not offered."
            )
            % {"name": row.app.name},
            hint=gettext(
                "Put the missing key back into ENCRYPTION_KEYS, or enter the secret again."
            ),
            id="accounts.W030",
        )
        for row in _found(unopened_provider_secrets)
    ]
    keys = [
        Warning(
            gettext("The signing key %(key)s cannot be opened, so nothing is signed with it (503).")
            % {"key": key},
            hint=gettext(
                "Put the missing key back into ENCRYPTION_KEYS, or run: "
                "manage.py rotate_signing_key --algorithm %(algorithm)s"
            )
            % {"algorithm": key.algorithm},
            id="accounts.W031",
        )
        for key in _found(unopened_signing_keys)
    ]
    return [*providers, *keys]


def note_key(**_: Any) -> None:
    """Remember the key that seals from now on (after `migrate`, and at a server's start)."""
    with contextlib.suppress(DatabaseError):
        EncryptionKey.objects.note()


def lost() -> list[EncryptionKey]:
    """Return the keys that sealed something and are not there to open it."""
    return EncryptionKey.objects.missing()


def unopened_provider_secrets() -> list[ProviderSecret]:
    return [row for row in ProviderSecret.objects.select_related("app") if unopened(row)]


def unopened_signing_keys() -> list[SigningKey]:
    """Return those that sign now, or wait to, and cannot. One that has signed need not."""
    found, has_started = [], set()
    for key in SigningKey.objects.published().order_by("-generation"):
        if key.algorithm not in has_started and unopened(key):
            found.append(key)
        if key.signs_from <= timezone.now():
            has_started.add(key.algorithm)
    return found


def _found(look: Any) -> list[Any]:
    """Return what there is to open. Without a schema, as before the first `migrate`, that is
    nothing."""
    try:
        return list(look())
    except DatabaseError:
        return []
