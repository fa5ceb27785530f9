from django.apps import AppConfig
from django.db.backends.signals import connection_created
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = _("People")

    def ready(self) -> None:
        from accounts import checks
        from accounts.admin import recorders as _admin  # noqa: F401 (listens to Django admin)
        from accounts.endings import memberships as _endings  # noqa: F401 (listens to allauth)
        from accounts.endings import password_changes  # noqa: F401 (listens to allauth)
        from accounts.entrance import recorders as _entrance  # noqa: F401 (to allauth and Django)
        from accounts.metrics import tasks  # noqa: F401 (listens to django-tasks)
        from accounts.second_factors import recorders as _second_factors  # noqa: F401
        from accounts.storage import sqlite_turns
        from accounts.third_parties import linking  # noqa: F401 (listens to allauth)
        from accounts.third_parties import recorders as _third_parties  # noqa: F401

        connection_created.connect(sqlite_turns.take_turns)
        post_migrate.connect(checks.encryption_keys.note_key, sender=self)
