"""Remove the client apps that registered themselves and that nobody uses."""

from typing import Any

from django.core.management.base import BaseCommand

from accounts.oauth_server import unused_clients


class Command(BaseCommand):
    help = __doc__

    def handle(self, **options: Any) -> None:
        removed = 0
        while some := unused_clients.remove():
            removed += some
        self.stdout.write(f"Removed: {removed}")
