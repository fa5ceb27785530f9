"""Seal everything anew under the first of ENCRYPTION_KEYS, so that the last one can be let go.

What no key opens stays as it is, and is counted.
"""

from argparse import ArgumentParser
from collections.abc import Callable, Iterable
from typing import Any

from allauth.mfa.models import Authenticator
from django.apps import apps
from django.core.management.base import BaseCommand, CommandError
from django.db import models, transaction

from accounts.models import EncryptionKey, Session
from accounts.second_factors import recovery_codes
from accounts.storage.sealed import CannotOpen, SealedTextField, seal, unopened, unseal

BATCH = 500

# Of an authenticator app, of recovery codes before and after they have been shown.
_SEALED_KEYS = ("secret", "seed", recovery_codes.HASHES)

Reseal = Callable[[Any], bool]


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--forget-lost-keys",
            action="store_true",
            help="give up what was sealed under keys that ENCRYPTION_KEYS lacks: it stays "
            "unreadable, and nobody is told of the keys any more",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        EncryptionKey.objects.note()
        left = sum(self._reseal(model, each) for model, each in _sealed())
        if EncryptionKey.objects.missing() and not options["forget_lost_keys"]:
            raise CommandError(
                "ENCRYPTION_KEYS lacks a key that was in use. Put it back and run this again; if "
                "it is lost for good: manage.py reseal --forget-lost-keys"
            )
        EncryptionKey.objects.forget_others()
        if left:
            self.stderr.write(f"{left} could not be opened, and stay as they are.")

    def _reseal(self, model: type[models.Model], each: Reseal) -> int:
        """Seal each row anew. A row that changes meanwhile keeps its change. Return how many
        could not be opened."""
        done = left = 0
        for pk in model._base_manager.values_list("pk", flat=True).iterator(BATCH):
            with transaction.atomic():
                row = model._base_manager.select_for_update().filter(pk=pk).first()
                if row is not None and each(row):
                    done += 1
                elif row is not None:
                    left += 1
        self.stdout.write(f"{model._meta.label}: {done} rows")
        return left


def _sealed() -> Iterable[tuple[type[models.Model], Reseal]]:
    for model in apps.get_models():
        if any(isinstance(field, SealedTextField) for field in model._meta.fields):
            yield model, _columns
    yield Authenticator, _second_factor
    yield Session, _session


def _columns(row: models.Model) -> bool:
    sealed = [f.name for f in row._meta.fields if isinstance(f, SealedTextField)]
    row.save(update_fields=sealed)  # what could not be opened is written as it was
    return not unopened(row)


def _second_factor(row: Authenticator) -> bool:
    """Seal a second factor anew: allauth keeps them as JSON, in which the adapter has sealed what
    is secret."""
    try:
        row.data |= {
            name: seal(unseal(row.data[name], "a second factor"))
            for name in _SEALED_KEYS
            if name in row.data
        }
    except CannotOpen:
        return False
    row.save(update_fields=["data"])
    return True


def _session(row: Session) -> bool:
    """Seal a session anew: sessions are sealed by their engine, not by a column of their own."""
    try:
        row.session_data = seal(unseal(row.session_data, "a session"))
    except CannotOpen:
        return False
    row.save(update_fields=["session_data"])
    return True
