"""Make an initial access token, with which client apps register themselves."""

import json
from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts.oauth_server.models import InitialAccessToken


class Command(BaseCommand):
    help = (
        "Makes an initial access token (RFC 7591), with which client apps register themselves "
        "where REGISTRATION is “token” or “open”, and prints it as JSON, this once."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--uses", type=int, default=1, help="clients; 0: any number")
        parser.add_argument("--days", type=int, default=30, help="until it expires; 0: never")
        parser.add_argument("--note", default="", help="whom or what it is for")

    def handle(self, **options: Any) -> None:
        uses, days = options["uses"], options["days"]
        if uses < 0 or not 0 <= days <= 36_500:
            raise CommandError("--uses and --days cannot be negative, nor --days above 36500.")
        expires = timezone.now() + timedelta(days=days) if days else None
        row = InitialAccessToken(
            note=options["note"][:100], uses_left=uses or None, expires=expires
        )
        token = row.make()
        described = {"initial_access_token": token, "uses": uses or None}
        described["expires"] = expires.isoformat(timespec="seconds") if expires else None
        self.stdout.write(json.dumps(described, indent=2))
