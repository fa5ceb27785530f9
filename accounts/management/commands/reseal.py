"""Seal everything anew under the first of ENCRYPTION_KEYS, so that the last one can be let go."""

from typing import Any

from allauth.mfa.models import Authenticator
from django.apps import apps
from django.core.management.base import BaseCommand
from django.db import models, transaction

from accounts.models import Session
from accounts.storage.sealed import SealedTextField, seal, unseal

BATCH = 500

_SEALED_KEYS = ("secret", "seed")  # of an authenticator app, of recovery codes


class Command(BaseCommand):
    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        for model in apps.get_models():
            sealed = [f.name for f in model._meta.fields if isinstance(f, SealedTextField)]
            if sealed:
                self.stdout.write(f"{model._meta.label}: {_reseal(model, sealed)} rows")
        self.stdout.write(f"{Authenticator._meta.label}: {_reseal_second_factors()} rows")
        self.stdout.write(f"{Session._meta.label}: {_reseal_sessions()} rows")


def _reseal(model: type[models.Model], sealed: list[str]) -> int:
    """Write each row's sealed columns again. A row that changes meanwhile keeps its change."""
    done = 0
    for pk in model._base_manager.values_list("pk", flat=True).iterator(BATCH):
        with transaction.atomic():
            row = model._base_manager.select_for_update().only(*sealed).filter(pk=pk).first()
            if row is not None:
                row.save(update_fields=sealed)
                done += 1
    return done


def _reseal_second_factors() -> int:
    """allauth keeps them as JSON, in which the adapter has sealed what is secret."""
    done = 0
    for pk in Authenticator.objects.values_list("pk", flat=True).iterator(BATCH):
        with transaction.atomic():
            row = Authenticator.objects.select_for_update().filter(pk=pk).first()
            sealed = [name for name in _SEALED_KEYS if row and name in row.data]
            if row is not None and sealed:
                row.data |= {name: seal(unseal(row.data[name])) for name in sealed}
                row.save(update_fields=["data"])
                done += 1
    return done


def _reseal_sessions() -> int:
    """Sessions are sealed by their engine, not by a column of their own."""
    done = 0
    for pk in Session.objects.values_list("pk", flat=True).iterator(BATCH):
        with transaction.atomic():
            row = Session.objects.select_for_update().filter(pk=pk).first()
            if row is not None:
                row.session_data = seal(unseal(row.session_data))
                row.save(update_fields=["session_data"])
                done += 1
    return done
