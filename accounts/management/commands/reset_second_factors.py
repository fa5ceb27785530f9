"""Take every second factor from a person who lost theirs, such as an admin who is locked out."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.endings.second_factor_reset import reset
from accounts.models import User
from accounts.security_events.receipts import in_words
from accounts.text.email_addresses import comparable


class Command(BaseCommand):
    help = (
        "Removes the passkeys, the authenticator app and the recovery codes of a person, ends "
        "their sessions and their apps’ tokens, and tells them by mail."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--email", required=True)

    def handle(self, **options: Any) -> None:
        user = User.objects.filter(email=comparable(options["email"])).first()
        if user is None:
            raise CommandError(f"Nobody has the e-mail address “{options['email']}”.")
        receipt = reset(user)
        self.stdout.write(f"Two-step verification was reset for {user}. {in_words(receipt)}")
